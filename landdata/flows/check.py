"""Reads a delivery's bytes and judges every row; nothing is written here, so it may be done again at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from landdata.checking import flat, whole
from landdata.checking.catalogue import CATALOGUE
from landdata.checking.components import components
from landdata.checking.earlier import Earlier
from landdata.checking.geometry import fences_of
from landdata.checking.records import Outline, outline
from landdata.checking.whole import Checked
from landdata.errors import CrsContradiction, CrsUndeclared, DiskFull, ProfileContradiction
from landdata.model.declared import declared as of_file
from landdata.model.deliveries import Finding, Profile
from landdata.model.parcels import Aside, CheckedRows, Doubt, Found, Integers
from landdata.model.progress import Report, Stage, silent
from landdata.model.standing import OnRecord
from landdata.model.succession import Predecessor
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import Layer, Limits, open_layer
from landdata.settings import Settings
from landdata.store import offices, raw, registers
from landdata.store.deliveries import Work
from landdata.store.engine import Database, Reader
from landdata.store.keys import Keys
from landdata.store.standing import Standing

# Rows compared and published together; a commune is never cut.
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of some communes, to be compared and published together.

    Besides their own rows it has the refused ones whose commune is unknown, since those may still name a certificate.
    `row_no` counts from 1 as in the file.
    """

    checked: CheckedRows
    plan: Outline
    row_no: Integers


class Judged:
    """A delivery read and checked as a whole; what its communes hold is read again and handed out part by part."""

    def __init__(self, layer: Layer, rows: FlatLayer, checked: Checked) -> None:
        self._checked = checked
        self._rows = rows
        self.format = layer.format
        self.profile = layer.profile
        self.epsg = checked.epsg
        self.layer = checked.source.layer
        self.unknown_columns = checked.source.unknown_columns
        self.rows_read = len(checked)
        self.rows_refused = int(checked.refused.sum())
        self.records_refused = len(np.unique(checked.component[checked.refused]))
        self.doubts = checked.doubts

    def findings(self) -> Iterator[Finding]:
        """What was found in the rows, numbered as in the file, and before that what is in none of them."""
        yield from asides(self._rows.asides(), self.layer)
        yield from self.told(self._checked.findings)

    def told(self, found: Iterable[Found], row_no: Integers | None = None) -> Iterator[Finding]:
        """Findings one by one, `row_no` as for `findings`; a row joined from entities says which: `source`."""
        return findings(found, self.layer, row_no, self._rows.sources, self._rows.spelt)

    def stood(self) -> OnRecord:
        """What it holds, as if it stood on record."""
        return Earlier(self._checked)

    def accepted(self) -> dict[int, int]:
        """Communes with accepted rows, in order, and how many each has."""
        units, counts = np.unique(self._checked.kept.commune[~self._checked.refused], return_counts=True)
        return {int(unit): int(count) for unit, count in zip(units, counts, strict=True)}

    def batches(
        self, communes: Sequence[int] | None = None, predecessors: Sequence[Predecessor] = ()
    ) -> list[list[int]]:
        """Communes in order, those with accepted rows where none are given, cut where there are rows enough.

        Those that were formed from parts of one commune stay together: a record of it may be claimed by rows of both.
        """
        accepted = self.accepted()
        ordered = np.array(sorted(accepted if communes is None else communes), dtype=np.int64)
        split = {one.old_unit_id for one in predecessors if not one.whole}
        heirs = [[one.unit_id for one in predecessors if one.old_unit_id == old] for old in sorted(split)]
        group = components(len(ordered), [np.isin(ordered, one).astype(np.int64) - 1 for one in heirs])
        rows = np.array([accepted.get(int(one), 0) for one in ordered], dtype=np.int64)
        of_group = np.bincount(group, weights=rows).astype(np.int64)
        batch = ((np.cumsum(of_group) - of_group) // ROWS_AT_ONCE)[group]
        return [ordered[batch == number].tolist() for number in np.unique(batch)]

    def part(self, communes: Sequence[int]) -> Part:
        """The rows of these communes."""
        rows = self._checked.rows_of(np.array(communes, dtype=np.int64))
        taken = self._checked.take(rows)
        return Part(taken, outline(taken), rows + 1)


@contextmanager
def judge(
    db: Database,
    work: Work,
    *,
    settings: Settings,
    keys: Keys,
    doubts: tuple[Doubt, ...] | None = None,
    report: Report = silent,
    scratch: Path | None = None,
) -> Iterator[Judged]:
    """Read and check the delivery, whose rows stay on disk for as long as the block lasts.

    `doubts` are those of the first time it was judged: what stands on record may be of the delivery itself by now, so it
    is asked no more, neither for doubts nor for reasons to refuse what was taken in part.
    Raises a DeliveryRefused when nothing of it can be taken, DiskFull where the block or the reader finds no room on the
    disk of `scratch`, and what `raw.opened` and `open_layer` raise.
    """
    limits, scratch = limits_of(settings), scratch or scratch_of(settings)
    on_record = Standing(db, on=work.effective_on) if doubts is None else None
    report(Stage.READING)
    with (
        _room(scratch),
        raw.opened(settings.data_dir, work.sha256, keys, scratch) as path,
        open_layer(path, limits=limits, scratch=scratch) as layer,
    ):
        require_profile(work.profile, layer)
        rows = FlatLayer(layer)
        with db.read() as tx:
            context = _context(tx, work, layer, settings, keys, on_record)
        checked = whole.check(rows, context, report)
        yield Judged(layer, rows, checked if doubts is None else replace(checked, doubts=doubts))


@contextmanager
def _room(scratch: Path) -> Iterator[None]:
    """Tells a full disk by its code; any other error stays what it is."""
    try:
        yield
    except OSError as error:
        if not isinstance(told := raw.no_room(error, scratch), DiskFull):
            raise
        raise told from error


def require_profile(declared: Profile | None, layer: Layer) -> None:
    """Raises ProfileContradiction when the office said another profile than the file is of."""
    if declared is not None and declared is not layer.profile:
        raise ProfileContradiction(declared=declared.value, found=layer.profile.value)


def findings(
    found: Iterable[Found],
    layer: str,
    row_no: Integers | None = None,
    sources: Callable[[Integers], list[str] | None] = lambda _: None,
    spelt: Callable[[str], str] = str,
) -> Iterator[Finding]:
    """Findings one by one; `row_no` gives each row its number in the file, where that is not its place from 1.

    `sources` tells of some rows (from 0) what each was joined from; it is asked for a bounded number at a time. `spelt`
    gives a column of the profile the name it has in the file, since that is where it will be looked for.
    """
    for one in found:
        severity = CATALOGUE[one.code].severity
        number = one.rows + 1 if row_no is None else row_no[one.rows]
        for start in range(0, len(number), ROWS_AT_ONCE):
            rows = number[start : start + ROWS_AT_ONCE]
            names = sources(rows - 1)
            for at, row in enumerate(rows.tolist()):
                details = one.details[start + at] if one.details else {}
                if "column" in details:
                    details = {**details, "column": spelt(str(details["column"]))}
                yield Finding(one.code, severity, layer, row, {**details, "source": names[at]} if names else details)


def asides(found: Iterable[Aside], layer: str) -> Iterator[Finding]:
    """What was found in the file but in none of its rows."""
    for one in found:
        yield Finding(one.code, CATALOGUE[one.code].severity, layer, None, one.details)


def _context(
    tx: Reader, work: Work, layer: Layer, settings: Settings, keys: Keys, on_record: OnRecord | None
) -> flat.Context:
    own = offices.provinces_of(tx, office_id=work.office_id, on=work.effective_on)
    communes = registers.communes_on(tx, on=work.effective_on)
    usual = offices.zones_of(tx, own)
    return flat.Context(
        epsg=zone_of(layer.crs, work.declared_epsg, usual),
        communes={code: (unit_id, province_id) for code, (unit_id, province_id, _) in communes.items()},
        own_provinces=own,
        fences=fences_of(registers.shapes_of(tx, own)),
        code_lists=registers.code_lists(tx),
        effective_on=work.effective_on,
        max_vertices=settings.delivery_max_vertices,
        hash_keys=keys.row_keys(),
        named=None if work.named is None else frozenset(work.named),
        kind=work.kind,
        declared=of_file(layer.crs),
        usual=usual,
        on_record=on_record,
    )


def zone_of(crs: str | None, declared: int | None, usual: tuple[int, ...]) -> int:
    """The zone to read in: as the file says, else as declared, else the office's only zone; never a guess."""
    said = of_file(crs).epsg
    if said is not None and declared is not None and said != declared:
        raise CrsContradiction(declared=declared, found=said)
    if said is not None:
        return said
    if declared is not None:
        return declared
    if len(usual) == 1:
        return usual[0]
    raise CrsUndeclared(zones=len(usual))


def limits_of(settings: Settings) -> Limits:
    """What a child may use that reads or writes a delivery."""
    return Limits(settings.reader_memory_bytes, settings.reader_cpu_seconds, settings.delivery_max_bytes * 4)


def scratch_of(settings: Settings) -> Path:
    """Where readers work; emptied when the worker starts, since a killed one cannot tidy up."""
    return settings.data_dir / "scratch"
