"""What a land office may have back of a delivery: refused rows, report, map; made when asked for, and never kept."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO
from uuid import UUID

from landdata.errors import (
    DeliveryUnfinished,
    DeliveryUnknown,
    NothingRefused,
    NothingToDraw,
    OfficeUnknown,
    RefusedAsWhole,
)
from landdata.flows import giveback, report
from landdata.flows.check import limits_of
from landdata.flows.faultmap import fault_map
from landdata.flows.report import ReportFormat
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import DeliveryView, State
from landdata.model.faults import FaultMap
from landdata.settings import Settings
from landdata.store import deliveries, findings, offices, raw
from landdata.store.engine import Database, Reader
from landdata.store.findings import Kept
from landdata.store.keys import Keys
from landdata.writing import drawing, features
from landdata.writing.pictures import Pictures, pictures

MEDIA_OF = {
    ".gpkg": "application/geopackage+sqlite3", ".zip": "application/zip", ".geojson": "application/geo+json",
    ".fgb": "application/vnd.flatgeobuf", ".gml": "application/gml+xml", ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".svg": "image/svg+xml",
    ".json": "application/json", ".xml": "application/xml",
}  # fmt: skip


class MapFormat(StrEnum):
    """How a map may be had."""

    GEOJSON = "geojson"
    SVG = "svg"


@dataclass(frozen=True, slots=True)
class Returned:
    """A file that is open and stands in no folder any more: when it is closed, nothing is left of it."""

    content: IO[bytes]
    size: int
    name: str
    media: str


def refused_rows(
    db: Database, *, settings: Settings, keys: Keys, caller: ProvinceOffice | None, delivery_uid: UUID
) -> Returned:
    """The refused rows in the format they came in. `caller` None is the operator at the machine itself.

    Raises DeliveryUnknown (also for another office's), DeliveryUnfinished, RefusedAsWhole, NothingRefused.
    """
    with _opened(db, settings, keys, caller, delivery_uid) as job:
        if job.kept.epsg is None:
            raise RefusedAsWhole
        try:
            made = giveback.give_back(
                job.path, findings.stream(job.tx, job.kept.delivery_id), epsg=job.kept.epsg, settings=settings,
                folder=job.folder,
            )  # fmt: skip
        except NothingRefused:
            if job.kept.state is State.REFUSED:
                raise RefusedAsWhole from None
            raise
        return taken(made.path, job.kept.file_name, "tra-lai", made.ending)


def report_of(
    db: Database,
    *,
    settings: Settings,
    keys: Keys,
    caller: ProvinceOffice | None,
    delivery_uid: UUID,
    format_: ReportFormat,
) -> Returned:
    """The report with every finding. Raises DeliveryUnknown or DeliveryUnfinished."""
    limits = limits_of(settings)
    with _opened(db, settings, keys, caller, delivery_uid) as job:
        head = report.of_view(_view(job), simulated=settings.simulated)
        # Without a zone the rows were never told apart, and their parcels have no names.
        names = giveback.names_of(job.path, limits=limits, scratch=job.folder) if job.kept.epsg is not None else None
        found = findings.stream(job.tx, job.kept.delivery_id)
        path = report.write(format_, head, found, names, limits=limits, folder=job.folder)
        return taken(path, job.kept.file_name, "bao-cao", path.suffix)


def map_of(
    db: Database,
    *,
    settings: Settings,
    keys: Keys,
    caller: ProvinceOffice | None,
    delivery_uid: UUID,
    format_: MapFormat,
) -> Returned:
    """The map of faulty parcels. Raises DeliveryUnknown, DeliveryUnfinished or NothingToDraw."""
    with _opened(db, settings, keys, caller, delivery_uid) as job:
        drawn = _drawn(job, settings)
        target = job.folder / f"map.{format_.value}"
        if format_ is MapFormat.SVG:
            names = {one.code: one.name_vi for one in _view(job).communes}
            drawing.write(drawn, target, title=job.kept.file_name, names=names)
        else:
            features.write(drawn, target)
        return taken(target, job.kept.file_name, "ban-do-loi", target.suffix)


def pictures_of(
    db: Database, *, settings: Settings, keys: Keys, caller: ProvinceOffice | None, delivery_uid: UUID
) -> tuple[Pictures, dict[str, str]]:
    """The gravest faulty parcels as outlines, and the names of their communes by code. Raises as `map_of`."""
    with _opened(db, settings, keys, caller, delivery_uid) as job:
        return pictures(_drawn(job, settings)), {one.code: one.name_vi for one in _view(job).communes}


@dataclass(frozen=True, slots=True)
class _Job:
    """A delivery at its end, its plain bytes, and a private folder to work in."""

    kept: Kept
    path: Path
    folder: Path
    tx: Reader


@contextmanager
def _opened(
    db: Database, settings: Settings, keys: Keys, caller: ProvinceOffice | None, delivery_uid: UUID
) -> Iterator[_Job]:
    with db.read() as tx:
        kept = _find(tx, caller, delivery_uid)
        with private(settings) as folder, raw.opened(settings.data_dir, kept.sha256, keys, folder) as path:
            yield _Job(kept, path, folder, tx)


def _find(tx: Reader, caller: ProvinceOffice | None, delivery_uid: UUID) -> Kept:
    office_id = None
    if caller is not None:
        office = offices.enter(tx, caller.office_code)
        if office is None:
            raise OfficeUnknown(office_code=caller.office_code)
        office_id = office.office_id
    kept = findings.kept(tx, delivery_uid, office_id=office_id)
    if kept is None:
        raise DeliveryUnknown
    if caller is None:
        offices.act_for(tx, kept.office_id)
    if not kept.state.at_rest:
        raise DeliveryUnfinished(state=kept.state.value)
    return kept


def _view(job: _Job) -> DeliveryView:
    found = deliveries.view(job.tx, office_id=job.kept.office_id, delivery_uid=job.kept.delivery_uid)
    if found is None:
        raise DeliveryUnknown
    return found


@contextmanager
def private(settings: Settings) -> Iterator[Path]:
    """A folder of one's own that is gone at the end; what a killed process left is cleared away on the way.

    Not the readers' scratch folder: a worker that starts empties that, and the API may be at work meanwhile.
    """
    home = settings.data_dir.resolve() / "returned"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Reading and writing each end within four times their time on the processor.
    long_ago = time.time() - 12 * settings.reader_cpu_seconds
    for one in home.iterdir():
        if one.stat().st_mtime < long_ago:
            shutil.rmtree(one, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home, ignore_cleanup_errors=True) as name:
        yield Path(name)


def taken(path: Path, kept_name: str, what: str, ending: str) -> Returned:
    """The file, open; its name goes with the folder, so that however a download ends there is nothing to tidy up."""
    content = path.open("rb")
    stem = Path(kept_name).stem[:80] or "tep"
    return Returned(content, path.stat().st_size, f"{stem}-{what}{ending}", MEDIA_OF[ending])


def _drawn(job: _Job, settings: Settings) -> FaultMap:
    """Its faulty parcels. Raises NothingToDraw."""
    if job.kept.epsg is None:
        raise NothingToDraw
    return fault_map(
        job.path, findings.stream(job.tx, job.kept.delivery_id), epsg=job.kept.epsg,
        limits=limits_of(settings), max_vertices=settings.delivery_max_vertices, scratch=job.folder,
    )  # fmt: skip
