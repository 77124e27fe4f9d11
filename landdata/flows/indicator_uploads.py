"""Takes tables of indicators in: looked at row by row, then recorded as a whole; what stood before stays as a version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from landdata.checking.indicators import CATALOGUE, COLUMNS, MOST_ROWS, Entry, Finding, check
from landdata.errors import (
    IndicatorReasonMissing,
    IndicatorTableRefused,
    IndicatorUploadUnknown,
    IndicatorValueUnknown,
    ReferenceDataDamaged,
)
from landdata.flows.indicators import find
from landdata.flows.offices import ministry_person
from landdata.model.indicators import CountedLevel, Flag, Indicator, Value, flags_of, spelt
from landdata.reading import indicators as files
from landdata.reading import sheets
from landdata.store import deliveries, indicators
from landdata.store.engine import Database, Reader, Writer
from landdata.store.indicators import Upload

_WAITS_DAYS = 7
_SAID = ("subject", "done", "total", "remaining", "state", "due_from", "due_on", "reached_on", "lead", "note", "listed")
# What a correction may change; who, which level and which day a value is about makes another value.
CORRECTED = ("done", "total", "remaining", "state", "due", "reached_on", "lead", "note")
Table = Sequence[Mapping[str, str]]


class Change(StrEnum):
    """What recording a row would do."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table that is looked at; a row of every other province stands once for each."""

    row_no: int
    change: Change
    sent: Mapping[str, str]
    entry: Entry | None
    before: Value | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A table as it would be recorded now. `upload_uid` None: it was only looked at."""

    upload_uid: UUID | None
    indicator: Indicator
    on_date: date
    source: str
    file_name: str
    rows: tuple[Row, ...]

    def count(self, change: Change) -> int:
        """Rows that this would happen to; of those that are wrong, rows of the file."""
        return sum(one.change is change for one in self.rows)

    @property
    def recordable(self) -> bool:
        """Whether there is anything to record, and nothing wrong."""
        return not self.count(Change.REFUSED) and bool(self.count(Change.NEW) + self.count(Change.CHANGED))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded: values that are new, new versions of values, and rows that said what stands already."""

    upload_uid: UUID | None
    new: int
    changed: int
    unchanged: int


def read(content: bytes, *, scratch: Path) -> Table:
    """Rows of a CSV or XLSX table, all text; it is opened in a process of its own. Raises IndicatorTableUnreadable."""
    return sheets.read(content, columns=COLUMNS, most_rows=MOST_ROWS, scratch=scratch)


def look(
    db: Database, *, code: str, rows: Table, on: date | None = None, source: str = "", file_name: str = ""
) -> Draft:
    """What a table would do, without keeping it. `on`: day of its figures, today when left out. Raises IndicatorUnknown."""
    with db.read() as tx:
        return _draft(tx, find(tx, code), rows, on or deliveries.today(tx), True, source, file_name)


def begin(
    db: Database, *, code: str, rows: Table, on: date | None, source: str, file_name: str, sha256: str, login: str
) -> Draft:
    """Keep a table until its sender records it, for a week at most; it counts for nothing yet.

    Raises IndicatorUnknown, PersonUnknown.
    """
    with db.write() as tx:
        indicator, person = find(tx, code), ministry_person(tx, login)
        day = on or deliveries.today(tx)
        indicators.forget_old(tx, days=_WAITS_DAYS)
        uid = indicators.begin(
            tx, code=code, on=day, exact=True, source=source.strip(), file_name=file_name, sha256=sha256, rows=rows,
            person_id=person,
        )  # fmt: skip
        return _draft(tx, indicator, rows, day, True, source.strip(), file_name, uid)


def waiting(db: Database, *, uid: UUID, login: str) -> Draft:
    """A table that waits, as it would be recorded now. Raises IndicatorUploadUnknown, PersonUnknown."""
    with db.read() as tx:
        upload = _waiting(tx, uid, ministry_person(tx, login))
        indicator = find(tx, upload.code)
        return _draft(
            tx, indicator, upload.rows, upload.on_date, upload.exact, upload.source, upload.file_name, upload.upload_uid
        )


def record(db: Database, *, uid: UUID, login: str, reason: str = "") -> Recorded:
    """Record a table that waits, as a whole. `reason`: needed where values that stand are changed.

    Raises IndicatorUploadUnknown, PersonUnknown, IndicatorTableRefused, IndicatorReasonMissing.
    """
    with db.write() as tx:
        person = ministry_person(tx, login)
        indicators.lock(tx)
        indicators.lock_upload(tx, uid)
        upload = _waiting(tx, uid, person)
        return _record(tx, upload, find(tx, upload.code), reason)


def forget(db: Database, *, uid: UUID, login: str) -> None:
    """Give a table up that was not recorded. Raises IndicatorUploadUnknown, PersonUnknown."""
    with db.write() as tx:
        indicators.lock_upload(tx, uid)
        _waiting(tx, uid, ministry_person(tx, login))
        indicators.forget(tx, uid)


def load(
    db: Database,
    *,
    code: str,
    rows: Table,
    on: date | None,
    source: str,
    file_name: str,
    sha256: str,
    login: str,
    reason: str,
) -> Recorded:
    """Begin and record in one transaction. Raises what `begin` and `record` raise."""
    with db.write() as tx:
        indicator, person = find(tx, code), ministry_person(tx, login)
        indicators.lock(tx)
        uid = indicators.begin(
            tx, code=code, on=on or deliveries.today(tx), exact=True, source=source.strip(), file_name=file_name,
            sha256=sha256, rows=rows, person_id=person,
        )  # fmt: skip
        upload = indicators.find(tx, uid)
        assert upload is not None  # noqa: S101 - it was written a line above
        return _record(tx, upload, indicator, reason)


def correct(
    db: Database,
    *,
    code: str,
    subject: str,
    level: CountedLevel,
    on: date,
    changed: Mapping[str, str],
    source: str,
    login: str,
    reason: str,
) -> Recorded:
    """A new version of one value: what stands, but for `changed` (cells by column of a table, as text).

    `subject`: its name as published, or a province's name. Raises IndicatorUnknown, IndicatorValueUnknown, and what
    `record` raises.
    """
    with db.read() as tx:
        find(tx, code)
        names = {unit.unit_id: unit.name_vi for unit in indicators.provinces(tx)[0]}
        here = [
            one
            for one in indicators.values(tx, code=code)
            if one.level is level
            and one.on_date == on
            and spelt(subject) in {spelt(one.subject), spelt(names.get(one.unit_id or 0, ""))}
        ]
    if not here:
        raise IndicatorValueUnknown(subject=subject[:80], day=on.isoformat())
    cells = {**as_cells(here[0]), **changed}
    digest = hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()
    return load(
        db, code=code, rows=[cells], on=on, source=source, file_name="", sha256=digest, login=login, reason=reason
    )


def as_cells(value: Value) -> dict[str, str]:
    """A value as a row of a table."""
    cells = {
        "subject": value.subject,
        "level": value.level.value,
        "on": value.on_date.isoformat(),
        "state": value.state or "",
        "due": value.due_text or (value.due_on.isoformat() if value.due_on else ""),
        "reached_on": value.reached_on.isoformat() if value.reached_on else "",
        "lead": value.lead,
        "note": value.note,
    }
    counts = {"done": value.done, "total": value.total, "remaining": value.remaining}
    return cells | {name: "" if count is None else str(count) for name, count in counts.items()}


def load_published(tx: Writer, folder: Path, progress: Callable[[str], None]) -> dict[str, int]:
    """Definitions and published tables of the reference files: rows by file. What people corrected since stays theirs.

    Raises ReferenceDataDamaged.
    """
    progress("indicators")
    letters = files.letters(folder)
    indicators.define(tx, letters=letters, indicators=files.indicators(folder), states=files.states(folder))
    named = {row["code"]: row["name_vi"] for row in letters}
    indicators.lock(tx)
    done: dict[str, int] = {}
    for table in files.tables(folder):
        indicator = find(tx, table.code)
        draft = _draft(tx, indicator, table.rows, table.on, table.exact, named[table.letter], table.file, of_files=True)
        wrong = next((one for row in draft.rows if row.change is Change.REFUSED for one in row.findings), None)
        if wrong is not None:
            raise ReferenceDataDamaged(file=table.file, reason=f"row {wrong.row_no}: {wrong.code}")
        if draft.recordable:
            uid = indicators.begin(
                tx, code=table.code, on=table.on, exact=table.exact, source=draft.source, file_name=table.file,
                sha256=hashlib.sha256((folder / "seed_tables" / table.file).read_bytes()).hexdigest(),
                rows=table.rows, person_id=None,
            )  # fmt: skip
            upload = indicators.find(tx, uid)
            assert upload is not None  # noqa: S101 - it was written a line above
            _write(tx, upload, draft, reason="")
        done[f"seed_tables/{table.file}"] = len(table.rows)
    return done


def sentence(finding: Finding | Flag, language: str) -> str:
    """What a finding or flag says, in `vi` or `en`."""
    one = CATALOGUE[finding.code]
    return (one.vi if language == "vi" else one.en).format(**finding.details)


def mend(finding: Finding | Flag, language: str) -> str:
    """What to do about it, in `vi` or `en`."""
    one = CATALOGUE[finding.code]
    return (one.mend_vi if language == "vi" else one.mend_en).format(**finding.details)


def _draft(
    tx: Reader,
    indicator: Indicator,
    rows: Table,
    on: date,
    exact: bool,
    source: str,
    file_name: str,
    uid: UUID | None = None,
    *,
    of_files: bool = False,
) -> Draft:
    provinces, _ = indicators.provinces(tx)
    stand = {one.key: one for one in indicators.values(tx, code=indicator.code)}
    entries, findings = check(
        rows, indicator=indicator, on=on, exact=exact, today=deliveries.today(tx), provinces=provinces,
        known=None if of_files else frozenset(key[0] for key in stand),
    )  # fmt: skip
    notes: dict[int, list[Finding]] = {}
    for finding in (*findings, *_flags(entries, {unit.unit_id: unit.name_vi for unit in provinces})):
        if finding not in notes.setdefault(finding.row_no, []):
            notes[finding.row_no].append(finding)
    compared = indicators.last_of_files(tx, indicator.code) if of_files else stand
    made = [
        Row(number, Change.REFUSED, rows[number - 1], None, None, tuple(found))
        for number, found in notes.items()
        if any(one.refuses for one in found)
    ]
    for entry in entries:
        before = compared.get(entry.key)
        change = Change.NEW if before is None else Change.UNCHANGED if _same(entry, before) else Change.CHANGED
        if before is None and entry.key in stand:  # a person said it first; the file says it now
            change, before = Change.CHANGED, stand[entry.key]
        told = tuple(notes.get(entry.row_no, ()))
        made.append(Row(entry.row_no, change, rows[entry.row_no - 1], entry, stand.get(entry.key, before), told))
    made.sort(key=lambda one: one.row_no)
    return Draft(uid, indicator, on, source, file_name, tuple(made))


def _flags(entries: Sequence[Entry], names: Mapping[int, str]) -> list[Finding]:
    """What does not add up among the rows of one table."""
    return [
        Finding(entries[number].row_no, flag.code, flag.details)
        for number, flags in flags_of(dict(enumerate(entries)), names).items()
        for flag in flags
    ]


def _same(entry: Entry, value: Value) -> bool:
    return all(getattr(entry, name) == getattr(value, name) for name in _SAID)


def _record(tx: Writer, upload: Upload, indicator: Indicator, reason: str) -> Recorded:
    draft = _draft(
        tx, indicator, upload.rows, upload.on_date, upload.exact, upload.source, upload.file_name, upload.upload_uid
    )
    wrong = [row for row in draft.rows if row.change is Change.REFUSED]
    if wrong:
        first = next(one for one in wrong[0].findings if one.refuses)
        raise IndicatorTableRefused(
            rows=len(wrong), row=wrong[0].row_no, reason_vi=sentence(first, "vi"), reason_en=sentence(first, "en")
        )
    changed = draft.count(Change.CHANGED)
    if changed and not reason.strip():
        raise IndicatorReasonMissing(rows=changed)
    if not draft.recordable:  # it says what stands already: nothing is kept of it
        indicators.forget(tx, upload.upload_uid)
        return Recorded(None, 0, 0, draft.count(Change.UNCHANGED))
    _write(tx, upload, draft, reason=reason.strip())
    return Recorded(upload.upload_uid, draft.count(Change.NEW), changed, draft.count(Change.UNCHANGED))


def _write(tx: Writer, upload: Upload, draft: Draft, *, reason: str) -> None:
    indicators.add_values(
        tx,
        [
            {
                **asdict(row.entry),
                "subject_kind": row.entry.subject_kind.value,
                "level": row.entry.level.value,
                "code": draft.indicator.code,
                "upload_id": upload.upload_id,
                "version": row.before.version + 1 if row.before else 1,
                "replaces_id": row.before.value_id if row.before else None,
            }
            for row in draft.rows
            if row.entry is not None and row.change in {Change.NEW, Change.CHANGED}
        ],
    )
    indicators.recorded(tx, upload.upload_id, reason=reason)


def _waiting(tx: Reader, uid: UUID, person: int) -> Upload:
    upload = indicators.find(tx, uid)
    if upload is None or upload.recorded_at is not None or upload.person_id != person:
        raise IndicatorUploadUnknown(upload=str(uid))
    return upload
