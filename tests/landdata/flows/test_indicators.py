"""Indicators of the letters: the published tables as they are, any day and division, and tables that come in."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import text

from landdata.errors import (
    IndicatorReasonMissing,
    IndicatorTableRefused,
    IndicatorTableUnreadable,
    IndicatorUnknown,
    IndicatorUploadUnknown,
    IndicatorValueUnknown,
    PersonUnknown,
)
from landdata.flows import indicator_uploads, indicators, offices
from landdata.flows.indicator_uploads import Change, sentence
from landdata.model.indicators import Basis, Count, CountedLevel, SubjectKind, Timing

DAY, LATER = date(2021, 6, 16), date(2026, 9, 30)
LAND_TAX = {"COMPLETED": 31, "TESTING": 28, "RESEARCHING": 4}


@pytest.fixture(scope="module")
def db(shared_country):
    offices.register_office(shared_country, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("lan", "minh"):
        offices.register_person(shared_country, login=login, full_name=login, office_code="MAE")
    return shared_country


def sums(db, code, *, on=DAY, division=None):
    found = indicators.summary(db, code=code, effective_on=on, division=division)
    return {(one.subject_kind.value, one.level.value): one for one in found.totals}


def load(db, code, rows, *, reason="", on=LATER, login="lan"):
    return indicator_uploads.load(
        db, code=code, rows=rows, on=on, source="Báo cáo quý", file_name="b.csv", sha256="0" * 64, login=login, reason=reason,
    )  # fmt: skip


def test_the_published_sums_come_out_of_the_tables(db):
    found = sums(db, "RESULT_SYNC")
    assert {key: (one.done, one.total, one.subjects) for key, one in found.items()} == {
        ("UNIT", "province"): (Count(25746, 25746), Count(88151, 88151), 63),
        ("UNIT", "district"): (Count(3147, 3147), Count(18131, 18131), 63),
        ("UNIT", "commune"): (Count(1462, 1462), Count(9513, 9513), 63),
        ("AGENCY", "all"): (Count(1074, 1074), Count(4040, 4040), 21),
    }
    assert found["AGENCY", "all"].reached == 1
    assert sums(db, "LAND_TAX_PAYMENT")["UNIT", "all"].states == LAND_TAX
    copies = sums(db, "CERTIFIED_COPY")["UNIT", "all"]
    assert (copies.states, copies.unlisted) == ({"NOT_STARTED": 20, "STARTED": 43}, 43)
    paid = sums(db, "ONLINE_PAYMENT")
    assert (paid["UNIT", "all"].total, paid["UNIT", "all"].done) == (Count(31855, 31855), None)
    assert paid["AGENCY", "all"].total == Count(1242, 1242)
    assert indicators.summary(db, code="RESULT_SYNC").exact is False


def test_rows_that_do_not_add_up_stay_and_are_flagged(db):
    found = indicators.figures(db, code="ONLINE_PAYMENT", effective_on=DAY, level=CountedLevel.ALL)
    flagged = {one.subject: (one.total, sentence(one.flags[0], "en")) for one in found.figures if one.flags}
    assert flagged == {
        "Bạc Liêu": (Count(601, 601), "601 against 504+77+27 = 608, as published."),
        "TP Hà Nội": (Count(649, 649), "649 against 538+87+27 = 652, as published."),
    }
    [son] = [one for one in indicators.figures(db, code="CERTIFIED_COPY").figures if one.flags]
    assert (son.subject, son.unit_code) == ("Lạng Son", "20")
    assert "Lạng Sơn" in sentence(son.flags[0], "vi")


def test_due_dates_pass(db):
    def timings(code, on) -> Counter[Timing]:
        return Counter(one.timing for one in indicators.figures(db, code=code, effective_on=on).figures)

    assert timings("PERMIT_INTEGRATION", date(2020, 12, 10)) == {Timing.PENDING: 63}
    assert timings("PERMIT_INTEGRATION", date(2020, 12, 11)) == {Timing.UNREPORTED: 5, Timing.PENDING: 58}
    assert timings("PERMIT_INTEGRATION", date(2021, 1, 1)) == {Timing.UNREPORTED: 63}
    assert timings("PERMIT_INTEGRATION", date(2020, 11, 24)) == {}  # the letter was not written yet
    assert timings("SERVICE_DUE", DAY) == {Timing.UNREPORTED: 1, Timing.PENDING: 16}
    by = {one.subject: one for one in indicators.figures(db, code="SERVICE_DUE", effective_on=DAY).figures}
    planned = by["Cung cấp thông tin về quy hoạch xây dựng"]
    assert (planned.due_text, planned.due_from, planned.due_on) == ("2021", date(2021, 1, 1), date(2021, 12, 31))


def test_the_division_of_2025_adds_up_where_all_parts_are_there(db):
    found = indicators.figures(db, code="RESULT_SYNC", division="2025", level=CountedLevel.COMMUNE)
    assert len(found.figures) == 34
    assert all(one.basis is Basis.WHOLE for one in found.figures)
    [ninh] = [one for one in found.figures if one.unit_code == "24"]
    assert (ninh.done, ninh.total, ninh.parts) == (Count(7 + 14, 21), Count(175 + 140, 315), 2)
    assert sums(db, "RESULT_SYNC", division="2025")["UNIT", "province"].total == Count(88151, 88151)
    codes = {one.unit_code: one for one in indicators.figures(db, code="RESULT_SYNC", effective_on=DAY).figures}
    assert codes["24"].subject == "Bắc Giang"  # the code meant another unit then
    tax = {one.unit_code: one for one in indicators.figures(db, code="LAND_TAX_PAYMENT", division="2025").figures}
    assert (tax["91"].state, tax["91"].states) == (None, {"TESTING": 1, "COMPLETED": 1})


def test_what_cannot_be_asked_says_so(db):
    with pytest.raises(IndicatorUnknown) as caught:
        indicators.figures(db, code="X")
    assert "RESULT_SYNC" in caught.value.mend("en")
    with pytest.raises(PersonUnknown):
        load(db, "RESULT_SYNC", [{"subject": "Bắc Ninh", "done": "1"}], login="nobody")


def workbook(*lines: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_tables_are_read_as_csv_and_as_workbooks(tmp_path):
    wanted = ({"subject": "Bắc Ninh", "done": "3", "total": "10", "due": "30/09/2026"},)
    csv = "\ufeffĐối tượng;Đã làm;Tổng số;Hạn;Gì đó\nBắc Ninh;3;10;30/09/2026;x\n;;;;\n".encode()
    assert indicator_uploads.read(csv, scratch=tmp_path) == wanted
    sheet = workbook(["Đối tượng", "Đã làm", "Tổng số", "Hạn"], ["Bắc Ninh", 3, 10, date(2026, 9, 30)], [None] * 4)
    assert indicator_uploads.read(sheet, scratch=tmp_path) == wanted
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\x01", "neither CSV"),
        (b"a,b\n1,2\n", "must name columns"),
        (b"subject,done,done\nx,1,2\n", "stands twice"),
        (b"subject,done\nx\n", "Row 1 has 1 values"),
        (b"subject,done\n,\n", "no row"),
        (workbook(["subject", "done"], ["Bắc Ninh", "=1+1"]), "B2"),
        (b"PK\x03\x04 not a workbook", "must name columns"),
    ],
)
def test_tables_that_cannot_be_read_say_why(tmp_path, content, said):
    with pytest.raises(IndicatorTableUnreadable) as caught:
        indicator_uploads.read(content, scratch=tmp_path)
    assert said in caught.value.sentence("en")


WRONG = {
    "INDICATOR_SUBJECT_MISSING": {"done": "1"},
    "INDICATOR_SUBJECT_UNKNOWN": {"unit_code": "27", "done": "1"},  # gone by then
    "INDICATOR_LEVEL_UNKNOWN": {"subject": "Hà Nội", "level": "thôn", "done": "1"},
    "INDICATOR_NUMBER_UNREADABLE": {"subject": "Hà Nội", "done": "1.5"},
    "INDICATOR_DATE_UNREADABLE": {"subject": "Hà Nội", "done": "1", "due": "mai"},
    "INDICATOR_DAY_AHEAD": {"subject": "Hà Nội", "done": "1", "on": "2099-01-01"},
    "INDICATOR_KIND_WRONG": {"subject": "Hà Nội", "state": "TESTING"},
    "INDICATOR_NOTHING_SAID": {"subject": "Hà Nội"},
    "INDICATOR_TEXT_INVALID": {"subject": "Hà Nội", "done": "1", "note": "x" * 501},
    "INDICATOR_ROW_TWICE": {"subject": "TP. Huế", "done": "1"},
}


def test_every_wrong_row_has_its_code_and_nothing_is_recorded(db):
    rows = [{"subject": "Huế", "done": "1"}, *WRONG.values()]
    draft = indicator_uploads.look(db, code="RESULT_SYNC", rows=rows, on=LATER)
    told = {row.row_no: row.findings[0].code for row in draft.rows if row.change is Change.REFUSED}
    assert list(told.values()) == list(WRONG)
    assert not draft.recordable
    with pytest.raises(IndicatorTableRefused) as caught:
        load(db, "RESULT_SYNC", rows)
    assert (caught.value.details["rows"], caught.value.details["row"]) == (10, 2)
    [state] = indicator_uploads.look(
        db, code="LAND_TAX_PAYMENT", rows=[{"subject": "Huế", "state": "done"}], on=LATER
    ).rows
    assert state.findings[0].code == "INDICATOR_STATE_UNKNOWN"
    [new] = indicator_uploads.look(db, code="RESULT_SYNC", rows=[{"subject": "Bộ Mới", "done": "1"}], on=LATER).rows
    assert (new.change, new.findings[0].code) == (Change.NEW, "INDICATOR_SUBJECT_NEW")
    assert sums(db, "RESULT_SYNC", on=LATER) == sums(db, "RESULT_SYNC")


def test_a_table_waits_for_its_sender_is_recorded_once_and_changes_nothing_again(db):
    rows = [
        {"subject": "(các tỉnh còn lại)", "state": "Đang thực hiện"},
        {"subject": "Bắc Ninh", "state": "INTEGRATED", "reached_on": "2020-12-01"},
    ]
    said = {"on": LATER, "source": "Báo cáo quý III", "file_name": "a.csv", "sha256": "1" * 64}
    draft = indicator_uploads.begin(db, code="PERMIT_INTEGRATION", rows=rows, login="lan", **said)
    assert (draft.count(Change.NEW), draft.recordable) == (34, True)
    with pytest.raises(IndicatorUploadUnknown):
        indicator_uploads.waiting(db, uid=draft.upload_uid, login="minh")
    with pytest.raises(IndicatorUploadUnknown):
        indicator_uploads.record(db, uid=uuid4(), login="lan")
    done = indicator_uploads.record(db, uid=draft.upload_uid, login="lan")
    assert (done.new, done.changed) == (34, 0)
    with pytest.raises(IndicatorUploadUnknown):  # a second click
        indicator_uploads.record(db, uid=draft.upload_uid, login="lan")
    again = load(db, "PERMIT_INTEGRATION", rows)
    assert (again.upload_uid, again.new, again.changed, again.unchanged) == (None, 0, 0, 34)
    given_up = indicator_uploads.begin(db, code="PERMIT_INTEGRATION", rows=rows, login="lan", **said)
    indicator_uploads.forget(db, uid=given_up.upload_uid, login="lan")
    with pytest.raises(IndicatorUploadUnknown):
        indicator_uploads.waiting(db, uid=given_up.upload_uid, login="lan")
    found = indicators.figures(db, code="PERMIT_INTEGRATION", effective_on=LATER)
    assert len(found.figures) == 34  # units of the newest figures, and not of 2020 beside them
    [ninh] = [one for one in found.figures if one.unit_code == "24"]
    assert (ninh.state, ninh.timing, ninh.subject_kind) == ("INTEGRATED", Timing.NO_DUE, SubjectKind.UNIT)


def test_a_correction_is_a_new_version_and_the_old_one_stays(db):
    subject = {"subject": "Bạc Liêu", "level": CountedLevel.ALL, "on": DAY}
    how = {"code": "ONLINE_PAYMENT", "source": "Đính chính", "login": "minh", **subject}
    with db.read() as tx:
        before = tx.connection.scalar(text("SELECT clock_timestamp()"))
    with pytest.raises(IndicatorReasonMissing):
        indicator_uploads.correct(db, changed={"total": "608"}, reason=" ", **how)
    with pytest.raises(IndicatorValueUnknown):
        indicator_uploads.correct(db, changed={"total": "608"}, reason="x", **{**how, "subject": "Bạc Lieu 2"})
    done = indicator_uploads.correct(db, changed={"total": "608"}, reason="Công văn đính chính", **how)
    assert (done.new, done.changed) == (0, 1)

    def here(known_at=None) -> list[tuple[object, int, int]]:
        found = indicators.figures(
            db, code="ONLINE_PAYMENT", level=CountedLevel.ALL, known_at=known_at, subject="bac lieu"
        )
        return [(one.total, one.version, len(one.flags)) for one in found.figures]

    assert here() == [(Count(608, 608), 2, 0)]
    assert here(before) == [(Count(601, 601), 1, 1)]
    new, old = indicators.versions(db, code="ONLINE_PAYMENT", named=True)
    assert (new.by, new.reason, new.total, old.by, old.total) == ("minh", "Công văn đính chính", 608, None, 601)
    # The reference files are loaded again with every release: what a person corrected stays.
    with db.write() as tx:
        from landdata.settings import Settings

        indicator_uploads.load_published(tx, Settings().reference_dir, lambda _: None)
    assert here() == [(Count(608, 608), 2, 0)]
