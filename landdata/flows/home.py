"""Hands out what comes back of a check at the office's own desk: the same report, map and rows, without a database."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from landdata.errors import LandDataError, NothingRefused, NothingToDraw
from landdata.flows import giveback, report
from landdata.flows.check import limits_of
from landdata.flows.faultmap import fault_map
from landdata.flows.report import ReportFormat
from landdata.flows.returns import MapFormat
from landdata.flows.verdict import Verdict
from landdata.reading.packing import pack
from landdata.settings import Settings
from landdata.writing import drawing, features


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where what is wanted is to be written; the endings of the first two say in which format."""

    report: Path | None = None
    map: Path | None = None
    refused: Path | None = None

    @property
    def report_format(self) -> ReportFormat:
        """Raises ValueError for an ending that is none of its formats."""
        return ReportFormat((self.report or Path()).suffix.removeprefix("."))


def hand_out(
    files: Sequence[Path], verdict: Verdict, wanted: Wanted, *, settings: Settings
) -> Iterator[Path | LandDataError]:
    """Write each, and say where; or why there is nothing to write, which stops none of the others."""
    with tempfile.TemporaryDirectory(prefix="landdata-returned-") as name:
        folder = Path(name)
        # A table and its map layer come back as they would be delivered: in one archive.
        path = files[0] if len(files) == 1 else pack(files, folder / f"{files[0].stem}.zip")
        if wanted.report:
            yield _report(path, verdict, wanted.report, wanted.report_format, settings, folder)
        for target, make in ((wanted.map, _map), (wanted.refused, _refused)):
            if target:
                try:
                    make(path, verdict, target, settings, folder)
                except (NothingRefused, NothingToDraw) as error:
                    yield error
                else:
                    yield target


def _report(
    path: Path, verdict: Verdict, target: Path, format_: ReportFormat, settings: Settings, folder: Path
) -> Path:
    limits = limits_of(settings)
    names = giveback.names_of(path, limits=limits, scratch=folder) if verdict.epsg is not None else None
    head = report.of_verdict(verdict, file_name=path.name)
    shutil.copyfile(report.write(format_, head, verdict.findings, names, limits=limits, folder=folder), target)
    return target


def _map(path: Path, verdict: Verdict, target: Path, settings: Settings, folder: Path) -> None:
    if verdict.epsg is None:
        raise NothingToDraw
    drawn = fault_map(
        path, verdict.findings, epsg=verdict.epsg, limits=limits_of(settings),
        max_vertices=settings.delivery_max_vertices, scratch=folder,
    )  # fmt: skip
    if MapFormat(target.suffix.removeprefix(".")) is MapFormat.SVG:
        drawing.write(drawn, target, title=path.name, names={})
    else:
        features.write(drawn, target)


def _refused(path: Path, verdict: Verdict, target: Path, settings: Settings, folder: Path) -> None:
    """In an archive where the name asks for one: the reader takes every format in one as well."""
    if verdict.epsg is None:
        raise NothingRefused
    made = giveback.give_back(path, verdict.findings, epsg=verdict.epsg, settings=settings, folder=folder).path
    if target.suffix == ".zip" and made.suffix != ".zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(made, made.name)
    else:
        shutil.copyfile(made, target)
