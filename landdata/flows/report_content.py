"""Reads every figure of a report: of one day as known at one time, beside another, each counted as everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from landdata.flows import indicators, ladder, movements, observe
from landdata.model.coverage import Bounded, Coverage, UnitCoverage
from landdata.model.coverage_rules import Rung
from landdata.model.ladder import UnitLadder
from landdata.model.movements import NAMES, Cause, CauseKind, End, Figures, Movement
from landdata.model.reports import (
    VIETNAM,
    AlertRow,
    Content,
    Headline,
    IndicatorRow,
    Missing,
    Newly,
    Part,
    ProvinceRow,
    RungCount,
    RungSaid,
    Side,
    SourceRow,
    Told,
    Wanted,
)
from landdata.model.units import Level
from landdata.store import coverage, offices, reports
from landdata.store import sources as source_rows
from landdata.store.engine import Database, Reader
from landdata.store.reports import Placed

_ALL = 1_000_000
_MOST_ALERTS = 500
_NOTHING = Bounded(0, 0)


def content(db: Database, wanted: Wanted) -> Content:
    """All of it. Raises UnknownDivision."""
    now, before = wanted.now, wanted.before
    whole, then = (
        observe.national(db, on=one.on, division=one.division, known_at=one.known_at) for one in (now, before)
    )
    moved = movements.explain(db, before=_end(before), after=_end(now), limit=_ALL)
    # What units gained is told in the division of the report on both days.
    here = Side(before.on, before.known_at, now.division)
    units = {level: _units(db, now, level) for level in Level}
    earlier = {level: _units(db, here, level) for level in (Level.PROVINCE, Level.DISTRICT)}
    with db.read() as tx:
        places = reports.places(tx, epoch_id=coverage.epoch_on(tx, whole.register_on))
        in_charge = _in_charge(tx, whole.register_on)
        sources = reports.sources(tx, known_at=now.known_at, in_charge=in_charge)
        alerts = reports.open_alerts(tx, known_at=now.known_at, most=_MOST_ALERTS)
        names = {one.code: one.name_en for one in offices.every(tx)}
    rungs = _ladders(db, now, None)[""]
    rungs_before = _ladders(db, before, None)[""]
    said, _ = ladder.rungs(db)
    return Content(
        wanted=wanted,
        register_on=whole.register_on,
        rule=whole.rule,
        backfilled=whole.backfilled,
        simulated=whole.simulated or then.simulated,
        has_districts=whole.level(Level.DISTRICT) is not None,
        headlines=_headlines(moved, whole, then),
        difference=moved.difference,
        parts=_parts(moved),
        causes=tuple(_told(one, names) for one in moved.causes),
        newly=_newly(units, earlier, places),
        rungs=tuple(_rung(rungs, one, rungs_before) for one in Rung),
        rungs_said=tuple(RungSaid(one.rung, one.name_vi, one.name_en, one.formula_vi, one.formula_en) for one in said),
        provinces=_provinces(db, now, units[Level.PROVINCE], earlier[Level.PROVINCE]),
        missing=_missing(units, places, sources),
        sources=sources,
        alerts=tuple(
            AlertRow(
                one.rule.code, one.rule.vi, one.rule.en, one.rule.unit.value, one.subject, one.name_vi or one.subject,
                one.name_en or one.subject, one.opened_at, one.value, one.threshold,
            )
            for one in alerts
        ),
        indicators=_indicators(db, now, here),
    )  # fmt: skip


def _end(side: Side) -> End:
    return End(side.on, side.known_at, side.division)


def _units(db: Database, side: Side, level: Level) -> dict[str, UnitCoverage]:
    rows = observe.units(db, on=side.on, level=level, division=side.division, known_at=side.known_at)
    return {one.code: one for one in rows}


def _headlines(moved: Movement, whole: Coverage, then: Coverage) -> tuple[Headline, ...]:
    found = []
    for name in NAMES:
        level = next((one for one in Level if f"{one}s" == name), None)
        total, before = ((one.level(level) if level else None) for one in (whole, then))
        if level is not None and total is None and before is None:
            continue
        found.append(
            Headline(
                name,
                getattr(moved.after.figures, name),
                getattr(moved.before.figures, name),
                total.total if total else None,
                before.total if before else None,
            )
        )
    return tuple(found)


def _parts(moved: Movement) -> tuple[Part, ...]:
    nothing = moved.difference - moved.difference
    found = []
    for kind in CauseKind:
        causes = [one for one in moved.causes if one.kind is kind]
        if causes:
            who = {one.office_code for one in causes if one.office_code}
            found.append(Part(kind, len(causes), len(who), _sum([one.moved for one in causes], nothing)))
    return tuple(found)


def _sum(figures: list[Figures], nothing: Figures) -> Figures:
    for one in figures:
        nothing += one
    return nothing


def _told(one: Cause, names: Mapping[str, str]) -> Told:
    return Told(
        kind=one.kind,
        effective_on=one.effective_on,
        office_code=one.office_code,
        office_name=one.office_name_vi,
        office_name_en=names.get(one.office_code or ""),
        delivery=str(one.delivery_uid or ""),
        reason=one.resolution or "",
        undone=one.undone,
        backfilled=one.backfilled,
        moved=one.moved,
    )


def _newly(
    units: Mapping[Level, Mapping[str, UnitCoverage]],
    earlier: Mapping[Level, Mapping[str, UnitCoverage]],
    places: Mapping[int, Placed],
) -> tuple[Newly, ...]:
    found = []
    for level, was in earlier.items():
        for code, one in units[level].items():
            before = was[code].connected if code in was else _NOTHING
            if one.connected.at_least != before.at_least:
                gained = one.connected.at_least > before.at_least
                found.append(Newly(level, code, one.full_name_vi, places[one.unit_id].province, gained))
    return tuple(found)


def _ladders(db: Database, side: Side, level: Level | None) -> dict[str, UnitLadder]:
    found = ladder.units(
        db, effective_on=side.on, known_at=side.known_at, division=side.division, level=level, rungs=tuple(Rung)
    )
    return {one.code if level else "": one for one in found.units}


def _rung(now: UnitLadder, rung: Rung, before: UnitLadder | None = None) -> RungCount:
    figure = now.rung(rung)
    was = _communes(before, rung) if before else None
    return RungCount(rung, _communes(now, rung), figure.based, figure.share, was, figure.rule)


def _communes(found: UnitLadder, rung: Rung) -> Bounded | None:
    return next((one.connected for one in found.rung(rung).levels if one.level is Level.COMMUNE), None)


def _provinces(
    db: Database, side: Side, now: Mapping[str, UnitCoverage], before: Mapping[str, UnitCoverage]
) -> tuple[ProvinceRow, ...]:
    rungs = _ladders(db, side, Level.PROVINCE)
    today = side.known_at.astimezone(VIETNAM).date()
    current = observe.divisions(db)[-1].code == side.division
    rows = []
    for code, one in now.items():
        was = before.get(code)
        heirs = () if current else tuple(one.full_name_vi for one in observe.heirs(db, code=code, on=today))
        rows.append(
            ProvinceRow(
                rank=0, code=code, name=one.name_vi, full_name=one.full_name_vi, heirs=heirs, connected=one.connected,
                connected_before=was.connected if was else _NOTHING, districts=one.districts_connected,
                districts_total=one.districts_total, communes=one.communes_connected,
                communes_before=was.communes_connected if was else _NOTHING, communes_total=one.communes_total,
                parcels=one.parcels, parcels_before=was.parcels if was else _NOTHING, certificates=one.certificates,
                refused_share=one.refused_share, last_on=one.last_effective_on,
                rungs=tuple(_rung(rungs[code], rung) for rung in Rung),
            )
        )  # fmt: skip
    return _ranked(rows, {code: one.name_ascii.casefold() for code, one in now.items()})


def _ranked(rows: list[ProvinceRow], names: Mapping[str, str]) -> tuple[ProvinceRow, ...]:
    """By the certain share of communes; equal shares have equal ranks."""
    rows.sort(key=lambda one: (-one.share, names[one.code]))
    first: dict[float, int] = {}
    for place, one in enumerate(rows, 1):
        first.setdefault(one.share, place)
    return tuple(replace(one, rank=first[one.share]) for one in rows)


def _missing(
    units: Mapping[Level, Mapping[str, UnitCoverage]], places: Mapping[int, Placed], sources: tuple[SourceRow, ...]
) -> tuple[Missing, ...]:
    """Units that are not connected for certain, by level, then by province and code."""
    due: dict[str, date] = {}
    for source in sources:
        for code in source.province_codes:
            if source.due_on:
                due[code] = min(due.get(code, source.due_on), source.due_on)
    found = []
    for level, known in units.items():
        for one in known.values():
            if one.connected.at_least:
                continue
            place = places[one.unit_id]
            communes = one.communes_total if level is Level.PROVINCE else place.communes
            found.append(
                Missing(
                    level, one.code, one.full_name_vi, place.district if level is Level.COMMUNE else "",
                    place.province_code, place.province, bool(one.connected.at_most), communes,
                    due.get(place.province_code),
                )
            )  # fmt: skip
    order = list(Level)
    found.sort(key=lambda one: (order.index(one.level), one.province_code, one.code))
    return tuple(found)


def _indicators(db: Database, now: Side, before: Side) -> tuple[IndicatorRow, ...]:
    """Indicators of which anything is published for the division; both days are told in it."""
    found = []
    for one in indicators.listed(db):
        told, was = (
            indicators.summary(db, code=one.code, effective_on=side.on, known_at=side.known_at, division=side.division)
            for side in (now, before)
        )
        shares = {(each.subject_kind, each.level): each.share for each in was.totals}
        for each in told.totals:
            if each.without_basis == each.subjects:
                continue
            ends = [(count.at_least, count.at_most) if count else None for count in (each.done, each.total)]
            found.append(
                IndicatorRow(
                    code=one.code, name_vi=one.name_vi, name_en=one.name_en, level=each.level.value, on=told.on_date,
                    done=ends[0], total=ends[1], share=each.share,
                    share_before=shares.get((each.subject_kind, each.level)), reached=each.reached,
                    subjects=each.subjects, target_vi=one.target_vi, target_en=one.target_en,
                    letter_vi=one.letter.name_vi, letter_en=one.letter.name_en,
                )
            )  # fmt: skip
    return tuple(found)


def _in_charge(tx: Reader, on: date) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for province, office_id in source_rows.provinces(tx, on=on, office_id=None):
        if office_id is not None:
            found.setdefault(office_id, []).append(province.code)
    return {office_id: tuple(sorted(codes)) for office_id, codes in found.items()}
