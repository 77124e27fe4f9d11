"""A report as a workbook, as CSV and as archives of files: the tables as they are, every row with its day, division and source."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl

from landdata.model.cells import harmless_row
from landdata.model.reports import VIETNAM
from landdata.writing import report_tables, sheet
from landdata.writing.report_pdf import Edition
from landdata.writing.report_tables import As, Table

_SHEETS = {
    "summary": ("Con số chính", "Main figures"), "why": ("Vì sao đổi", "Why it moved"), "causes": ("Nguyên nhân", "Causes"),
    "newly": ("Mới kết nối", "Joined or left"), "ladder": ("Bậc thang", "Ladder"), "league": ("Xếp hạng", "League table"),
    "missing-province": ("Tỉnh chưa", "Provinces not"), "missing-district": ("Huyện chưa", "Districts not"),
    "missing-commune": ("Xã chưa", "Communes not"), "sources": ("Nguồn và hạn", "Sources and due"),
    "indicators": ("Chỉ số", "Indicators"), "alerts": ("Cảnh báo", "Alerts"),
}  # fmt: skip
_CREATED = re.compile(rb"<dcterms:created[^>]*>([^<]*)<")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # of every file in an archive: the same content is the same bytes


def workbook(edition: Edition) -> bytes:
    """A sheet for each table and one of notes, which says of what day, division and source the figures are."""
    say = edition.say
    book = openpyxl.Workbook(write_only=True)
    made = edition.content.wanted.now.known_at.astimezone(VIETNAM).replace(tzinfo=None)
    book.properties.created = book.properties.modified = made
    book.properties.title, book.properties.creator = edition.title, edition.service
    sheet.fill(book, say("Ghi chú", "Notes"), [say("Mục", "Item"), say("Nội dung", "Of this report")], notes(edition))
    for one in report_tables.tables(edition.content, say):
        head, rows = report_tables.flat(one, always=False)
        said = [say.source_line(edition.content), say(f"Nguồn: {one.source}", f"Source: {one.source}")]
        if edition.made_up:
            said.append(edition.made_up)
        sheet.fill(book, say.of(_SHEETS[one.key]), head, rows, said=said, shares=_shares(one, head))
    out = io.BytesIO()
    book.save(out)
    return _steady(out.getvalue())


def tables_of(edition: Edition) -> dict[str, str]:
    """Each table as CSV by its file's name; every row begins with report, day, division and time of knowing, and ends with its source."""
    say, now = edition.say, edition.content.wanted.now
    found = {}
    note = edition.made_up
    for one in report_tables.tables(edition.content, say):
        head, rows = report_tables.flat(one, always=True)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        first = [
            say("Báo cáo", "Report"),
            say("Ngày", "Date"),
            say("Địa giới", "Division"),
            say("Biết đến", "Known at"),
        ]
        writer.writerow([*first, *head, say("Nguồn", "Source"), say("Ghi chú", "Note")])
        lead = [edition.report.number, now.on, now.division, now.known_at.isoformat()]
        writer.writerows(harmless_row([*lead, *map(_plain, row), one.source, note]) for row in rows)
        found[f"{one.key}.csv"] = "\ufeff" + out.getvalue()  # without the mark Excel reads UTF-8 as the local code page
    return found


def notes(edition: Edition) -> list[tuple[str, str]]:
    """What every copy of these figures has to carry."""
    say, content = edition.say, edition.content
    wanted = content.wanted
    return [
        (say("Báo cáo số", "Report"), str(edition.report.number)),
        (say("Ngày", "Date"), wanted.now.on.isoformat()),
        (say("Địa giới", "Division"), say.division(wanted.now.division)),
        (say("Biết đến", "Known at"), wanted.now.known_at.isoformat()),
        (say("So sánh với", "Compared with"), f"{say.since(content)}; {wanted.before.known_at.isoformat()}"),
        (say("Phiên bản quy tắc đã kết nối", "Version of the rule of connected"), str(content.rule)),
        (say("Mã băm số liệu", "Hash of the figures"), edition.content_sha256),
        (say("Số liệu mô phỏng", "Simulated data"), say("có", "yes") if content.simulated else say("không", "no")),
        (say("Có ghi lùi ngày", "Back-filled in part"), say("có", "yes") if content.backfilled else say("không", "no")),
        (say("Nguồn", "Sources"), "stats.coverage_event, stats.rung, sync.source_promise, sync.alert; docs/coverage.md"),
    ]  # fmt: skip


def archive(files: Mapping[str, bytes | str]) -> bytes:
    """Files in one archive: the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            packed = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
            target.writestr(entry, content, compress_type=packed)
    return out.getvalue()


def _steady(book: bytes) -> bytes:
    """The workbook packed anew without the hour at which it was written."""
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        files = {name: source.read(name) for name in source.namelist()}
    core = files["docProps/core.xml"]
    created = _CREATED.search(core)
    files["docProps/core.xml"] = _MODIFIED.sub(rb"\g<1>" + (created[1] if created else b"") + rb"\g<2>", core)
    return archive(files)


def _shares(table: Table, head: list[str]) -> frozenset[int]:
    names = {one.name for one in table.columns if one.how is As.SHARE}
    return frozenset(at for at, name in enumerate(head) if name in names)


def _plain(value: Any) -> object:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value
