"""Reports for the ministry: asked for, made once by a job step by step, kept for good, given out and verified."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from landdata.connectors import stamps
from landdata.errors import (
    ReportFileDamaged,
    ReportFileUnknown,
    ReportSignerUnknown,
    ReportUnfit,
    ReportUnknown,
    ReportUnsettled,
)
from landdata.flows.observe import register_of
from landdata.flows.offices import ministry_person
from landdata.flows.report_content import content as figures_of
from landdata.model.reports import (
    VIETNAM,
    Content,
    Form,
    Kept,
    Kind,
    Language,
    Report,
    Side,
    SigningKey,
    Step,
    Verified,
    Wanted,
    file_name,
    quarter_before,
)
from landdata.settings import Settings
from landdata.store import coverage, movements, registers, report_files, report_keys, reports, runs
from landdata.store.engine import Database, Reader

REPORTS_TASK = "reports"
_FROM_HOUR = 5  # of the first day after a quarter, in Vietnam: what was delivered at its end is in by then
_PATIENCE_SECONDS = 60.0
_FIRST_DAY = date(2010, 1, 1)
log = logging.getLogger(__name__)

Told = Callable[[int, Step], None]


@dataclass(frozen=True, slots=True)
class Press:
    """What making a report needs beside the database."""

    data_dir: Path
    key: SigningKey | None
    tsa_url: str
    contact: str

    @classmethod
    def of(cls, settings: Settings) -> Press:
        """Raises ReportKeyUnusable."""
        return cls(settings.data_dir, report_keys.load(settings.key_folder), settings.tsa_url, settings.report_contact)


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was kept, and its bytes."""

    kept: Kept
    content: bytes


def ask(
    db: Database,
    *,
    on: date | None = None,
    known_at: datetime | None = None,
    division: str | None = None,
    against: int | None = None,
    before_on: date | None = None,
    login: str | None = None,
    worker: bool = True,
) -> int:
    """Ask for a report of a day (today) as known at a time (now); returns its number. With `worker` the job is asked, too.

    Compared with report `against`, or with day `before_on`; left out, with the last report of an earlier day, and where there
    is none, with the end of the quarter before. Raises ReportUnfit, ReportUnknown, UnknownDivision, PersonUnknown.
    """
    with db.write() as tx:
        clock = movements.now(tx)
        today = clock.astimezone(VIETNAM).date()
        on, known_at = on or today, known_at or clock
        _require(on, known_at, today, clock)
        code, _ = register_of(tx, on, division)
        now = Side(on, known_at, code)
        before, number = _before(tx, now, against, before_on)
        person = None if login is None else ministry_person(tx, login)
        first = min(before.on + timedelta(days=1), on)
        made = reports.add(tx, Wanted(Kind.ON_DEMAND, first, now, before, number), person_id=person)
        if worker:
            reports.ask_worker(tx)
    return int(made or 0)


def begin_quarter(db: Database) -> int | None:
    """Ask for the report of the quarter that ended last, once; returns its number, None where there is nothing to ask for."""
    with db.write() as tx:
        clock = movements.now(tx)
        here = clock.astimezone(VIETNAM)
        first, last = quarter_before(here.date())
        if here < datetime(last.year, last.month, last.day, tzinfo=VIETNAM) + timedelta(days=1, hours=_FROM_HOUR):
            return None
        if coverage.latest_day(tx) is None:
            return None
        now = Side(last, clock, register_of(tx, last, None)[0])
        before, number = _before(tx, now, None, None, kind=Kind.QUARTERLY)
        return reports.add(tx, Wanted(Kind.QUARTERLY, first, now, before, number), person_id=None)


def make_waiting(db: Database, press: Press, *, told: Told | None = None) -> tuple[int, ...]:
    """Make every report that waits, the oldest first; returns their numbers. None where another process is at it.

    Raises ReportUnsettled, ReportStampMissing, DiskFull, DataFolderNotWritable; what was done by then is not done again.
    """
    made = []
    with db.write() as guard:
        if not reports.alone(guard):
            return ()
        with db.read() as tx:
            waiting = reports.waiting(tx)
        for number in waiting:
            _make(db, press, number, told or _untold)
            made.append(number)
        with db.read() as tx:
            known = reports.hashes(tx)
        report_files.clear(press.data_dir, known=known)
    return tuple(made)


def listed(db: Database, *, before: int | None = None, most: int = 50) -> tuple[Report, ...]:
    """Reports, newest first; those with smaller numbers than `before`."""
    with db.read() as tx:
        return reports.listed(tx, before=before, most=most)


def show(db: Database, number: int) -> Report:
    """One report. Raises ReportUnknown."""
    with db.read() as tx:
        found = reports.find(tx, number)
    if found is None:
        raise ReportUnknown(number=number)
    return found


def file_of(db: Database, data_dir: Path, number: int, name: str) -> Found:
    """A file of a report, whole. Raises ReportUnknown, ReportFileUnknown, ReportFileDamaged."""
    kept = show(db, number).file(name)
    if kept is None:
        raise ReportFileUnknown(number=number, name=name[:60])
    content = report_files.read(data_dir, kept)
    if content is None:
        raise ReportFileDamaged(number=number, name=name)
    return Found(kept, content)


def content_of(db: Database, data_dir: Path, number: int) -> Content:
    """The figures of a report that is made. Raises as `file_of`."""
    return _adapter().validate_json(file_of(db, data_dir, number, file_name(None, Form.FIGURES)).content)


def verify(
    content: bytes, *, file: str, key_folder: Path, certificates: tuple[Path, ...] = (), db: Database | None = None
) -> Verified:
    """Whether a PDF is as it was signed, and by whom; with a database, which report it is.

    Believed are the certificate in the folder of keys and those named. Raises ReportUnsigned, ReportAltered,
    ReportSignerUnknown, ReportKeyUnusable.
    """
    from landdata.reading import signed as signatures

    known = [one for path in certificates for one in report_keys.certificates(path)]
    own = report_keys.load(key_folder) if key_folder.exists() else None
    if own is not None:
        known += [own.certificate, *own.chain]
    found = signatures.verify(content, file=file, known=known)
    if not found.known:
        raise ReportSignerUnknown(file=file, signer=found.signer)
    if db is not None:
        with db.read() as tx:
            found = replace(found, report=reports.with_file(tx, hashlib.sha256(content).hexdigest()))
    return found


def _require(on: date, known_at: datetime, today: date, clock: datetime) -> None:
    if not _FIRST_DAY <= on <= today:
        raise ReportUnfit(
            reason_vi="ngày báo cáo sau hôm nay hoặc quá xa", reason_en="its day is after today or too long ago"
        )
    if known_at > clock:
        raise ReportUnfit(reason_vi="thời điểm biết ở tương lai", reason_en="its time of knowing is to come")


def _before(
    tx: Reader, now: Side, against: int | None, before_on: date | None, kind: Kind | None = None
) -> tuple[Side, int | None]:
    """What a report is compared with: a side, and the number of the report whose side it is."""
    if against is not None and before_on is not None:
        raise ReportUnfit(
            reason_vi="nêu cả báo cáo và ngày so sánh", reason_en="it names a report and a day to compare with"
        )
    if before_on is not None:
        if not _FIRST_DAY <= before_on <= now.on:
            raise ReportUnfit(
                reason_vi="ngày so sánh sau ngày báo cáo", reason_en="it is compared with a day after its own"
            )
        return Side(before_on, now.known_at, now.division), None
    if against is not None:
        found = reports.find(tx, against)
        if found is None:
            raise ReportUnknown(number=against)
        if found.made_at is None or found.wanted.now.on > now.on:
            raise ReportUnfit(
                reason_vi="báo cáo so sánh chưa lập xong hoặc của ngày sau",
                reason_en="the report to compare with is not made, or of a later day",
            )
    else:
        found = reports.last_made(tx, before=now.on, kind=kind)
    if found is not None:
        return found.wanted.now, found.number
    day = quarter_before(now.on)[1]
    return Side(day, now.known_at, now.division), None


def _untold(_: int, __: Step) -> None:
    """For work that nobody watches."""


def _make(db: Database, press: Press, number: int, told: Told) -> None:
    with db.write() as tx:
        run_id = runs.begin(tx, job=REPORTS_TASK, subject=str(number))
    with db.read() as tx:
        done, report = runs.steps(tx, run_id), reports.find(tx, number)
    if report is None:
        raise ReportUnknown(number=number)
    content, files = _figures(db, press, report, run_id, done)
    told(number, Step.FIGURES)
    key, digest = press.key, files[0].sha256
    for language, step in ((Language.VI, Step.VI), (Language.EN, Step.EN)):
        if step.value in done:
            files += _kept(done[step.value])
            continue
        written = _written(db, press, report, content, digest, language)
        kept = [report_files.keep(press.data_dir, name, one) for name, one in written.items()]
        _note(db, run_id, step, kept)
        files += kept
        told(number, step)
    with db.write() as tx:
        reports.note_made(
            tx,
            number,
            rule=content.rule,
            content=bytes.fromhex(digest),
            signer=key.subject if key else None,
            files=files,
        )
        runs.end(tx, run_id, outcome="DONE")
    log.info("report %d is made: %d files", number, len(files))


def _figures(
    db: Database, press: Press, report: Report, run_id: int, done: dict[str, dict[str, Any]]
) -> tuple[Content, list[Kept]]:
    """The figures: read once; what a killed process kept of them is gone on with, bytes for bytes."""
    name = file_name(None, Form.FIGURES)
    if Step.FIGURES.value in done:
        [kept] = _kept(done[Step.FIGURES.value])
        found = report_files.read(press.data_dir, kept)
        if found is None:
            raise ReportFileDamaged(number=report.number, name=name)
        return _adapter().validate_json(found), [kept]
    _settle(db, report)
    content = figures_of(db, report.wanted)
    kept = report_files.keep(press.data_dir, name, _adapter().dump_json(content, indent=1))
    _note(db, run_id, Step.FIGURES, [kept])
    return content, [kept]


def _settle(db: Database, report: Report) -> None:
    """Wait for publications that began before the report's moment: their rows belong to it. Raises ReportUnsettled."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with db.read() as tx:
            if not reports.unsettled(tx, known_at=report.wanted.now.known_at):
                return
        if time.monotonic() > give_up:
            raise ReportUnsettled(number=report.number)
        time.sleep(0.2)


def _written(
    db: Database, press: Press, report: Report, content: Content, digest: str, language: Language
) -> dict[str, bytes]:
    """All files of a language by name."""
    from landdata.writing import outlines, report_book, report_letters, report_pdf
    from landdata.writing.report_words import Speech

    key = press.key
    edition = report_pdf.Edition(report, content, digest, Speech(language), key.subject if key else None)
    with db.read() as tx:
        boundaries = registers.boundaries(tx, division=content.wanted.now.division)
    country = outlines.province_map(outlines.near_shapes(boundaries)) if boundaries else None
    document = report_pdf.document(edition, country)
    found = {
        Form.PDF: signed(document, press, edition.title),
        Form.XLSX: report_book.workbook(edition),
        Form.CSV: report_book.archive(report_book.tables_of(edition)),
    }
    if language is Language.VI:  # letters go to departments, which write and read Vietnamese
        found[Form.LETTERS] = report_book.archive(report_letters.letters(edition, press.contact))
    return {file_name(language, form): one for form, one in found.items()}


def signed(document: bytes, press: Press, reason: str) -> bytes:
    """The document signed, and stamped where there is an authority; without a key as it is. Raises ReportStampMissing."""
    from landdata.writing import signing

    if press.key is None:
        return document
    stamp = partial(stamps.ask, press.tsa_url) if press.tsa_url else None
    return signing.sign(document, press.key, reason=reason, stamp=stamp)


def _note(db: Database, run_id: int, step: Step, kept: list[Kept]) -> None:
    files = [{"name": one.name, "sha256": one.sha256, "size_bytes": one.size_bytes} for one in kept]
    with db.write() as tx:
        runs.done(tx, run_id, step.value, {"files": files})


def _kept(result: dict[str, Any]) -> list[Kept]:
    return [Kept(**one) for one in result["files"]]


@cache
def _adapter() -> TypeAdapter[Content]:
    return TypeAdapter(Content)
