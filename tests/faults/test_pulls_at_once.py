"""One worker pulls all provinces at once: a slow, an endless, a lying and a dead service starve nobody, nor fill the memory."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from provinceworld import hostile
from pullsworld import ROWS, begin, outcomes, rows
from syncworld import until, worker

from fixtures.generators import register

BAD = {
    "trickle": "PULL_TIMED_OUT",
    "endless": None,
    "liar": "PULL_COUNT_WRONG",
    "down": "PULL_UNREACHABLE",
    "slow": "DELIVERED",
}
# Enough that the endless one is still at it when all others are done.
SECONDS = 25.0


def test_a_few_at_once(country, country_url, tmp_path):
    _at_once(country, country_url, tmp_path, [one.code for one in register.provinces()][:12], seconds=60)


@pytest.mark.full
def test_sixty_three_at_once(country, country_url, tmp_path):
    _at_once(country, country_url, tmp_path, [one.code for one in register.provinces()], seconds=180)


def _at_once(db, url, folder, provinces, *, seconds) -> None:
    moods = dict.fromkeys(provinces, "good") | dict(zip(provinces, BAD, strict=False))
    process = worker(url, folder)
    process.settings |= {
        "LANDDATA_PULL_NETWORKS": "127.0.0.0/8",
        "LANDDATA_PULL_SECONDS": str(SECONDS),
        "LANDDATA_DISK_REFUSE_SHARE": "0",
    }
    with hostile(folder) as service:
        for province in provinces:
            service.put(*rows(province, ROWS), province=province)
        uids = begin(db, service, moods)
        good = [province for province, mood in moods.items() if mood == "good"]
        with process:
            until(
                lambda: outcomes(db, uids)[provinces[0]] is None and _begun(db, uids), seconds=seconds, what="a start"
            )
            begun = time.monotonic()
            until(lambda: _all(outcomes(db, uids), good, "DELIVERED"), seconds=seconds, what="all good ones")
            took = time.monotonic() - begun
            # None of them waited for the ones that go on for ever.
            assert outcomes(db, uids)[provinces[0]] is None, took
            until(lambda: None not in outcomes(db, uids).values(), seconds=SECONDS + seconds, what="the bad ones' end")
            peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024
        found = outcomes(db, uids)
    print(f"{len(good)} good services in {took:.1f} s beside {len(BAD)} bad ones; at most {peak:.0f} MiB")
    assert {mood: found[province] for province, mood in moods.items() if mood != "good"} == BAD | {
        "endless": found[provinces[1]]
    }
    assert found[provinces[1]] in {"PULL_TIMED_OUT", "PULL_TOO_LARGE"}
    assert peak < 700


def _begun(db, uids) -> bool:
    return any(outcomes(db, uids).values())


def _all(found, provinces, outcome) -> bool:
    return all(found[province] == outcome for province in provinces)
