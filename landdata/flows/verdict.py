"""What a check at the desk found, as plain values for programs and as lines for people; no input or output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from landdata.checking.catalogue import CATALOGUE, Check
from landdata.checking.reasons import REASONS
from landdata.errors import LandDataError, all_errors
from landdata.flows.against import Against
from landdata.model.deliveries import Finding, Format, Severity
from landdata.model.units import Unit

_REFUSALS = {kind.code: kind for kind in all_errors()}
SEVERITIES = {
    Severity.REFUSES_DELIVERY: "CẢ TỆP BỊ TỪ CHỐI / THE FILE IS REFUSED",
    Severity.WAITS: "chờ người thứ hai / waits for a second person",
    Severity.REFUSES_RECORD: "hồ sơ bị từ chối / record refused",
    Severity.WARNING: "cảnh báo / warning",
    Severity.REPAIRED: "đã tự sửa / repaired",
}
_SHOWN, _ROWS_NAMED = 3, 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would become of the file: `rows_read = rows_taken + rows_refused`; of a refused one nothing is taken.

    `own` are the provinces taken for the office's; `assumed` when nobody named them and the rows did.
    """

    accepted: bool
    rows_read: int
    rows_refused: int
    findings: tuple[Finding, ...]
    format: Format | None = None
    epsg: int | None = None
    own: tuple[Unit, ...] = ()
    assumed: bool = True
    unknown_columns: tuple[str, ...] = ()
    against: Against | None = None

    @property
    def rows_taken(self) -> int:
        return self.rows_read - self.rows_refused

    def plain(self) -> dict[str, Any]:
        """For `--json`: findings of the file as a whole first, then by row as numbered in the file from 1."""
        return {
            "delivery": "accepted" if self.accepted else "refused",
            "rows_read": self.rows_read,
            "rows_taken": self.rows_taken,
            "rows_refused": self.rows_refused,
            **({"against": self.against.plain(self.rows_refused)} if self.against else {}),
            "findings": [
                {
                    "row": one.row_no,
                    "code": one.code,
                    "severity": one.severity.value,
                    "details": one.details,
                    **words(one),
                }
                for one in self.findings
            ],
        }

    def lines(self) -> Iterator[str]:
        """For people: how the file was read, what was found of each code with the first rows, and the sum."""
        own = ", ".join(f"{unit.code} {unit.full_name_vi}" for unit in self.own) or "?"
        why = "theo các xã trong tệp / from the communes in the file" if self.assumed else "--province"
        yield f"{self.format.value if self.format else '?'}, EPSG:{self.epsg or '?'}"
        yield f"Địa bàn của cơ quan / the office's area: {own} ({why})"
        if self.unknown_columns:
            yield f"Cột không dùng / columns not used: {', '.join(self.unknown_columns)}"
        for found in self._by_code():
            yield from _of_one_code(found)
        yield ""
        if self.against:
            yield from self.against.lines(self.rows_read, self.rows_refused)
        yield (
            f"{'ĐƯỢC NHẬN / ACCEPTED' if self.accepted else 'BỊ TỪ CHỐI / REFUSED'}: "
            f"{self.rows_read:,} dòng đọc / rows read = {self.rows_taken:,} được nhận / taken "
            f"+ {self.rows_refused:,} trả lại / refused"
        )

    def _by_code(self) -> list[list[Finding]]:
        """Findings of each code; what refuses most first, then the most frequent."""
        found: dict[str, list[Finding]] = {}
        for one in self.findings:
            found.setdefault(one.code, []).append(one)
        order = list(Severity)
        return sorted(found.values(), key=lambda one: (order.index(one[0].severity), -len(one), one[0].code))


def words(finding: Finding) -> dict[str, str]:
    """What a finding says and how to mend it: `vi`, `en`, `mend_vi`, `mend_en`."""
    said: Check | type[LandDataError] = (
        CATALOGUE.get(finding.code) or REASONS.get(finding.code) or _REFUSALS[finding.code]
    )
    return {name: getattr(said, name).format(**finding.details) for name in ("vi", "en", "mend_vi", "mend_en")}


def _of_one_code(found: list[Finding]) -> Iterator[str]:
    yield ""
    yield f"{found[0].code}  {len(found):,}  [{SEVERITIES[found[0].severity]}]"
    for one in found[:_SHOWN]:
        said = words(one)
        yield f"  {f'dòng / row {one.row_no}: ' if one.row_no else ''}{said['vi']}"
        yield f"    {said['en']}"
    if len(found) > _SHOWN:
        more = " …" if len(found) > _ROWS_NAMED else ""
        yield f"  dòng / rows {', '.join(str(one.row_no) for one in found[_SHOWN:_ROWS_NAMED])}{more}"
    said = words(found[0])
    yield f"  Cách sửa: {said['mend_vi']}"
    yield f"  How to mend: {said['mend_en']}"
