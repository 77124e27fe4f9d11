"""The clerks' work list: in order, in pages, by unit, as the office sent it, and true after whatever is published."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

import pytest
from caseworld import HOME, OFFICE, Clerks
from landworld import COMMUNES, geojson, row

from landdata.errors import NoCases, UnknownUnit
from landdata.flows import caselist, cases
from landdata.flows.caselist import ListFormat
from landdata.model.agreements import UnitScope
from landdata.model.cases import Sought
from landdata.model.persons import ClaimStatus

AWAY = COMMUNES[-1]


@pytest.fixture
def clerks(desk, in_process):
    return Clerks(desk)


def number(at: int) -> str:
    return f"0240700{at:05d}"


def many() -> list[dict[str, Any]]:
    """Three unknown holders: on three, two and one certificates; the second in two communes, the last without a number."""
    return [
        *(row(HOME, at, holder_name="Ba", id_number=number(1)) for at in (1, 2, 3)),
        row(HOME, 4, holder_name="Hai", id_number=number(2)),
        row(AWAY, 1, holder_name="Hai", id_number=number(2)),
        row(AWAY, 2, holder_name="Một", id_number=None),
    ]


def names(found: Iterator[Any] | list[Any]) -> list[str]:
    return [one.name for one in found]


def test_what_clears_most_comes_first_page_by_page(clerks):
    clerks.desk.deliver(many())
    clerks.desk.match()
    clerks.work()
    assert names(clerks.listed()) == ["Ba", "Hai", "Một"]
    seen, after = [], None
    while True:
        page = cases.page(clerks.desk.uploader, office_code=OFFICE, sought=Sought(), after=after, limit=1)
        seen += names(page.cases)
        after = page.after
        if after is None:
            break
    assert seen == ["Ba", "Hai", "Một"]


def test_by_unit_status_and_reason(clerks):
    clerks.desk.deliver(many())
    clerks.desk.match()
    clerks.work()
    found = clerks.listed(unit=UnitScope(AWAY, "commune", "2023"))
    assert {(one.name, one.certificates) for one in found} == {("Hai", 1), ("Một", 1)}
    assert names(clerks.listed(unit=UnitScope("24", "province", "2023"))) == ["Ba", "Hai", "Một"]
    assert names(clerks.listed(statuses=(ClaimStatus.INCOMPLETE,))) == ["Một"]
    assert names(clerks.listed(reason="NUMBER_UNKNOWN")) == ["Ba", "Hai"]
    with pytest.raises(UnknownUnit):
        clerks.listed(unit=UnitScope("99", "province", "2023"))
    counted = cases.counts(clerks.desk.uploader, office_code=OFFICE, sought=Sought())
    assert {(one.code, one.cases, one.certificates) for one in counted} == {
        ("INCOMPLETE", 1, 1), ("NOT_FOUND", 2, 5), ("NUMBER_MISSING", 1, 1), ("NUMBER_UNKNOWN", 2, 5),
    }  # fmt: skip


def test_the_list_follows_what_is_published_and_withdrawn(clerks):
    desk = clerks.desk
    desk.deliver(many())
    desk.match()
    clerks.work()
    view = desk.change([row(HOME, 8, holder_name="Hai", id_number=number(2))])
    assert [one.certificates for one in clerks.listed()] == [3, 2, 1]
    clerks.work()
    assert {(one.name, one.certificates) for one in clerks.listed()} == {("Ba", 3), ("Hai", 3), ("Một", 1)}
    assert cases.refresh(desk.worker) == 0, "each publication once"
    desk.withdraw(view.delivery_uid)
    clerks.work()
    assert [one.certificates for one in clerks.listed()] == [3, 2, 1]


def test_its_own_rows_come_back_with_reasons(clerks):
    desk = clerks.desk
    desk.deliver(geojson(many()))
    desk.match()
    clerks.work()
    made = caselist.as_file(
        desk.uploader,
        settings=desk.settings,
        keys=desk.keys,
        office_code=OFFICE,
        sought=Sought(),
        format_=ListFormat.OWN,
    )
    with made.content as content:
        back = json.load(content)
    assert made.name == "thua-doi-chieu.geojson"
    told = [one["properties"] for one in back["features"]]
    assert [(one["holder_name"], one["ma_loi"], one["dong_goc"]) for one in told] == [
        ("Ba", "NUMBER_UNKNOWN", 1), ("Ba", "NUMBER_UNKNOWN", 2), ("Ba", "NUMBER_UNKNOWN", 3),
        ("Hai", "NUMBER_UNKNOWN", 4), ("Hai", "NUMBER_UNKNOWN", 5), ("Một", "NUMBER_MISSING", 6),
    ]  # fmt: skip
    assert told[0]["id_number"] == number(1)
    assert "9214" in json.dumps(back["crs"])
    with pytest.raises(NoCases):
        caselist.as_file(
            desk.uploader, settings=desk.settings, keys=desk.keys, office_code=OFFICE,
            sought=Sought(statuses=(ClaimStatus.AMBIGUOUS,)), format_=ListFormat.OWN,
        )  # fmt: skip


@pytest.mark.parametrize("format_", [ListFormat.CSV, ListFormat.XLSX])
def test_one_case_a_row(clerks, format_):
    desk = clerks.desk
    desk.deliver(many())
    desk.match()
    clerks.work()
    made = caselist.as_file(
        desk.uploader, settings=desk.settings, keys=desk.keys, office_code=OFFICE, sought=Sought(), format_=format_
    )
    with made.content as content:
        if format_ is ListFormat.CSV:
            lines = list(csv.reader(content.read().decode("utf-8-sig").splitlines()))
            assert [line[5] for line in lines] == ["Họ tên / name", "Ba", "Hai", "Một"]
            assert lines[1][6] == "024•••••••01"
        else:
            with ZipFile(content) as book:
                assert b"Ba" in b"".join(book.read(one) for one in book.namelist())


@pytest.mark.full
def test_a_province_of_half_a_million_cases_is_listed_while_one_waits(clerks):
    """The work list alone, made by statement: what is measured is the page and the counts."""
    desk = clerks.desk
    desk.deliver(many())
    desk.execute(
        "INSERT INTO match.claim (identity_key, status, reasons, name) SELECT gen_random_uuid(), 'NOT_FOUND', "
        "'{NUMBER_UNKNOWN}', 'X' FROM generate_series(1, 500000)"
    )
    desk.execute(
        "INSERT INTO match.doubt SELECT (SELECT min(commune_id) FROM land.record), c.identity_key, c.status, c.reasons, "
        "1 + (hashtext(c.identity_key::text) & 7), 1, c.first_seen_at FROM match.claim c WHERE c.name = 'X'"
    )
    desk.execute("ANALYZE match.doubt")
    start = time.perf_counter()
    first = cases.page(desk.uploader, office_code=OFFICE, sought=Sought())
    second = cases.page(desk.uploader, office_code=OFFICE, sought=Sought(), after=first.after)
    counted = cases.counts(desk.uploader, office_code=OFFICE, sought=Sought())
    took = time.perf_counter() - start
    assert (len(first.cases), len(second.cases), counted[0].cases) == (100, 100, 500_000)
    assert took < 12, "three statements on a busy machine; 124 s when the planner joined communes one by one"
