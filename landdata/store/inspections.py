"""Looks into the access log, searches in it, what a citizen sees of it, and lawful delays of that view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from landdata.model.access_log import INSPECTOR
from landdata.model.fields import names_of
from landdata.model.inspections import (
    Entry,
    Inspector,
    Kind,
    Look,
    Patterns,
    Secrecy,
    SecrecyMove,
    SecrecyStep,
    SecrecyTerms,
    Sought,
    Tally,
    Under,
)
from landdata.store.engine import Reader, Writer
from landdata.store.tables import inspections as t
from landdata.store.tables import offices as o

_WHERE = {
    "since": "e.at >= :since",
    "until": "e.at < :until",
    **{
        name: f"e.{name} = :{name}"
        for name in ("client_id", "agency_code", "officer_code", "service_code", "case_file_no", "status")
    },
    "subject": "(e.subject = :subject OR e.subject = ANY(:former))",
    "before": "e.access_id < :before",
    "refusal": "e.reason = :refusal",
    "access_id": "e.access_id = :access_id",
}
# Nobody's office asks before six, after twenty, or on a Sunday.
_OUT_OF_HOURS = (
    "(extract(isodow FROM e.at AT TIME ZONE 'Asia/Ho_Chi_Minh') = 7 "
    "OR extract(hour FROM e.at AT TIME ZONE 'Asia/Ho_Chi_Minh') NOT BETWEEN 6 AND 19)"
)
_IN_FORCE = (
    "EXISTS (SELECT FROM audit.secrecy_step p WHERE p.secrecy_id = s.secrecy_id AND p.step = 'APPROVED') AND NOT EXISTS "
    "(SELECT FROM audit.secrecy_step p WHERE p.secrecy_id = s.secrecy_id AND p.step IN ('REJECTED', 'ENDED'))"
)
_SECRECY_LOCK = 7_240_011
_TODAY = "(clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"


def note(
    tx: Writer, who: Inspector, kind: Kind, *, person_id: int, agency: str, sought: str, subject: UUID | None
) -> int:
    """Record a look for good; returns the number of its own entry."""
    number = tx.connection.scalar(
        text(
            "SELECT audit.note_inspection(:kind, :person, :login, :agency, :reason, :file, :sought, "
            "CAST(:subject AS uuid), :host)"
        ),
        {
            "kind": kind.value, "person": person_id, "login": who.login, "agency": agency, "reason": who.reason,
            "file": who.case_file_no, "sought": sought, "subject": subject, "host": who.address,
        },
    )  # fmt: skip
    return int(number or 0)


def office_of(tx: Reader, person_id: int) -> str:
    """Code of the office that a person belongs to."""
    query = select(o.office.c.code).join_from(o.office, o.person).where(o.person.c.person_id == person_id)
    return str(tx.connection.scalar(query))


def search(tx: Reader, sought: Sought) -> list[Entry]:
    """Entries that fit, newest first, at most `limit`."""
    named = {name: getattr(sought, name) for name in _WHERE if getattr(sought, name) is not None}
    where = " AND ".join(_WHERE[name] for name in named) or "true"
    rows = tx.connection.execute(
        text(
            "SELECT e.access_id, e.at, e.client_id, a.code AS agreement, e.agency_code, e.officer_code, e.service_code, "
            "e.case_file_no, e.subject, e.status, e.reason, e.fields_mask, e.record_versions, e.replayed, e.request_id, "
            "e.address, e.refused_at "
            f"FROM audit.access_event e LEFT JOIN share.agreement a USING (agreement_id) WHERE {where} "
            "ORDER BY e.access_id DESC LIMIT :limit"
        ),
        {**named, "limit": sought.limit, "former": list(sought.former)},
    )
    return [
        Entry(
            row.access_id, row.at, row.client_id, row.agreement, row.agency_code, row.officer_code, row.service_code,
            row.case_file_no, row.subject, row.status, row.reason, tuple(names_of(row.fields_mask)), tuple(row.record_versions),
            row.replayed, row.request_id, row.address, row.refused_at,
        )
        for row in rows
    ]  # fmt: skip


def under(tx: Reader, access_id: int) -> Under | None:
    """The version of the agreement that an entry names; None where it names none."""
    row = tx.connection.execute(
        text(
            "SELECT a.code, a.version, o.name_vi, o.name_en, a.purpose, a.legal_ground, a.valid_from, a.valid_to, "
            "a.fields_mask "
            "FROM audit.access_event e JOIN share.agreement a USING (agreement_id) "
            "JOIN oauth.client c ON c.client_id = a.client_id JOIN org.office o USING (office_id) WHERE e.access_id = :one"
        ),
        {"one": access_id},
    ).one_or_none()
    if row is None:
        return None
    return Under(
        row.code, row.version, row.name_vi, row.name_en, row.purpose, row.legal_ground, row.valid_from, row.valid_to,
        tuple(names_of(row.fields_mask)),
    )  # fmt: skip


def patterns(tx: Reader, *, since: datetime, until: datetime, most: int) -> Patterns:
    """What stands out from one time to another, inspectors' looks left out; of each kind at most so many, the most first."""
    values = {"since": since, "until": until, "most": most, "inspector": INSPECTOR}
    range_ = "e.at >= :since AND e.at < :until AND e.client_id <> :inspector"

    def by(name: str) -> tuple[Tally, ...]:
        rows = tx.connection.execute(
            text(
                f"SELECT {name} AS name, count(*) AS many, count(*) FILTER (WHERE e.status = 'REFUSED') AS refused, "
                f"count(DISTINCT e.subject) AS citizens, count(*) FILTER (WHERE {_OUT_OF_HOURS}) AS late "
                f"FROM audit.access_event e WHERE {range_} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most"
            ),
            values,
        )
        return tuple(Tally(*row) for row in rows)

    refusals = tx.connection.execute(
        text(
            f"SELECT e.reason, count(*) FROM audit.access_event e WHERE {range_} AND e.reason IS NOT NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most"
        ),
        values,
    )
    return Patterns(
        by("e.client_id"), by("e.agency_code"), by("concat_ws(' · ', e.agency_code, e.officer_code)"),
        tuple((str(code), int(many)) for code, many in refusals),
    )  # fmt: skip


def own_numbers(tx: Reader, subject: UUID, former: Sequence[UUID] = ()) -> list[UUID]:
    """Blind indexes of all numbers of the citizen with this one, but for those that another citizen has, too."""
    rows = tx.connection.scalars(
        text(
            "SELECT DISTINCT n.bidx FROM match.party_number k JOIN match.party_number n USING (party_id) "
            "WHERE k.bidx = :subject AND NOT EXISTS "
            "(SELECT FROM match.party_number x WHERE x.bidx IN (n.bidx, k.bidx) AND x.party_id <> n.party_id)"
        ),
        {"subject": subject},
    )
    return sorted({subject, *former, *rows})


def looks(tx: Reader, subjects: Sequence[UUID], *, before: int | None, limit: int) -> list[Look]:
    """What a citizen is shown, newest first; what the law delays is left out."""
    rows = tx.connection.execute(
        text(
            "SELECT e.access_id, coalesce(e.refused_at, e.at) AS at, e.client_id, coalesce(f.name_vi, e.client_id) AS name_vi, "
            "coalesce(f.name_en, f.name_vi, e.client_id) AS name_en, e.agency_code, a.purpose, a.legal_ground, e.service_code, "
            "e.case_file_no, e.status, e.fields_mask FROM audit.access_event e "
            "LEFT JOIN share.agreement a USING (agreement_id) "
            "LEFT JOIN oauth.client c ON c.client_id = e.client_id "
            "LEFT JOIN org.office f ON f.office_id = c.office_id OR (e.client_id = :inspector AND f.code = e.agency_code) "
            "WHERE e.subject = ANY(:subjects) AND (CAST(:before AS bigint) IS NULL OR e.access_id < :before) AND NOT EXISTS ("
            "SELECT FROM audit.secrecy s WHERE s.client_id = e.client_id "
            "AND coalesce(s.service_code, e.service_code) = e.service_code "
            f"AND coalesce(s.case_file_no, e.case_file_no) = e.case_file_no AND {_IN_FORCE} "
            f"AND {_TODAY} < coalesce(s.until, (e.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date + s.days)) "
            "ORDER BY e.access_id DESC LIMIT :limit"
        ),
        {"subjects": list(subjects), "before": before, "limit": limit, "inspector": INSPECTOR},
    )
    return [
        Look(
            row.access_id, row.at, row.name_vi, row.name_en, row.agency_code, row.purpose, row.legal_ground, row.service_code,
            row.case_file_no, row.status, tuple(names_of(row.fields_mask)),
        )
        for row in rows
    ]  # fmt: skip


def false_ones(tx: Reader) -> list[int]:
    """Entries of looks that do not vouch for what is recorded of them, or of which nothing is recorded."""
    rows = tx.connection.scalars(
        text(
            "SELECT coalesce(e.access_id, i.access_id) FROM (SELECT access_id, officer_code, token_jti FROM audit.access_event "
            "WHERE client_id = :inspector) e FULL JOIN audit.inspection i ON i.access_id = e.access_id "
            "WHERE e.token_jti IS DISTINCT FROM encode(sha256(convert_to(concat_ws(E'\\x1f', i.kind, e.officer_code, i.reason, "
            "i.sought), 'UTF8')), 'hex') ORDER BY 1"
        ),
        {"inspector": INSPECTOR},
    )
    return [int(one) for one in rows]


def lock_secrecies(tx: Writer) -> None:
    """One step of any delay at a time, until the transaction ends."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SECRECY_LOCK})


def ask_secrecy(tx: Writer, terms: SecrecyTerms) -> int:
    """Write a delay; it is in force when a second person has approved it."""
    values = {name: getattr(terms, name) for name in SecrecyTerms.__dataclass_fields__}
    return int(tx.connection.scalar(insert(t.secrecy).values(values).returning(t.secrecy.c.secrecy_id)) or 0)


def take_step(tx: Writer, secrecy_id: int, step: SecrecyStep, *, person_id: int, reason: str) -> None:
    """Note a step of a delay, for good."""
    tx.connection.execute(
        insert(t.secrecy_step).values(secrecy_id=secrecy_id, step=step.value, person_id=person_id, reason=reason)
    )


def secrecies(tx: Reader, secrecy_id: int | None = None) -> list[Secrecy]:
    """All delays, or one, with how they stand."""
    only = {"one": secrecy_id}
    which = "WHERE CAST(:one AS bigint) IS NULL OR secrecy_id = :one ORDER BY"
    moves: dict[int, list[SecrecyMove]] = {}
    for row in tx.connection.execute(
        text(
            "SELECT secrecy_id, step, login, at, reason FROM audit.secrecy_step JOIN org.person USING (person_id) "
            f"{which} step_id"
        ),
        only,
    ):
        moves.setdefault(row.secrecy_id, []).append(SecrecyMove(SecrecyStep(row.step), row.login, row.at, row.reason))
    rows = tx.connection.execute(text(f"SELECT * FROM audit.secrecy {which} secrecy_id"), only)
    return [_secrecy(row, moves[row.secrecy_id]) for row in rows]


def _secrecy(row: Any, moves: list[SecrecyMove]) -> Secrecy:
    terms = SecrecyTerms(row.client_id, row.legal_ground, row.service_code, row.case_file_no, row.days, row.until)
    by = {one.step: one.login for one in moves}
    return Secrecy(
        row.secrecy_id, terms, moves[-1].step, by[SecrecyStep.ASKED], by.get(SecrecyStep.APPROVED), tuple(moves)
    )
