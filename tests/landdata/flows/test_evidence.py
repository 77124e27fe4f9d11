"""Evidence of one entry, checked by the script for strangers as a process of its own; every falsified one is refused."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from logworld import add, sealed

from landdata.errors import EntryUnknown, EntryUnsealed, InspectionUnfit
from landdata.flows import evidence, seal
from landdata.model.inspections import Inspector

SCRIPT = Path(__file__).resolve().parents[3] / "api/web/static/verify_evidence.py"
WHO = Inspector("lan", "khiếu nại 12", "TT-2026-3")


def check(folder, found, *more: str) -> tuple[int, str]:
    file = folder / "evidence.json"
    file.write_text(json.dumps(found), encoding="utf-8")
    # -I: nothing of ours can be found; -S: nor any package that is installed.
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(file), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=60)
    assert not done.stderr
    return done.returncode, done.stdout


def test_it_holds_for_strangers_and_every_falsification_is_refused(log, tmp_path, superuser):
    seal.rotate_key(log.db, settings=log.settings)
    add(log, 1)
    assert sealed(log) == [3]
    superuser("DELETE FROM audit.anchor WHERE seal_no IN (2, 3)")
    found = evidence.evidence(log.db, settings=log.settings, who=WHO, access_id=6)
    code, said = check(tmp_path, found)
    assert (code, "access_id 6" in said) == (0, True), said
    assert [one["words"][0] for one in found["chain"]] == [2, 3, 4]
    heads = [f"{one['words'][0]};sha-256={one['head']}" for one in found["chain"]]
    for head in heads:
        assert check(tmp_path, found, "--head", head, "--key", found["keys"][0]["public_key"])[0] == 0
    assert check(tmp_path, found, "--head", heads[0].replace("2;", "3;"))[0] == 1
    assert check(tmp_path, found, "--key", found["keys"][1]["public_key"])[0] == 1

    def falsified(change) -> tuple[int, str]:
        other = copy.deepcopy(found)
        change(other)
        return check(tmp_path, other)

    def swapped(one) -> None:
        one["path"][0][0] = {"left": "right", "right": "left"}[one["path"][0][0]]

    assert len(found["path"]) == 2
    for change in (
        lambda one: one["entry"].update(officer_code="X"),
        lambda one: one.update(leaf_text=one["leaf_text"].replace('"CB"', '"CX"')),
        lambda one: one.update(
            leaf_text=one["leaf_text"].replace('"CB"', '"CX"'), entry=one["entry"] | {"officer_code": "CX"}
        ),
        lambda one: one["path"].pop(),
        swapped,
        lambda one: one["chain"].pop(1),
        lambda one: one["chain"][1]["words"].__setitem__(3, 5),
        lambda one: one["chain"][0].update(signature="00" * 64),
        lambda one: one["chain"][-1].update(signature=one["chain"][0]["signature"]),
        lambda one: one["keys"][1].update(public_key=one["keys"][0]["public_key"]),
        lambda one: one["anchors"][0].update(head="00" * 32),
    ):
        code, said = falsified(change)
        assert (code, said.startswith("SAI / FALSE: ")) == (1, True), said
    assert falsified(lambda one: one.pop("chain"))[0] == 2
    # The look itself stands in the log.
    look = "SELECT officer_code || ' ' || service_code FROM audit.access_event WHERE client_id = 'landdata:inspection'"
    assert log.scalar(look) == "lan EVIDENCE"


def test_what_is_no_evidence_is_not_given(log, superuser):
    def of(access_id: int, who: Inspector = WHO) -> None:
        evidence.evidence(log.db, settings=log.settings, who=who, access_id=access_id)

    with pytest.raises(EntryUnknown):
        of(99)
    with pytest.raises(EntryUnsealed):
        of(14)
    with pytest.raises(InspectionUnfit):
        of(1, Inspector("lan", " ", "x"))
    superuser("UPDATE audit.access_event SET officer_code = 'X' WHERE access_id = 5")
    with pytest.raises(EntryUnsealed):
        of(6)


def test_a_key_that_came_after_a_loss_holds_with_paper_only(log, tmp_path):
    (log.data_dir / "keys/access-log-seal.key").unlink()
    seal.rotate_key(log.db, settings=log.settings, lost=True)
    assert sealed(log) == [2]
    found = evidence.evidence(log.db, settings=log.settings, who=WHO, access_id=13)
    first, second = (one["public_key"] for one in found["keys"])
    assert check(tmp_path, found)[0] == 1
    assert "nobody vouches" in check(tmp_path, found, "--key", first)[1]
    assert check(tmp_path, found, "--key", first, "--key", second)[0] == 0
