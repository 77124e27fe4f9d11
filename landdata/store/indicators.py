"""Indicators: what is measured, tables of figures that wait or were recorded, and values, version by version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, insert, select, text, true, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.indicators import CountedLevel, Indicator, Kind, Letter, State, SubjectKind, Value
from landdata.model.succession import Edge
from landdata.model.units import Extent, Level, Unit
from landdata.store.engine import Reader, Writer
from landdata.store.registers import unit_of_row
from landdata.store.tables import indicators as t
from landdata.store.tables import offices as o
from landdata.store.tables import registers as r

_V, _U = t.indicator_value, t.indicator_upload
_LOCK = 0x696E6469  # one at a time writes versions


@dataclass(frozen=True, slots=True)
class Upload:
    """A table of figures as it was sent. `recorded_at` None: it waits; `person_id` None: from the reference files."""

    upload_id: int
    upload_uid: UUID
    code: str
    on_date: date
    exact: bool
    source: str
    file_name: str
    sha256: str
    rows: tuple[Mapping[str, str], ...]
    person_id: int | None
    reason: str
    begun_at: datetime
    recorded_at: datetime | None


def every(tx: Reader) -> tuple[Indicator, ...]:
    """All indicators, in the order of lists."""
    states: dict[str, list[State]] = {}
    for row in tx.connection.execute(select(t.indicator_state).order_by(t.indicator_state.c.place)):
        states.setdefault(row.code, []).append(State(row.state, row.name_vi, row.name_en, row.reaches))
    letters = {row.code: Letter(*row) for row in tx.connection.execute(select(t.letter))}
    return tuple(
        Indicator(
            row.code, row.name_vi, row.name_en, Kind(row.kind),
            tuple(map(SubjectKind, row.subject_kinds)), tuple(map(CountedLevel, row.levels)), row.noun_vi, row.noun_en,
            None if row.target_share is None else Fraction(row.target_share), row.target_vi, row.target_en,
            letters[row.letter_code], tuple(states.get(row.code, ())),
        )
        for row in tx.connection.execute(select(t.indicator).order_by(t.indicator.c.place))
    )  # fmt: skip


def define(
    tx: Writer,
    *,
    letters: Iterable[Mapping[str, Any]],
    indicators: Iterable[Mapping[str, Any]],
    states: Iterable[Mapping[str, Any]],
) -> None:
    """Write what is measured; words may change, and nothing that has values goes away."""
    for table, key, rows in (
        (t.letter, ("code",), letters),
        (t.indicator, ("code",), indicators),
        (t.indicator_state, ("code", "state"), states),
    ):
        for row in rows:
            changing = {name: value for name, value in row.items() if name not in key}
            tx.connection.execute(
                upsert(table).values(**row).on_conflict_do_update(index_elements=list(key), set_=changing)
            )


def values(
    tx: Reader, *, code: str, on: date | None = None, known_at: datetime | None = None, named: bool = False
) -> tuple[Value, ...]:
    """The newest version of each value of an indicator, of days up to `on`, as known then. `named`: with who recorded it."""
    query = (
        _told(named)
        .ext(distinct_on(_V.c.subject_key, _V.c.level, _V.c.on_date))
        .where(_V.c.code == code, _known(known_at))
        .order_by(_V.c.subject_key, _V.c.level, _V.c.on_date, _V.c.version.desc())
    )
    if on is not None:
        query = query.where(_V.c.on_date <= on)
    return tuple(_value(row) for row in tx.connection.execute(query))


def versions(
    tx: Reader, *, code: str, known_at: datetime | None = None, subject_key: str | None = None, named: bool = False
) -> tuple[Value, ...]:
    """Every version of those values of an indicator that were corrected, or of one subject; the newest first."""
    query = _told(named).where(_V.c.code == code, _known(known_at))
    if subject_key is None:
        twin = _V.alias()
        corrected = select(twin.c.value_id).where(
            twin.c.code == _V.c.code, twin.c.subject_key == _V.c.subject_key, twin.c.level == _V.c.level,
            twin.c.on_date == _V.c.on_date, twin.c.version > 1,
        )  # fmt: skip
        query = query.where(corrected.exists())
    else:
        query = query.where(_V.c.subject_key == subject_key)
    rows = tx.connection.execute(query.order_by(_V.c.on_date.desc(), _V.c.subject, _V.c.level, _V.c.version.desc()))
    return tuple(_value(row) for row in rows)


def last_of_files(tx: Reader, code: str) -> dict[tuple[str, str, date], Value]:
    """The newest version that the reference files said, by subject, level and day; what people corrected since is theirs."""
    query = (
        _told(False)
        .ext(distinct_on(_V.c.subject_key, _V.c.level, _V.c.on_date))
        .where(_V.c.code == code, _U.c.person_id.is_(None))
        .order_by(_V.c.subject_key, _V.c.level, _V.c.on_date, _V.c.version.desc())
    )
    return {one.key: one for one in map(_value, tx.connection.execute(query))}


def lock(tx: Writer) -> None:
    """Let nobody else write versions before this transaction ends."""
    tx.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def add_values(tx: Writer, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add versions."""
    if rows:
        tx.connection.execute(insert(_V), [dict(row) for row in rows])


def begin(
    tx: Writer,
    *,
    code: str,
    on: date,
    exact: bool,
    source: str,
    file_name: str,
    sha256: str,
    rows: Sequence[Mapping[str, str]],
    person_id: int | None,
    reason: str = "",
) -> UUID:
    """Keep a table as it was sent; it counts for nothing yet."""
    uid: UUID | None = tx.connection.scalar(
        insert(_U)
        .values(
            code=code, on_date=on, exact=exact, source=source, file_name=file_name, sha256=sha256,
            content=[dict(row) for row in rows], person_id=person_id, reason=reason,
        )
        .returning(_U.c.upload_uid)
    )  # fmt: skip
    assert uid is not None  # noqa: S101 - an insert without a conflict gives its row back
    return uid


def find(tx: Reader, uid: UUID) -> Upload | None:
    """The table of that identity."""
    row = tx.connection.execute(select(_U).where(_U.c.upload_uid == uid)).one_or_none()
    return None if row is None else _upload(row)


def lock_upload(tx: Writer, uid: UUID) -> None:
    """Let no other transaction record or forget this table before this one ends."""
    tx.connection.execute(select(_U.c.upload_id).where(_U.c.upload_uid == uid).with_for_update())


def uploads(tx: Reader, *, code: str, most: int) -> tuple[tuple[Upload, str | None], ...]:
    """The newest recorded tables of an indicator, with who sent them."""
    query = (
        select(_U, o.person.c.login)
        .outerjoin(o.person, o.person.c.person_id == _U.c.person_id)
        .where(_U.c.code == code, _U.c.recorded_at.is_not(None))
        .order_by(_U.c.recorded_at.desc(), _U.c.upload_id.desc())
        .limit(most)
    )
    return tuple((_upload(row), row.login) for row in tx.connection.execute(query))


def recorded(tx: Writer, upload_id: int, *, reason: str) -> None:
    """Say that the values of a table stand."""
    tx.connection.execute(
        update(_U).where(_U.c.upload_id == upload_id).values(recorded_at=func.clock_timestamp(), reason=reason)
    )


def forget(tx: Writer, uid: UUID) -> None:
    """Leave out a table that was never recorded."""
    tx.connection.execute(delete(_U).where(_U.c.upload_uid == uid, _U.c.recorded_at.is_(None)))


def forget_old(tx: Writer, *, days: int) -> None:
    """Leave out tables that nobody recorded for so long."""
    tx.connection.execute(
        delete(_U).where(_U.c.recorded_at.is_(None), _U.c.begun_at < func.now() - func.make_interval(0, 0, 0, days))
    )


def provinces(tx: Reader) -> tuple[tuple[Unit, ...], tuple[Edge, ...]]:
    """All versions of provinces, and the steps between them."""
    units = tuple(
        unit_of_row(row) for row in tx.connection.execute(select(r.unit).where(r.unit.c.level == Level.PROVINCE.value))
    )
    step, old = r.unit_succession, r.unit
    query = (
        select(step.c.old_unit_id, step.c.new_unit_id, step.c.effective_on, step.c.extent)
        .join(old, and_(old.c.unit_id == step.c.old_unit_id, old.c.level == Level.PROVINCE.value))
        .order_by(step.c.effective_on, step.c.succession_id)
    )
    edges = tuple(
        Edge(row.old_unit_id, row.new_unit_id, row.effective_on, Extent(row.extent))
        for row in tx.connection.execute(query)
    )
    return units, edges


def _known(known_at: datetime | None) -> Any:
    return true() if known_at is None else _V.c.recorded_at <= known_at


def _told(named: bool) -> Any:
    query = select(_V, _U.c.source, _U.c.reason, _U.c.upload_uid).join(_U, _U.c.upload_id == _V.c.upload_id)
    if named:
        query = query.add_columns(o.person.c.login).outerjoin(o.person, o.person.c.person_id == _U.c.person_id)
    return query


def _value(row: Row[Any]) -> Value:
    return Value(
        value_id=row.value_id, subject_kind=SubjectKind(row.subject_kind), subject=row.subject,
        subject_key=row.subject_key, unit_id=row.unit_id, level=CountedLevel(row.level), on_date=row.on_date,
        exact=row.exact, done=row.done, total=row.total, remaining=row.remaining, state=row.state,
        due_from=row.due_from, due_on=row.due_on, due_text=row.due_text, reached_on=row.reached_on, lead=row.lead,
        note=row.note, listed=row.listed, version=row.version, recorded_at=row.recorded_at, source=row.source,
        reason=row.reason, by=getattr(row, "login", None), upload_uid=row.upload_uid,
    )  # fmt: skip


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        upload_id=row.upload_id, upload_uid=row.upload_uid, code=row.code, on_date=row.on_date, exact=row.exact,
        source=row.source, file_name=row.file_name, sha256=row.sha256, rows=tuple(row.content), person_id=row.person_id,
        reason=row.reason, begun_at=row.begun_at, recorded_at=row.recorded_at,
    )  # fmt: skip
