"""Offices, their units over time, people and roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Text, and_, cast, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.store.engine import Reader, Writer
from landdata.store.tables import offices as t
from landdata.store.tables import registers as r


@dataclass(frozen=True, slots=True)
class Office:
    """An office, as registered."""

    office_id: int
    code: str
    kind: str
    name_vi: str
    name_en: str


def find(tx: Reader, code: str) -> Office | None:
    """The office with this code."""
    row = tx.connection.execute(select(t.office).where(t.office.c.code == code)).one_or_none()
    return None if row is None else _office(row)


def enter(tx: Reader, code: str) -> Office | None:
    """The office with this code, for which the transaction acts from now on, as `act_for` says."""
    acting = func.set_config("landdata.office", cast(t.office.c.office_id, Text), True)
    row = tx.connection.execute(select(t.office, acting).where(t.office.c.code == code)).one_or_none()
    return None if row is None else _office(row)


def act_for(tx: Reader, office_id: int) -> None:
    """Let this transaction see the rows of one office's deliveries; an office's role sees no others (row-level security)."""
    tx.connection.execute(select(func.set_config("landdata.office", str(office_id), True)))


def every(tx: Reader) -> tuple[Office, ...]:
    """All offices, by code."""
    return tuple(_office(row) for row in tx.connection.execute(select(t.office).order_by(t.office.c.code)))


def save(tx: Writer, *, code: str, kind: str, name_vi: str, name_en: str) -> int:
    """Register an office, or correct its names."""
    statement = upsert(t.office).values(code=code, kind=kind, name_vi=name_vi, name_en=name_en)
    statement = statement.on_conflict_do_update(index_elements=["code"], set_={"name_vi": name_vi, "name_en": name_en})
    return int(tx.connection.scalar(statement.returning(t.office.c.office_id)) or 0)


def give_units(tx: Writer, *, office_id: int, unit_ids: Iterable[int]) -> None:
    """Put province versions in an office's charge, for as long as each version is valid."""
    for unit_id in unit_ids:
        statement = upsert(t.office_unit).from_select(
            ["office_id", "unit_id", "valid_from", "valid_to"],
            select(_literal(office_id), r.unit.c.unit_id, r.unit.c.valid_from, r.unit.c.valid_to).where(
                r.unit.c.unit_id == unit_id
            ),
        )
        tx.connection.execute(statement.on_conflict_do_nothing())


def provinces_of(tx: Reader, *, office_id: int, on: date) -> frozenset[int]:
    """Province versions in the office's charge on a day."""
    u = t.office_unit
    query = select(u.c.unit_id).where(
        u.c.office_id == office_id,
        or_(u.c.valid_from.is_(None), u.c.valid_from <= on),
        or_(u.c.valid_to.is_(None), u.c.valid_to > on),
    )
    return frozenset(tx.connection.scalars(query))


def zones_of(tx: Reader, province_ids: frozenset[int]) -> tuple[int, ...]:
    """EPSG codes of the zones these provinces work in: their own, and those of all provinces they were formed from.

    Zones are known of the 63 alone; cadastral maps kept theirs when provinces were merged.
    """
    step = r.unit_succession
    # UNION, not UNION ALL: a province that goes on unchanged is its own predecessor.
    line = select(r.unit.c.unit_id).where(r.unit.c.unit_id.in_(province_ids)).cte("line", recursive=True)
    line = line.union(select(step.c.old_unit_id).join(line, line.c.unit_id == step.c.new_unit_id))
    query = select(r.province_zone.c.epsg).distinct().join(line, line.c.unit_id == r.province_zone.c.unit_id)
    return tuple(sorted(tx.connection.scalars(query)))


def save_person(tx: Writer, *, login: str, full_name: str, office_id: int) -> int:
    """Register a person, or correct the name."""
    statement = upsert(t.person).values(login=login, full_name=full_name, office_id=office_id)
    statement = statement.on_conflict_do_update(index_elements=["login"], set_={"full_name": full_name})
    return int(tx.connection.scalar(statement.returning(t.person.c.person_id)) or 0)


def ministry_person(tx: Reader, login: str) -> int | None:
    """The ministry's person with this sign-in name, unless the account is closed."""
    found: int | None = tx.connection.scalar(
        select(t.person.c.person_id)
        .join(t.office, t.office.c.office_id == t.person.c.office_id)
        .where(t.person.c.login == login, t.person.c.disabled_at.is_(None), t.office.c.kind == "MINISTRY")
    )
    return found


def deciding_person(tx: Reader, login: str, office_id: int) -> int | None:
    """The person of that office, or of the ministry, with a sign-in name, unless the account is closed."""
    found: int | None = tx.connection.scalar(
        select(t.person.c.person_id)
        .join(t.office, t.office.c.office_id == t.person.c.office_id)
        .where(
            t.person.c.login == login,
            t.person.c.disabled_at.is_(None),
            or_(t.office.c.kind == "MINISTRY", t.office.c.office_id == office_id),
        )
    )
    return found


def request_grant(tx: Writer, *, role: str, office_id: int, reason: str, requested_by: int) -> int:
    """Ask for a role for an office; it is not in force before a second person approves."""
    statement = insert(t.role_grant).values(role=role, office_id=office_id, reason=reason, requested_by=requested_by)
    return int(tx.connection.scalar(statement.returning(t.role_grant.c.grant_id)) or 0)


def approve_grant(tx: Writer, *, grant_id: int, approved_by: int) -> None:
    """Second person's approval. The database refuses the first person's own."""
    tx.connection.execute(
        update(t.role_grant)
        .where(t.role_grant.c.grant_id == grant_id)
        .values(approved_by=approved_by, approved_at=func.clock_timestamp())
    )


def grant_in_force(tx: Reader, *, role: str, office_id: int) -> int | None:
    """The grant that gives an office this role now."""
    g = t.role_grant
    found: int | None = tx.connection.scalar(
        select(g.c.grant_id)
        .where(
            and_(g.c.role == role, g.c.office_id == office_id, g.c.approved_by.is_not(None), g.c.revoked_at.is_(None))
        )
        .order_by(g.c.grant_id)
        .limit(1)
    )
    return found


def _office(row: Any) -> Office:
    return Office(row.office_id, row.code, row.kind, row.name_vi, row.name_en)


def _literal(value: int) -> Any:
    from sqlalchemy import BigInteger, literal

    return literal(value, BigInteger)
