"""Verifications that people ask for: carried out as the sealer, kept for good, and what each comes to."""

from __future__ import annotations

import pytest
from logworld import add, sealed
from sqlalchemy.exc import DBAPIError

from landdata.errors import AnchorsMissing, InspectionUnfit, PersonUnknown
from landdata.flows import verifications
from landdata.model.verifications import Outcome
from landdata.store import roles

WAITING = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'verify' AND status = 'todo'"


@pytest.fixture
def sealer(desk):
    url = desk.db.engine.url.render_as_string(hide_password=False)
    found = roles.connect(url, roles.Role.SEALER, pool_size=2)
    yield found
    found.close()


@pytest.fixture
def auditor(desk):
    url = desk.db.engine.url.render_as_string(hide_password=False)
    found = roles.connect(url, roles.Role.AUDITOR, pool_size=1)
    yield found
    found.close()


def test_one_that_waits_is_everybodys_and_what_it_found_stands(desk, sealer, auditor, superuser):
    add(desk, 5)
    sealed(desk)
    number = verifications.ask(auditor, by="lan", reason="nghi vấn")
    assert verifications.ask(auditor, by="minh", reason="cũng thế") == number
    assert desk.scalar(WAITING) == 1
    done = verifications.run(sealer, settings=desk.settings)
    assert (done.verification_id, done.outcome, done.asked_by, done.reason) == (number, "INTACT", "lan", "nghi vấn")
    assert (done.done, done.whole, done.found["sealed"]) == (1, 1, 5)
    for sql in (
        "UPDATE audit.verification SET outcome = 'TAMPERED'",
        "DELETE FROM audit.verification",
        "TRUNCATE audit.verification",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            desk.execute(sql)
    # The night's own, after somebody with the superuser's password changed an entry.
    superuser("UPDATE audit.access_event SET officer_code = 'khác' WHERE access_id = 3")
    night = verifications.run(sealer, settings=desk.settings)
    assert (night.outcome, night.asked_by) == (Outcome.TAMPERED, None)
    assert [one["kind"] for one in night.found["faults"]] == ["CHANGED"]
    assert [one.outcome for one in verifications.latest(auditor)] == ["TAMPERED", "INTACT"]


def test_one_that_cannot_be_carried_out_says_why_and_the_next_is_another(desk, sealer, auditor):
    add(desk, 2)
    sealed(desk)
    away = desk.settings.heads_dir.rename(desk.data_dir / "away")
    verifications.ask(auditor, by="lan", reason="x")
    with pytest.raises(AnchorsMissing):
        verifications.run(sealer, settings=desk.settings)
    [failed] = verifications.latest(auditor)
    assert (failed.outcome, failed.found) == (Outcome.FAILED, {"code": "ANCHORS_MISSING"})
    away.rename(desk.settings.heads_dir)
    assert verifications.run(sealer, settings=desk.settings).outcome is Outcome.INTACT


def test_one_that_was_cut_off_is_taken_up_again(desk, sealer, auditor, monkeypatch):
    add(desk, 2)
    sealed(desk)
    number = verifications.ask(auditor, by="lan", reason="x")

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(verifications, "verify", cut)
        with pytest.raises(KeyboardInterrupt):
            verifications.run(sealer, settings=desk.settings)
    assert verifications.latest(auditor)[0].started_at is not None
    assert verifications.run(sealer, settings=desk.settings).verification_id == number


def test_nobody_asks_without_a_reason_or_from_elsewhere(desk, auditor):
    for by, reason, error in (("lan", " ", InspectionUnfit), ("khach", "x", PersonUnknown)):
        with pytest.raises(error):
            verifications.ask(auditor, by=by, reason=reason)
    assert desk.scalar("SELECT count(*) FROM audit.verification") == 0
