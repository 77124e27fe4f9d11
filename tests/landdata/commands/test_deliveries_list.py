"""The operator's commands about deliveries: a list, one of them, and following what a decision brings."""

from __future__ import annotations

import json

import pytest
from landworld import COMMUNES, row
from rich.console import Console

from landdata.commands import console, following
from landdata.flows import withdraw
from landdata.settings import Settings

A, B = COMMUNES[:2]


@pytest.fixture
def operator(command, desk, country_url, in_process, monkeypatch):
    """`landdata deliveries ARGUMENTS` on a database with an office's delivery that is followed by others."""
    monkeypatch.setattr(console, "settings", lambda: Settings(database_url=country_url, data_dir=desk.data_dir))
    monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, markup=False, width=200))
    return lambda *arguments: command("deliveries", *arguments)


def uids(printed):
    return [one["delivery_uid"] for one in json.loads(printed)]


def test_a_list_and_one_of_it(operator, desk):
    desk.office("LO-26", "26")
    first = str(desk.deliver([row(A, 1)]).delivery_uid)
    second = str(desk.deliver([row(A, 1), row(B, 1, area_m2="?")], file_name="thang_4.geojson").delivery_uid)
    refused = str(desk.deliver(b"no map").delivery_uid)
    assert uids(operator("list", "--json")[1]) == [refused, second, first]
    assert uids(operator("list", "--json", "--office", "LO-26")[1]) == []
    for state, wanted in (("SUPERSEDED", [first]), ("published", [second]), ("REFUSED", [refused])):
        assert uids(operator("list", "--json", "--state", state, "--office", "LO-24")[1]) == wanted
    assert uids(operator("list", "--json", "--most", "1")[1]) == [refused]
    assert operator("list", "--office", "LO-99")[2].splitlines()[0] == "OFFICE_UNKNOWN"
    code, printed, error = operator("list")
    assert (code, error) == (0, "")
    assert [line for line in printed.splitlines() if second in line and "PUBLISHED" in line and "thang_4" in line]
    code, printed, error = operator("show", second)
    assert (code, error) == (0, "")
    for words in ("thang_4.geojson", A, "NUMBER_UNREADABLE  1", "2 dòng đọc / rows read", "PUBLISHED"):
        assert words in printed
    said = json.loads(operator("show", second, "--json")[1])
    assert (said["state"], said["ledger"][0]["rows_refused"], len(said["findings"])) == ("PUBLISHED", 1, 1)
    assert operator("show", "00000000-0000-4000-8000-000000000000")[2].splitlines()[0] == "DELIVERY_UNKNOWN"


def test_a_decision_is_followed_to_its_end(operator, desk, monkeypatch):
    desk.deliver([row(A, number) for number in range(1, 31)])
    uid = desk.deliver([row(A, 1)]).delivery_uid
    who = ("--by", "minh", "--reason", "thử", "--follow")

    def worker(_seconds: float) -> None:
        """What the worker does while the command waits."""
        desk.work(uid)
        if desk.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'withdraw' AND status = 'todo'"):
            withdraw.carry_out(desk.db, delivery_uid=uid)
        desk.execute("DELETE FROM procrastinate_jobs")

    monkeypatch.setattr(following.time, "sleep", worker)
    code, printed, error = operator("approve", uid, *who)
    assert (code, error, "ĐÃ CÔNG BỐ / PUBLISHED" in printed) == (0, "", True)
    code, printed, error = operator("withdraw", uid, *who)
    assert (code, error, "ĐÃ RÚT / WITHDRAWN" in printed) == (0, "", True)
    # A delivery that came between the question and the deed: nothing is done, and it is said.
    again = desk.deliver([row(B, 1)]).delivery_uid

    def late(_seconds: float) -> None:
        desk.deliver([row(B, 1), row(B, 2)])
        desk.execute("DELETE FROM procrastinate_jobs")

    monkeypatch.setattr(following.time, "sleep", late)
    code, _, error = operator("withdraw", again, *who)
    assert (code, error.splitlines()[0]) == (2, "WITHDRAWAL_BLOCKED")
