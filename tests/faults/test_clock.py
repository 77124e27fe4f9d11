"""Clocks that differ or jump: what the rule of the FAPI group allows is taken, nothing ended comes back to life (F9)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from faultworld import World, question
from peopleworld import World as Officials
from servers import tries
from syncworld import ROOT, until

from api.client import LandClientError, TokenRefused

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: `./run test` brings it")


class Clock:
    """The wall clock of a program that was started under it; its monotonic clock runs on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """So many seconds away from the true time."""
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n", encoding="ascii")
        draft.replace(self.file)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return Clock(tmp_path_factory.mktemp("clock") / "time")


@pytest.fixture(scope="module")
def served(world, clock):
    """The API under a clock of its own; no token is believed without being asked about."""
    with world.serving(revocation_seconds="0", **clock.environment):
        world.wait()
        yield world


@pytest.fixture(autouse=True)
def _true_again(clock) -> Iterator[None]:
    yield
    clock.set(0)


def token(world: World) -> int:
    """Status of asking for a token with an assertion and a proof signed just now."""
    with world.reader() as desk:
        try:
            desk._token(None)
        except TokenRefused as refused:
            return refused.status
        return 200


def test_the_service_reads_the_set_clock(served, clock):
    clock.set(7200)
    answer = httpx.get(f"{served.issuer}/nothing", trust_env=False)
    assert answer.status_code == 404
    hour = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + 7200))
    until(lambda: hour in served.data_dir.joinpath("api.log").read_text(), seconds=10, what="a line of that hour")


@pytest.mark.parametrize(
    ("seconds", "allowed"), [(0, True), (8, True), (55, True), (90, False), (-8, True), (-90, False)]
)
def test_clocks_that_differ(served, clock, seconds, allowed):
    """The service's clock ahead of the client's by so much: ten seconds in the future, sixty in the past."""
    clock.set(seconds)
    assert (token(served) == 200) is allowed


def test_a_revoked_token_stays_revoked(served, clock):
    """Not even when the clock jumps nearly a day on and back: what is revoked is kept for a day after its end."""
    with served.reader() as desk:
        desk.lookup(question())
        held = desk._core.purse.held.value
        _revoke(served, held)
        assert _usable(served, desk) == 401
        clock.set(80_000)
        assert _usable(served, desk) == 401
        clock.set(0)
        assert _usable(served, desk) == 401


def test_a_persons_session_that_was_idle_too_long_stays_ended(served, clock):
    """An hour on and back: whoever was sent to sign in again is not let in by the old cookie."""
    officials = Officials(served.db)
    cookie = officials.sign_in(officials.member())

    def status() -> int:
        url = f"{served.issuer}/v1/sessions/current"
        return httpx.get(url, headers={"Cookie": f"sid={cookie}"}, trust_env=False, timeout=20).status_code

    assert status() == 200
    clock.set(3600)
    assert status() == 401
    clock.set(0)
    assert status() == 401


def test_an_ended_token_stays_ended_while_the_clock_is_right(served, clock):
    with served.reader() as desk:
        desk.lookup(question())
        clock.set(400)
        assert _usable(served, desk) == 401


def test_proofs_used_before_a_jump_are_not_taken_after_it(served, clock):
    """A clock that ran ahead and came back: a proof of before is refused, a new one is taken within seconds."""
    with served.reader() as desk:
        desk.lookup(question())
        held = desk._core.purse.held.value
        url = f"{served.issuer}/v1/residency/land-records:lookup"
        proof = desk._core.proofs.proof("POST", url, realm="api", token=held)
        headers = {"Authorization": f"DPoP {held}", "DPoP": proof}
        assert httpx.post(url, headers=headers, trust_env=False).status_code == 415  # believed; the body is missing
        clock.set(3600)
        token(served)
        clock.set(0)
        assert httpx.post(url, headers=headers, trust_env=False).status_code == 401
        assert until(tries(lambda: desk.lookup(question()), LandClientError), seconds=30, what="a new proof")


def _revoke(world: World, value: str) -> None:
    with world.reader() as desk:
        form = {"token": value, "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": _assertion(desk)}  # fmt: skip
        answer = httpx.post(f"{world.issuer}/oauth2/revoke", data=form, trust_env=False)
    assert answer.status_code == 200, answer.text


def _assertion(desk) -> str:
    from api.client.keys import assertion

    return assertion(desk._core.key, client_id=desk._core.client_id, issuer=desk._core.issuer)


def _usable(world: World, desk) -> int:
    """What the service says of the token that a client holds."""
    held, url = desk._core.purse.held.value, f"{world.issuer}/v1/residency/land-records:lookup"
    proof = desk._core.proofs.proof("POST", url, realm="api", token=held)
    answer = httpx.post(url, headers={"Authorization": f"DPoP {held}", "DPoP": proof}, trust_env=False)
    return 200 if answer.status_code == 415 else answer.status_code


def test_seals_follow_transactions_not_clocks(served, tmp_path):
    """The sealer's clock jumps an hour on and back: nothing sealed is unsealed, nothing is sealed twice, and it verifies."""
    clock = Clock(tmp_path / "time")
    with served.reader() as desk:
        for seconds in (0, 3600, -3600, 0):
            desk.lookup(question())
            clock.set(seconds)
            assert _landdata(served, clock, "seal").returncode == 0
        clock.set(0)
    done = _landdata(served, clock, "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    numbers = served.rows("SELECT seal_no, tx_from, tx_to FROM audit.seal ORDER BY seal_no")
    assert [one[1] for one in numbers[1:]] == [one[2] for one in numbers[:-1]]
    assert len(numbers) >= 4


def _landdata(world: World, clock: Clock, what: str) -> subprocess.CompletedProcess[str]:
    given = {"LANDDATA_DATABASE_URL": world.url, "LANDDATA_DATA_DIR": str(world.data_dir), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", "from landdata.cli import main; main()", "access-log", what]
    return subprocess.run(command, cwd=ROOT, env=given | clock.environment, capture_output=True, text=True, check=False)
