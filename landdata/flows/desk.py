"""Checks a file at an office's own desk: the very same rules from the reference files; no database, nothing kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from landdata.checking import flat, whole
from landdata.checking.geometry import fences_of
from landdata.errors import DeliveryEmpty, DeliveryRefused, DeliveryTooLarge, NothingAccepted
from landdata.flows.against import Against, compare_with, together
from landdata.flows.check import Judged, limits_of, require_profile, zone_of
from landdata.flows.difference import Limits as Shares
from landdata.flows.verdict import Verdict
from landdata.model.crs import zone
from landdata.model.declared import Declared, declared
from landdata.model.deliveries import Finding, Format, Kind, Profile, Severity
from landdata.model.progress import Report, Stage, silent
from landdata.model.standing import OnRecord
from landdata.model.units import Unit
from landdata.reading.flat import FlatLayer
from landdata.reading.isolated import open_layer
from landdata.reading.register import Register
from landdata.settings import Settings

# Row hashes are for comparing with what stands on record; here nothing is compared, so the key protects nothing.
_HASH_KEYS = ((1, bytes(32)),)
_REFUSALS = (DeliveryRefused, DeliveryEmpty, DeliveryTooLarge)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the office says about the file; `province` None: those of the communes in the file are taken for its own."""

    effective_on: date
    kind: Kind = Kind.FULL
    epsg: int | None = None
    communes: frozenset[str] | None = None
    province: str | None = None
    profile: Profile | None = None


@dataclass(slots=True)
class _Seen:
    """What is known of the file by the time something may refuse it as a whole."""

    format: Format | None = None
    profile: Profile | None = None
    epsg: int | None = None
    rows: int = 0
    own: tuple[Unit, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    against: Against | None = None


def check(
    files: Sequence[Path],
    asked: Asked,
    *,
    settings: Settings,
    against: Sequence[Path] = (),
    report: Report = silent,
) -> Verdict:
    """Judge a file, or a table with its map layer; `against`: compare with what was delivered before, files by the same rule.

    Raises UnknownUnit or UnknownZone for what was asked wrongly, ReferenceDataDamaged, or the DeliveryRefused of the
    earlier delivery.
    """
    if asked.epsg is not None:
        zone(asked.epsg)
    register = Register(settings.reference_dir, asked.effective_on)
    register.require_communes(asked.communes or ())
    seen = _Seen(own=(register.province(asked.province),) if asked.province else ())
    refusing: list[Finding] = []
    with ExitStack() as held:
        earlier = amiss = None
        if against:
            # What was delivered before stands, in whatever kind of delivery it came.
            before = replace(asked, kind=Kind.FULL, communes=None, profile=None)
            try:
                earlier = held.enter_context(_read(against, before, register, settings, _Seen(own=seen.own), report))
            except _REFUSALS as error:
                amiss = error  # said only of a file that is worth comparing
        stood = earlier.stood() if earlier else None
        try:
            judged = held.enter_context(_read(files, asked, register, settings, seen, report, stood))
            refused = judged.rows_refused
            doubts = (Finding(one.code, Severity.WAITS, "", None, one.details) for one in judged.doubts)
            seen.findings = [*doubts, *judged.findings()]
            if refused == seen.rows:
                raise NothingAccepted(rows=refused)
        except _REFUSALS as error:
            refusing, refused = (
                [Finding(error.code, Severity.REFUSES_DELIVERY, "", None, dict(error.details))],
                seen.rows,
            )
        else:
            if amiss:
                raise amiss
            if earlier:
                refused += _compare(earlier, judged, asked, register, settings, seen, report)
    seen.findings.sort(key=lambda one: (one.row_no or 0, one.code))
    return Verdict(
        accepted=not refusing,
        rows_read=seen.rows,
        rows_refused=refused,
        findings=(*refusing, *seen.findings),
        format=seen.format,
        profile=seen.profile,
        epsg=seen.epsg,
        own=seen.own,
        assumed=asked.province is None,
        unknown_columns=seen.unknown_columns,
        against=seen.against,
    )


@contextmanager
def _read(
    files: Sequence[Path],
    asked: Asked,
    register: Register,
    settings: Settings,
    seen: _Seen,
    report: Report,
    stood: OnRecord | None = None,
) -> Iterator[Judged]:
    """Read and check; the rows stay on disk for as long as the block lasts. What is learnt on the way is noted in `seen`.

    `stood` is what was delivered before: where its parcels were tells whether the coordinates are what they are said to be.
    """
    report(Stage.READING)
    size = sum(path.stat().st_size for path in files)
    if size == 0:
        raise DeliveryEmpty
    if size > settings.delivery_max_bytes:
        raise DeliveryTooLarge(limit=settings.delivery_max_bytes)
    with (
        tempfile.TemporaryDirectory(prefix="landdata-check-") as scratch,
        open_layer(*files, limits=limits_of(settings), scratch=Path(scratch)) as layer,
    ):
        seen.format = layer.format
        seen.profile = layer.profile
        require_profile(asked.profile, layer)
        rows = FlatLayer(layer)
        seen.rows, seen.unknown_columns = len(rows), rows.unknown_columns
        seen.own = seen.own or register.provinces_of(rows.commune_codes())
        seen.epsg = zone_of(layer.crs, asked.epsg, register.zones(seen.own))
        context = _context(register, seen.own, seen.epsg, declared(layer.crs), asked, settings)
        yield Judged(layer, rows, whole.check(rows, replace(context, on_record=stood), report))


def _compare(
    earlier: Judged,
    judged: Judged,
    asked: Asked,
    register: Register,
    settings: Settings,
    seen: _Seen,
    report: Report,
) -> int:
    """Compare with the earlier delivery, some communes at a time; how many rows are held back for its sake."""
    names = {unit_id: code for code, (unit_id, _) in register.communes.items()}
    limits = Shares(settings.retire_share_limit, settings.growth_share_limit)
    report(Stage.COMPARING, 0, seen.rows)
    found, done = [], 0
    for communes in judged.batches():
        part = judged.part(communes)
        one = compare_with(earlier.part(communes), part, communes, kind=asked.kind, limits=limits, names=names)
        seen.findings += judged.told(one.findings, part.row_no)
        found.append(one)
        done += len(part.row_no)
        report(Stage.COMPARING, done, seen.rows)
    seen.against = together(found)
    return seen.against.rows_held


def _context(
    register: Register, own: tuple[Unit, ...], epsg: int, said: Declared, asked: Asked, settings: Settings
) -> flat.Context:
    return flat.Context(
        epsg=epsg,
        communes=register.communes,
        own_provinces=frozenset(unit.unit_id for unit in own),
        fences=fences_of(register.shapes(own)),
        code_lists=register.code_lists(),
        effective_on=asked.effective_on,
        max_vertices=settings.delivery_max_vertices,
        hash_keys=_HASH_KEYS,
        named=asked.communes,
        kind=asked.kind,
        declared=said,
        usual=register.zones(own),
    )
