"""The clerks' work list as a file: the rows of the office's last delivery in its own format, or one case a row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from landdata.checking.values import dates
from landdata.errors import DeliveryUnknown, NoCases
from landdata.flows import cases, report
from landdata.flows.check import limits_of
from landdata.flows.returns import Returned, private, taken
from landdata.matching.told import told
from landdata.model.cases import Case, Sought, masked
from landdata.model.cells import harmless_row
from landdata.model.parcels import REASON_COLUMNS, FlatRows, Integers
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import open_layer
from landdata.settings import Settings
from landdata.store import findings, offices, raw
from landdata.store.engine import Database
from landdata.store.key_files import Version
from landdata.store.keys import PERSON, Keys, identity_under
from landdata.store.records import NO_CITIZENS
from landdata.writing.isolated import write_entities, write_report, write_rows

HEAD = (
    "Hồ sơ / case", "Trạng thái / status", "Mã / codes", "Lý do", "Reason", "Họ tên / name", "Số giấy tờ / number",
    "Sinh / birth", "Giấy chứng nhận / certificates", "Thửa / parcels", "Xã / communes", "Từ / since",
    "Tên giống % / name alike", "Lệch năm sinh / years apart",
)  # fmt: skip
_WIDTHS = (38, 14, 30, 60, 60, 30, 16, 12, 12, 10, 20, 12, 12, 12)
_NUMBERS = [8, 9]
_MEND = "Đối chiếu với hồ sơ gốc: sửa rồi giao nộp lại, hoặc quyết định ở hồ sơ {case}."
# Every page sorts the list anew.
_PAGE = 50_000
_STEM = "doi-chieu"


class ListFormat(StrEnum):
    """How the list may be had."""

    OWN = "own"
    CSV = "csv"
    XLSX = "xlsx"


def as_file(
    db: Database, *, settings: Settings, keys: Keys, office_code: str, sought: Sought, format_: ListFormat
) -> Returned:
    """The office's list as a file. In a table numbers are masked; in the office's own rows they are as it sent them.

    Raises OfficeUnknown, UnknownUnit; for its own format DeliveryUnknown when nothing of it is published, and NoCases.
    """
    listed = _every(db, office_code, sought)
    with private(settings) as folder:
        match format_:
            case ListFormat.CSV:
                return taken(_csv(listed, keys, folder), _STEM, office_code, ".csv")
            case ListFormat.XLSX:
                lines = (tuple(map(str, line)) for line in _lines(listed, keys))
                sheet = report.sheet(folder, "Đối chiếu | Cases", [HEAD], lines, _WIDTHS, _NUMBERS)
                path = write_report([sheet], limits=limits_of(settings), folder=folder)
                return taken(path, _STEM, office_code, ".xlsx")
            case ListFormat.OWN:
                return _own(db, settings, keys, office_code, {one.case: one for one in listed}, folder)


def _every(db: Database, office_code: str, sought: Sought) -> Iterator[Case]:
    after = None
    while True:
        page = cases.page(db, office_code=office_code, sought=sought, after=after, limit=_PAGE)
        yield from page.cases
        after = page.after
        if after is None:
            return


def _lines(listed: Iterator[Case], keys: Keys) -> Iterator[tuple[object, ...]]:
    for one in listed:
        said = [told(reason) for reason in one.reasons]
        born = one.birth_date.isoformat() if one.birth_date else one.birth_year or ""
        yield (
            one.case, one.status.value, ";".join(one.reasons), " ".join(each.vi for each in said),
            " ".join(each.en for each in said), one.name, masked(keys.unseal(one.sealed)) if one.sealed else "", born,
            one.certificates, one.parcels, ", ".join(one.communes), one.first_seen_at.date().isoformat(),
            *("" if each is None else each for each in (one.name_share, one.years_apart)),
        )  # fmt: skip


def _csv(listed: Iterator[Case], keys: Keys, folder: Path) -> Path:
    target = folder / "cases.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(report.BYTE_ORDER_MARK)
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(HEAD)
        out.writerows(map(harmless_row, _lines(listed, keys)))
    return target


def _own(
    db: Database, settings: Settings, keys: Keys, office_code: str, listed: dict[UUID, Case], folder: Path
) -> Returned:
    with db.read() as tx:
        office = offices.enter(tx, office_code)
        kept = findings.last_published(tx, office.office_id) if office else None
    if kept is None:
        raise DeliveryUnknown
    limits = limits_of(settings)
    with (
        raw.opened(settings.data_dir, kept.sha256, keys, folder) as path,
        open_layer(path, limits=limits, scratch=folder / "reading") as layer,
    ):
        flat = FlatLayer(layer)
        rows, found = _rows(flat, listed, keys)
        if not len(rows):
            raise NoCases
        reasons = _told(found, rows)
        sources = flat.sources(rows)
        if sources is not None:
            made = write_entities(layer, reasons, sources, limits=limits, folder=folder)
        else:
            made = write_rows(layer, rows, reasons, crs=f"EPSG:{kept.epsg}", limits=limits, folder=folder)
        return taken(made.path, kept.file_name, _STEM, made.ending)


def _rows(flat: FlatLayer, listed: dict[UUID, Case], keys: Keys) -> tuple[Integers, list[Case]]:
    """Rows (from 0) that name a holder of the list, and who that is."""
    # A key that is being changed has several versions, and a claim on record is under one of them.
    wanted = {one.hex: case for one, case in listed.items()}
    numbers: list[int] = []
    found: list[Case] = []
    start = 0
    for batch in flat.batches():
        for version in keys.usable(PERSON):
            for at, name in enumerate(_identities(batch, version)):
                if name in wanted:
                    numbers.append(start + at)
                    found.append(wanted[name])
        start += len(batch)
    order = np.argsort(np.array(numbers, dtype=np.int64), kind="stable")
    return np.array(numbers, dtype=np.int64)[order], [found[at] for at in order]


def _identities(batch: FlatRows, version: Version) -> Iterator[str | None]:
    """The claim of each row's holder, as publication makes it; None where no citizen is named."""
    columns = batch.columns
    born = dates(columns["birth_date"])
    birth = pc.coalesce(born.iso, pc.cast(born.year, pa.string()), "")
    parts = [columns["holder_name"], pc.fill_null(columns["id_number"], ""), birth, columns["holder_kind"]]
    for name, number, said, kind in zip(*(part.to_pylist() for part in parts), strict=True):
        named = name is not None and kind not in NO_CITIZENS
        yield identity_under(version, name, number, said) if named else None


def _told(found: list[Case], rows: Integers) -> pa.Table:
    said = [[told(reason) for reason in one.reasons] for one in found]
    columns = [
        [";".join(one.reasons) for one in found],
        [" ".join(each.vi for each in one) for one in said],
        [" ".join(each.en for each in one) for one in said],
        [_MEND.format(case=one.case) for one in found],
    ]
    told_ = [pa.array(column, pa.string()) for column in columns]
    return pa.table([*told_, pa.array(rows + 1, pa.int64())], names=list(REASON_COLUMNS))
