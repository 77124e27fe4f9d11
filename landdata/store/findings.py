"""All findings of a delivery, however many, and where its bytes are; for what is given back to its office."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text

from landdata.model.deliveries import Finding, Severity, State
from landdata.model.outcomes import ROWS_NAMED, OfCode
from landdata.store.engine import Reader
from landdata.store.tables import deliveries as t

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery as far as it takes to read its bytes again; `epsg` None: it was never read so far."""

    delivery_id: int
    delivery_uid: UUID
    office_id: int
    sha256: bytes
    file_name: str
    state: State
    epsg: int | None


def kept(tx: Reader, delivery_uid: UUID, *, office_id: int | None = None) -> Kept | None:
    """The delivery, of one office when that is named; None for any other."""
    d = t.delivery
    query = select(d).where(d.c.delivery_uid == delivery_uid)
    if office_id is not None:
        query = query.where(d.c.office_id == office_id)
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        return None
    return Kept(
        row.delivery_id, row.delivery_uid, row.office_id, bytes(row.sha256), row.file_name, State(row.state), row.epsg
    )


def last_published(tx: Reader, office_id: int) -> Kept | None:
    """The office's last delivery that is published and was read in a zone."""
    d = t.delivery
    found = tx.connection.scalar(
        select(d.c.delivery_uid)
        .where(d.c.office_id == office_id, d.c.state == State.PUBLISHED.value, d.c.epsg.is_not(None))
        .order_by(d.c.delivery_id.desc())
        .limit(1)
    )
    return None if found is None else kept(tx, found, office_id=office_id)


def stream(tx: Reader, delivery_id: int) -> Iterator[Finding]:
    """Every finding, those of the file as a whole first, then row by row; read as they are asked for."""
    f = t.finding
    query = (
        select(f.c.code, f.c.severity, f.c.layer, f.c.row_no, f.c.details)
        .where(f.c.delivery_id == delivery_id)
        .order_by(f.c.row_no.asc().nulls_first(), f.c.finding_no)
    )
    for row in tx.connection.execute(query, execution_options={"yield_per": _BATCH}):
        yield Finding(row.code, Severity(row.severity), row.layer, row.row_no, row.details)


def by_code(tx: Reader, delivery_id: int) -> tuple[OfCode, ...]:
    """How often each code was found, with the first rows; the gravest first, of these the most frequent."""
    rows = tx.connection.execute(
        text(
            "SELECT c.*, f.layer, f.row_no, f.details, (SELECT array_agg(s.row_no) FROM (SELECT DISTINCT n.row_no "
            "    FROM intake.finding n WHERE n.delivery_id = :delivery AND n.code = c.code AND n.severity = c.severity "
            "      AND n.row_no IS NOT NULL ORDER BY n.row_no LIMIT :named) s) AS named "
            "FROM (SELECT code, severity, count(*)::int AS many, min(finding_no) AS first FROM intake.finding "
            "  WHERE delivery_id = :delivery GROUP BY code, severity) c "
            "JOIN intake.finding f ON f.delivery_id = :delivery AND f.finding_no = c.first"
        ),
        {"delivery": delivery_id, "named": ROWS_NAMED},
    )
    found = [
        OfCode(
            row.code, Severity(row.severity), row.many, tuple(row.named or ()),
            Finding(row.code, Severity(row.severity), row.layer, row.row_no, row.details),
        )
        for row in rows
    ]  # fmt: skip
    order = list(Severity)
    return tuple(sorted(found, key=lambda one: (order.index(one.severity), -one.many, one.code)))
