"""What an agreement's life does to answers, asked through the gate: terms in force, the version logged, the alarm."""

from __future__ import annotations

from uuid import UUID

import pytest
from landworld import Desk

from landdata.flows import agreements
from landdata.model.fields import FIELDS, mask_of
from landdata.model.terms import said

NUMBER = "024099000009"


@pytest.fixture
def desk(country, tmp_path) -> Desk:
    return Desk(country, tmp_path)


def withheld(answer: dict) -> set[str]:
    return {one["field"] for one in answer["withheld"] if one["why"] == "AGREEMENT"}


def test_each_answer_is_given_and_logged_under_the_terms_in_force(desk):
    desk.agree(fields_mask=mask_of(["area_m2"]))
    everything = {field.name for field in FIELDS}
    code, by_version = "TT-police", []

    def ask() -> set[str]:
        answer = desk.ask(NUMBER)
        [(version,)] = desk.rows(
            "SELECT version FROM audit.access_event JOIN share.agreement USING (agreement_id) WHERE access_id = :id",
            id=answer["access_id"],
        )
        by_version.append(version)
        return withheld(answer)

    assert ask() == everything - {"area_m2"}
    agreements.amend(desk.db, code=code, said=said({"groups": ["all"]}), by="lan", reason="thêm trường")
    assert ask() == everything - {"area_m2"}
    agreements.approve(desk.db, code=code, by="minh", reason="đồng ý")
    assert ask() == set()
    assert by_version == [1, 1, 2]


def test_a_used_up_quota_raises_one_alarm_a_day(desk):
    desk.agree(daily_quota=2)
    asked = [desk.request(f"{24_099_000_000 + number:012d}", "Nguyễn Văn A", "1970") for number in range(5)]
    answers = [desk.ask_all([one])[0] for one in asked[:3]] + desk.ask_all(asked[3:])
    assert [one.refusal and one.refusal.code for one in answers] == [None, None, *["QUOTA_USED_UP"] * 3]
    [alarm] = agreements.alarms(desk.db)
    assert (alarm.client_id, alarm.agreement, alarm.access_id) == ("police", "TT-police", answers[2].access_id)
    assert desk.ask_all([asked[0]])[0].refusal is None  # about a citizen of today, again
    limits = agreements.limits(desk.db, client_id="police")
    assert (limits.daily_quota, limits.used_today) == (2, 2)
    # Another day has an alarm of its own.
    desk.execute("UPDATE share.alarm SET on_day = on_day - 1")
    again = desk.request("024099000077", "Nguyễn Văn A", "1970", request_id=UUID(int=77))
    assert desk.ask_all([again])[0].refusal.code == "QUOTA_USED_UP"
    assert len(agreements.alarms(desk.db)) == 2


def test_the_alarm_and_the_refusal_stand_or_fall_together(desk):
    """No alarm without its log row: both are written by one transaction, and a log that cannot be written refuses all."""
    desk.agree(daily_quota=1)
    desk.ask(NUMBER)
    desk.execute("ALTER TABLE share.alarm ADD CONSTRAINT broken CHECK (false) NOT VALID")
    before = desk.scalar("SELECT count(*) FROM audit.access_event")
    with pytest.raises(Exception, match="broken"):
        desk.ask("024099000010")
    desk.execute("ALTER TABLE share.alarm DROP CONSTRAINT broken")
    assert desk.scalar("SELECT count(*) FROM audit.access_event") == before
