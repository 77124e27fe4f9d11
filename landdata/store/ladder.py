"""The ladder of coverage: what is counted for it every night, and how each unit stands on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, func, select

from landdata.model.coverage import Bounded, LevelCoverage
from landdata.model.coverage_rules import Rung
from landdata.model.ladder import RungFigure, RungTerms, UnitLadder
from landdata.model.units import Level
from landdata.store import coverage
from landdata.store.engine import Reader, Writer
from landdata.store.queries import query
from landdata.store.tables import ladder as t

COUNTRY = "country"
_BELOW = {COUNTRY: list(Level), "province": [Level.DISTRICT, Level.COMMUNE], "district": [Level.COMMUNE], "commune": []}
_PLURAL = {Level.PROVINCE: "provinces", Level.DISTRICT: "districts", Level.COMMUNE: "communes"}


def rungs(tx: Reader) -> tuple[RungTerms, ...]:
    """What is said of each rung, the lowest first."""
    r = t.rung.c
    rows = tx.connection.execute(select(t.rung).order_by(r.place))
    return tuple(
        RungTerms(
            Rung(row.code), row.name_vi, row.name_en, row.formula_vi, row.formula_en, row.numerator, row.denominator,
            row.public,
        )
        for row in rows
    )  # fmt: skip


def mark(tx: Reader) -> tuple[int, ...]:
    """How far the rows have come that rungs rest on and no publication tells of; a look-up of an index for each table."""
    return tuple(tx.connection.execute(query("coverage_ladder_mark")).one())


def written(tx: Reader) -> bool:
    """Whether somebody is adding to those rows: only then can one become visible whose number is below the mark."""
    return bool(tx.connection.scalar(query("coverage_ladder_written")))


def count_quality(tx: Writer, *, day: date) -> int:
    """Note how many parcels of each commune are complete, where it changed; returns how many communes that were."""
    return tx.connection.execute(query("coverage_quality_count"), {"day": day}).rowcount


def count_uses(tx: Writer, *, today: date) -> int:
    """Note look-ups by commune and day since the last day noted; returns how many were more than was noted."""
    last: date | None = tx.connection.scalar(select(func.max(t.commune_use.c.day)))
    return tx.connection.execute(query("coverage_use_count"), {"since": min(last or date.min, today)}).rowcount


def units(
    tx: Reader,
    *,
    on: date,
    epoch_id: int,
    rules: Sequence[int],
    level: str,
    unit_id: int | None,
    parent_id: int | None,
    known_at: datetime | None,
) -> tuple[UnitLadder, ...]:
    """Every unit of a level (or the country) on the rungs whose rules, one version each, are given; by code."""
    coverage.uncompiled(tx)
    asked = {"on": on, "epoch": epoch_id, "rules": list(rules), "level": level, "known_at": known_at}
    rows = tx.connection.execute(query("coverage_ladder"), {**asked, "unit_id": unit_id, "parent_id": parent_id})
    found = []
    for _, of_unit in groupby(rows, key=lambda row: row.code):
        figures = list(of_unit)
        first = figures[0]
        found.append(
            UnitLadder(
                first.level, first.code, first.name_vi, first.full_name_vi, tuple(_figure(one) for one in figures)
            )
        )
    return tuple(found)


def _figure(row: Row[Any]) -> RungFigure:
    rung = Rung(row.rung)
    # Before anything came, nobody stood on the lower rungs; on those above, nothing can be said.
    based = row.based > 0 or rung in {Rung.RECEIVED, Rung.CONNECTED}
    return RungFigure(
        rung=rung,
        rule=row.rule_id,
        stands=_bounded(row, "stands") if based and row.level != COUNTRY else None,
        levels=tuple(
            LevelCoverage(level, _bounded(row, _PLURAL[level]), total)
            for level in _BELOW[row.level]
            if (total := getattr(row, f"{_PLURAL[level]}_total"))
        )
        if based
        else (),
        based=row.based,
        numerator=row.numerator,
        denominator=row.denominator,
        parcels=_bounded(row, "parcels"),
        certificates=_bounded(row, "certificates"),
        holders=_bounded(row, "holders"),
    )


def _bounded(row: Row[Any], name: str) -> Bounded:
    return Bounded(getattr(row, f"{name}_least"), getattr(row, f"{name}_most"))
