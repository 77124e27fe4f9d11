"""Registers offices and people, and grants roles by two persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from landdata.errors import OfficeUnknown, PersonUnknown, SecondPersonNeeded, UnknownUnit
from landdata.model.units import Level
from landdata.store import offices, registers, sources
from landdata.store.engine import Database, Reader
from landdata.store.offices import Office


def register_land_office(
    db: Database, *, code: str, name_vi: str, name_en: str, provinces: Sequence[tuple[str, date]]
) -> None:
    """Register a land office with the provinces in its charge, each as (code, a day on which that code meant it)."""
    with db.write() as tx:
        office_id = offices.save(tx, code=code, kind="LAND_OFFICE", name_vi=name_vi, name_en=name_en)
        units = []
        for province, day in provinces:
            unit = registers.unit_on(tx, code=province, level=Level.PROVINCE, on=day)
            if unit is None:
                raise UnknownUnit(unit_code=province, level=Level.PROVINCE.value, day=day.isoformat())
            units.append(unit.unit_id)
        sources.add(tx, office_id)
        offices.give_units(tx, office_id=office_id, unit_ids=units)


def register_office(db: Database, *, code: str, kind: str, name_vi: str, name_en: str) -> None:
    """Register the ministry (`MINISTRY`) or a consumer (`CONSUMER`)."""
    with db.write() as tx:
        offices.save(tx, code=code, kind=kind, name_vi=name_vi, name_en=name_en)


def register_person(db: Database, *, login: str, full_name: str, office_code: str) -> None:
    """Register an official. Raises OfficeUnknown."""
    with db.write() as tx:
        office = offices.find(tx, office_code)
        if office is None:
            raise OfficeUnknown(office_code=office_code)
        offices.save_person(tx, login=login, full_name=full_name, office_id=office.office_id)


def grant_backfill(db: Database, *, office_code: str, reason: str, requested_by: str, approved_by: str) -> None:
    """Give an office the right to back-date: one ministry person asks, another approves.

    Raises SecondPersonNeeded when they are the same, PersonUnknown, OfficeUnknown. An office that has it keeps it.
    """
    if requested_by == approved_by:
        raise SecondPersonNeeded
    with db.write() as tx:
        office = offices.find(tx, office_code)
        if office is None:
            raise OfficeUnknown(office_code=office_code)
        if offices.grant_in_force(tx, role="BACKFILL", office_id=office.office_id) is not None:
            return
        first, second = ministry_person(tx, requested_by), ministry_person(tx, approved_by)
        grant_id = offices.request_grant(
            tx, role="BACKFILL", office_id=office.office_id, reason=reason, requested_by=first
        )
        offices.approve_grant(tx, grant_id=grant_id, approved_by=second)


def ministry_person(tx: Reader, login: str) -> int:
    """The ministry's person with this sign-in name. Raises PersonUnknown, also where the account is closed."""
    person = offices.ministry_person(tx, login)
    if person is None:
        raise PersonUnknown(login=login)
    return person


def every(db: Database) -> tuple[Office, ...]:
    """All offices, by code."""
    with db.read() as tx:
        return offices.every(tx)
