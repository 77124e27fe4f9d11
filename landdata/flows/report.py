"""The report of a delivery as a file: every finding, one a row, in both languages; nothing personal, no database."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa

from landdata.flows.verdict import SEVERITIES, Verdict, words
from landdata.model.cells import harmless_row
from landdata.model.deliveries import DeliveryView, Finding, Severity
from landdata.reading.isolated import Limits
from landdata.writing.isolated import write_report

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as the local code page
HEAD = (
    "Dòng / row", "Thửa / parcel", "Mã / code", "Mức / severity", "Nội dung", "Meaning", "Cách sửa", "How to mend",
    "Lớp / layer",
)  # fmt: skip
_WIDTHS = (10, 18, 26, 24, 60, 60, 50, 50, 16)
_LEDGER = {
    "layer": "Lớp / layer", "rows_read": "Dòng đọc / rows read", "rows_new": "Mới / new", "rows_changed": "Thay đổi / changed",
    "rows_unchanged": "Không đổi / unchanged", "rows_refused": "Bị từ chối / refused",
    "rows_waiting": "Đang chờ / waiting", "records_refused": "Hồ sơ bị từ chối / records refused",
    "unknown_columns": "Cột không dùng / columns not used",
}  # fmt: skip
_COMMUNES = {
    "code": "Mã xã / code", "name": "Xã / commune", "parcels_before": "Thửa trước / parcels before",
    "parcels_new": "Thêm / new", "parcels_retired": "Bớt / retired", "parcels_after": "Thửa sau / parcels after",
    "state": "Trạng thái / state", "rows_waiting": "Dòng đang chờ / rows waiting",
}  # fmt: skip
_MOST_IN_SHEET = 1_048_575


class ReportFormat(StrEnum):
    """How a report may be had."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


Head = dict[str, Any]


def of_view(view: DeliveryView, *, simulated: bool) -> Head:
    """What the API says of a delivery, without its findings."""
    head = asdict(view)
    del head["findings"]
    if head["refusal"] is not None:
        head["refusal"] = _sentences(head["refusal"])
    head["doubts"] = [_sentences(one) for one in head["doubts"]]
    head["communes"] = [
        {"name" if name == "name_vi" else name: value for name, value in one.items() if name != "unit_id"}
        | {"reasons": [_sentences(why) for why in one["reasons"]]}
        for one in head["communes"]
    ]
    return {**head, "simulated": simulated}


def _sentences(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A code with its details, as what it says and what to do."""
    one = said(Finding(stored["code"], Severity.REFUSES_DELIVERY, "", None, stored.get("details", {})))
    return {name: value for name, value in one.items() if name not in {"severity", "layer", "row_no"}}


def of_verdict(verdict: Verdict, *, file_name: str) -> Head:
    """What a check at the desk says of a file, without its findings."""
    return {
        "file_name": file_name,
        "delivery": "accepted" if verdict.accepted else "refused",
        "format": verdict.format,
        "epsg": verdict.epsg,
        "rows_read": verdict.rows_read,
        "rows_taken": verdict.rows_taken,
        "rows_refused": verdict.rows_refused,
        "unknown_columns": list(verdict.unknown_columns),
        "findings_total": len(verdict.findings),
    }


def said(finding: Finding) -> dict[str, Any]:
    """A finding as the API says it."""
    found = words(finding)
    return {
        "code": finding.code,
        "details": finding.details,
        "detail": found["vi"],
        "detail_en": found["en"],
        "mend": found["mend_vi"],
        "mend_en": found["mend_en"],
        "severity": finding.severity,
        "layer": finding.layer,
        "row_no": finding.row_no,
    }


def write(
    format_: ReportFormat,
    head: Head,
    findings: Iterable[Finding],
    names: pa.Array | None,
    *,
    limits: Limits,
    folder: Path,
) -> Path:
    """Write the report into the folder; findings are taken one by one. `names` as `giveback.names_of` has them."""
    target = folder / f"report.{format_.value}"
    match format_:
        case ReportFormat.JSON:
            _json(target, head, findings, names)
        case ReportFormat.CSV:
            with target.open("w", encoding="utf-8", newline="") as file:
                file.write(BYTE_ORDER_MARK)
                out = csv.writer(file, lineterminator="\r\n")
                out.writerow(HEAD)
                out.writerows(map(harmless_row, _lines(findings, names)))
        case ReportFormat.XLSX:
            return _workbook(head, findings, names, limits, folder)
    return target


def _json(target: Path, head: Head, findings: Iterable[Finding], names: pa.Array | None) -> None:
    opening = json.dumps(head, ensure_ascii=False, default=_plain, indent=1).removesuffix("\n}")
    with target.open("w", encoding="utf-8") as out:
        out.write(f'{opening},\n "findings": [')
        for at, one in enumerate(findings):
            line = {**said(one), "parcel": _name(one, names)}
            out.write(f"{',' if at else ''}\n  {json.dumps(line, ensure_ascii=False, default=_plain)}")
        out.write("\n ]\n}\n")


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _lines(findings: Iterable[Finding], names: pa.Array | None) -> Iterator[tuple[str, ...]]:
    for one in findings:
        found = words(one)
        yield (
            str(one.row_no or ""), _name(one, names) or "", one.code, SEVERITIES[one.severity],
            found["vi"], found["en"], found["mend_vi"], found["mend_en"], one.layer,
        )  # fmt: skip


def _name(one: Finding, names: pa.Array | None) -> str | None:
    if names is None or one.row_no is None or one.row_no > len(names):
        return None
    found: str | None = names[one.row_no - 1].as_py()
    return found


def _workbook(head: Head, findings: Iterable[Finding], names: pa.Array | None, limits: Limits, folder: Path) -> Path:
    counted: Counter[tuple[Severity, str]] = Counter()

    def counting() -> Iterator[Finding]:
        for one in findings:
            counted[one.severity, one.code] += 1
            if counted.total() <= _MOST_IN_SHEET:
                yield one

    listed = sheet(folder, "Lỗi | Findings", [HEAD], _lines(counting(), names), _WIDTHS, [0])
    sheets = [_summary(folder, head, counted), listed]
    for title, columns, rows in (
        ("Sổ cái | Ledger", _LEDGER, head.get("ledger", ())),
        ("Xã | Communes", _COMMUNES, head.get("communes", ())),
    ):
        lines = (tuple(_cell(one[name]) for name in columns) for one in rows)
        numbers = [at for at, name in enumerate(columns) if name.startswith(("rows_", "records_", "parcels_"))]
        sheets.append(sheet(folder, title, [tuple(columns.values())], lines, (26,) * len(columns), numbers))
    return write_report(sheets, limits=limits, folder=folder)


def _summary(folder: Path, head: Head, counted: Counter[tuple[Severity, str]]) -> dict[str, Any]:
    lines = [(name, _cell(value), "") for name, value in head.items() if not isinstance(value, list | tuple | dict)]
    if isinstance(head.get("refusal"), dict):
        lines += [("refusal", head["refusal"]["detail"], head["refusal"]["detail_en"])]
    lines += [("", "", ""), ("Mã / code", "Số lượng / count", "Mức / severity")]
    lines += [(code, str(many), SEVERITIES[severity]) for (severity, code), many in counted.most_common()]
    if counted.total() > _MOST_IN_SHEET:
        lines.append(
            (
                "",
                str(_MOST_IN_SHEET),
                "một trang tính chỉ chứa ngần ấy; CSV có đủ / all that a sheet holds; the CSV has all",
            )
        )
    return sheet(folder, "Tóm tắt | Summary", [("Mục / item", "Giá trị / value", "")], iter(lines), (34, 44, 60), [1])


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "có / yes" if value else "không / no"
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return _plain(value)


def sheet(
    folder: Path,
    title: str,
    first: list[tuple[str, ...]],
    lines: Iterator[tuple[str, ...]],
    widths: tuple[int, ...],
    numbers: list[int],
) -> dict[str, Any]:
    """One table for the process that makes the workbook, as CSV in the private folder."""
    path = folder / f"{title.rpartition(' ')[2]}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerows(first)
        out.writerows(lines)
    return {"title": title, "path": str(path.resolve()), "widths": list(widths), "numbers": numbers}
