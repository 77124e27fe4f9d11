"""The clerks' work list: kept up to date by commune, and read for one office at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text

from landdata.model.agreements import UnitScope
from landdata.model.cases import Case, Count, Decided, Kind, Mark, Place, Record, Sought, State, Step, Taken
from landdata.model.persons import ClaimStatus
from landdata.store.arrays import in_one
from landdata.store.engine import Reader, Writer

_LOCK = 7_240_026
_CASES = (
    "SELECT * FROM match.cases(CAST(:one AS uuid), :unit, CAST(:epoch AS smallint), CAST(:statuses AS text[]), :reason, "
    ":mark, CAST(:certificates AS integer), CAST(:parcels AS integer), CAST(:seen AS timestamptz), CAST(:key AS uuid), :most)"
)
# Who is put on the list: whoever was asked about and not linked, and whose decision an answer speaks against.
_LISTED = (
    "INSERT INTO match.doubt (commune_id, identity_key, status, reasons, certificates, parcels, first_seen_at) "
    "SELECT h.commune_id, c.identity_key, c.status, "
    "  ARRAY(SELECT DISTINCT split_part(r, '=', 1) FROM unnest(c.reasons) AS r), "
    "  count(DISTINCT (h.record_id, h.certificate_no)) FILTER (WHERE h.certificate_no IS NOT NULL), "
    "  count(DISTINCT (h.record_id, l.parcel_no)), c.first_seen_at "
    "FROM land.holder h JOIN match.claim c USING (identity_key) LEFT JOIN land.land_right l "
    "  ON l.commune_id = h.commune_id AND l.record_id = h.record_id AND l.holder_no = h.holder_no "
    "WHERE h.is_current AND {of} AND c.status <> 'PENDING' AND (c.status <> 'VERIFIED' OR EXISTS ("
    "  SELECT FROM match.decision d WHERE d.identity_key = c.identity_key AND d.state = 'IN_FORCE' AND d.contradicted)) "
    "GROUP BY h.commune_id, c.identity_key"
)


def recount(tx: Writer, claims: Sequence[UUID]) -> None:
    """Bring the list up to date about these claims, whatever became of them. Call it when they are settled."""
    _alone(tx)
    of = "identity_key = ANY(CAST(:keys AS uuid[]))"
    keys = {"keys": in_one(claims)}
    tx.connection.execute(text(f"DELETE FROM match.doubt WHERE {of}"), keys)
    tx.connection.execute(text(_LISTED.format(of=f"h.{of}")), keys)


def changed_communes(tx: Reader) -> tuple[list[int], int]:
    """Communes with publications that the list does not know yet, and what to note with `follow` when it does.

    A publication's transaction may end long after one with a higher number: only what lies below the oldest running one
    is looked at, each once.
    """
    horizon = int(tx.connection.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")) or 0)
    done = int(tx.connection.scalar(text("SELECT done_tx FROM match.doubt_state")) or 0)
    if horizon < done:  # restored into a younger cluster: its transactions say nothing here
        done = 0
    found = tx.connection.scalars(
        text(
            "WITH p AS (SELECT publication_id FROM land.publication WHERE tx >= :done AND tx < :horizon) "
            "SELECT r.commune_id FROM land.record r JOIN p ON p.publication_id = r.since_pub UNION "
            "SELECT r.commune_id FROM land.record r JOIN p ON p.publication_id = r.until_pub ORDER BY 1"
        ),
        {"done": done, "horizon": horizon},
    )
    return [int(one) for one in found], horizon


def relist(tx: Writer, communes: Sequence[int]) -> None:
    """Make the list of these communes anew from what is on record."""
    _alone(tx)
    values = {"communes": list(communes)}
    tx.connection.execute(text("DELETE FROM match.doubt WHERE commune_id = ANY(:communes)"), values)
    tx.connection.execute(text(_LISTED.format(of="h.commune_id = ANY(:communes)")), values)


def follow(tx: Writer, horizon: int) -> None:
    """Note that publications of transactions below this one are in the list."""
    tx.connection.execute(text("UPDATE match.doubt_state SET done_tx = :horizon"), {"horizon": horizon})


def unit(tx: Reader, scope: UnitScope) -> tuple[int, int] | None:
    """The unit version that a code means in a division, and the register it is of."""
    row = tx.connection.execute(
        text(
            "SELECT r.unit_id, r.epoch_id FROM ref.division d JOIN ref.epoch e ON (e.valid_from IS NULL OR "
            "  e.valid_from <= d.on_date) AND (e.valid_to IS NULL OR d.on_date < e.valid_to) "
            "JOIN ref.register r USING (epoch_id) JOIN ref.unit u ON u.unit_id = r.unit_id "
            "WHERE d.code = :division AND u.level = :level AND u.code = :code"
        ),
        {"division": scope.division, "level": scope.level, "code": scope.code},
    ).one_or_none()
    return None if row is None else (int(row.unit_id), int(row.epoch_id))


def page(tx: Reader, sought: Sought, where: tuple[int, int] | None, *, after: Place | None, limit: int) -> list[Case]:
    """Cases of the office acted for, what would clear most first, then the oldest; behind a place."""
    values = _nothing() | {
        "unit": where[0] if where else None,
        "epoch": where[1] if where else None,
        "statuses": [one.value for one in sought.statuses] if sought.statuses else None,
        "reason": sought.reason,
        "mark": sought.mark.value if sought.mark else None,
        "most": limit,
    }
    if after is not None:
        values |= {
            "certificates": after.certificates,
            "parcels": after.parcels,
            "seen": after.first_seen_at,
            "key": after.case,
        }
    return [_case(row) for row in tx.connection.execute(text(_CASES), values)]


def one(tx: Reader, case: UUID) -> Case | None:
    """A case of the office acted for, whatever became of it; None for any other."""
    row = tx.connection.execute(text(_CASES), _nothing() | {"one": case, "most": 1}).one_or_none()
    return None if row is None else _case(row)


def counts(tx: Reader, where: tuple[int, int] | None) -> list[Count]:
    """How much is on the list of the office acted for, by status, reason and mark; most first."""
    rows = tx.connection.execute(
        text("SELECT * FROM match.case_counts(:unit, CAST(:epoch AS smallint)) ORDER BY what, cases DESC, code"),
        {"unit": where[0] if where else None, "epoch": where[1] if where else None},
    )
    return [Count(row.what, row.code, row.cases, row.certificates, row.parcels) for row in rows]


def records(tx: Reader, case: UUID, *, limit: int) -> list[Record]:
    """Certificates on record that name the holder of a case, in communes of the office acted for."""
    rows = tx.connection.execute(
        text("SELECT * FROM match.case_records(CAST(:one AS uuid), :most)"), {"one": case, "most": limit}
    )
    return [
        Record(
            row.commune_code, row.commune_name, row.record_id, row.serial, row.registry_number, row.issued_on,
            row.holder_role, tuple(row.parcels or ()),
        )
        for row in rows
    ]  # fmt: skip


def decisions(tx: Reader, case: UUID) -> list[Decided]:
    """Every decision about a case of the office acted for, oldest first."""
    rows = tx.connection.execute(text("SELECT * FROM match.case_decisions(CAST(:one AS uuid))"), {"one": case}).all()
    found = []
    for number, group in groupby(rows, lambda row: row.decision_id):
        steps = list(group)
        row = steps[0]
        sealed = None if row.id_number_sealed is None else bytes(row.id_number_sealed)
        found.append(
            Decided(
                number, Kind(row.kind), State(row.state), row.office_code, row.due, row.contradicted, row.name, sealed,
                row.birth_date, row.birth_year,
                tuple(Taken(Step(one.step), one.login, one.reason, one.evidence, one.at) for one in steps),
            )
        )  # fmt: skip
    return found


def _nothing() -> dict[str, Any]:
    names = ("one", "unit", "epoch", "statuses", "reason", "mark", "certificates", "parcels", "seen", "key", "most")
    return dict.fromkeys(names)


def _case(row: Any) -> Case:
    return Case(
        row.identity_key, ClaimStatus(row.status), tuple(row.reasons), row.name,
        None if row.id_number_sealed is None else bytes(row.id_number_sealed), row.birth_date, row.birth_year,
        row.first_seen_at, row.checked_at, row.certificates, row.parcels, tuple(row.communes or ()),
        Mark(row.mark) if row.mark else None, row.name_share, row.years_apart,
    )  # fmt: skip


def _alone(tx: Writer) -> None:
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
