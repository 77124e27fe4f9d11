"""Takes a delivery in: bytes first, then its declarations, then the job that will read it; and shows how it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

from landdata.errors import (
    BackfillNotAllowed,
    CommunesUnfit,
    DeliveryKeyReused,
    DeliveryUnknown,
    OfficeUnknown,
    OfficeWithoutUnits,
)
from landdata.flows import sources
from landdata.model.clients import ProvinceOffice
from landdata.model.crs import zone
from landdata.model.deliveries import Declaration, DeliveryLine, DeliveryView, Glance, Receipt, State
from landdata.model.sources import Cause
from landdata.store import deliveries, delivery_list, offices, raw, registers
from landdata.store.engine import Database, Reader
from landdata.store.keys import Keys
from landdata.store.offices import Office
from landdata.store.queue import enqueue_for

TASK = "deliver"
_ABANDONED_SECONDS = 86_400.0


def receive(
    db: Database,
    *,
    data_dir: Path,
    keys: Keys,
    caller: ProvinceOffice,
    chunks: Iterator[bytes],
    declaration: Declaration,
    max_bytes: int,
    simulated: bool = False,
    raw_copy: Path | None = None,
) -> Receipt:
    """Keep the bytes, note the delivery and ask the worker to read it; all of it is durable when this returns.

    Same key, bytes and declarations: the stored answer. Raises DeliveryKeyReused for the same key with others,
    BackfillNotAllowed for an earlier day without the right, UnknownZone, OfficeUnknown, OfficeWithoutUnits, CommunesUnfit,
    and what
    `store.raw.keep` raises.
    """
    if declaration.epsg is not None:
        zone(declaration.epsg)
    file = raw.keep(data_dir, chunks, keys=keys, max_bytes=max_bytes, copy=raw_copy)
    meaning = _meaning(file.sha256, declaration)
    with db.write() as tx:
        office = _office(tx, caller)
        # Before the day is looked at: a repetition after midnight is still a repetition.
        before = deliveries.by_key(tx, office_id=office.office_id, idempotency_key=declaration.idempotency_key)
        if before is not None:
            return _repeated(tx, office, declaration, meaning, file)
        effective_on, grant_id = _fitting(tx, office, declaration)
        added = deliveries.add(
            tx,
            file,
            office_id=office.office_id,
            client_id=caller.client_id or None,
            idempotency_key=declaration.idempotency_key,
            declaration_hash=meaning,
            file_name=declaration.file_name,
            profile=declaration.profile.value if declaration.profile else None,
            kind=declaration.kind.value,
            communes=None if declaration.communes is None else sorted(set(declaration.communes)),
            effective_on=effective_on,
            backfill_grant_id=grant_id,
            declared_epsg=declaration.epsg,
            simulated=simulated,
        )
        if added is None:
            return _repeated(tx, office, declaration, meaning, file)
        sources.note(tx, office_id=office.office_id, cause=Cause.RECEIVED, delivery_id=added.delivery_id)
        enqueue_for(tx, task=TASK, delivery_uid=added.delivery_uid)
        return Receipt(added.delivery_uid, State.RECEIVED, file.sha256.hex(), file.size_bytes, repeated=False)


def require_fit(db: Database, *, caller: ProvinceOffice, declaration: Declaration) -> int:
    """What `receive` will ask of the declarations, asked before any byte came; the office's id.

    Nothing is asked of those that came before: it may be a repetition. Raises as `receive` does, but for the bytes.
    """
    if declaration.epsg is not None:
        zone(declaration.epsg)
    with db.read() as tx:
        office = _office(tx, caller)
        if deliveries.by_key(tx, office_id=office.office_id, idempotency_key=declaration.idempotency_key) is None:
            _fitting(tx, office, declaration)
        return office.office_id


def resume(db: Database) -> int:
    """Ask again for deliveries that nobody works on any more; returns how many. Nothing acknowledged is ever left lying."""
    with db.write() as tx:
        left = deliveries.stranded(tx)
        for delivery_uid, office_code in left:
            offices.enter(tx, office_code)
            enqueue_for(tx, task=TASK, delivery_uid=delivery_uid)
    return len(left)


def view(db: Database, *, caller: ProvinceOffice | None, delivery_uid: UUID) -> DeliveryView:
    """A delivery; `caller` None is the operator. Raises DeliveryUnknown, also for another office's delivery."""
    with db.read() as tx:
        found = deliveries.view(tx, office_id=_office_id(tx, caller, delivery_uid), delivery_uid=delivery_uid)
    if found is None:
        raise DeliveryUnknown
    return found


def glance(db: Database, *, caller: ProvinceOffice | None, delivery_uid: UUID) -> Glance:
    """How far a delivery is; `caller` None is the operator. Raises DeliveryUnknown, also for another office's delivery."""
    with db.read() as tx:
        found = deliveries.glance(tx, office_id=_office_id(tx, caller, delivery_uid), delivery_uid=delivery_uid)
    if found is None:
        raise DeliveryUnknown
    return found


def listed(db: Database, *, office_code: str | None, state: State | None, most: int) -> tuple[DeliveryLine, ...]:
    """Deliveries of an office or of all, newest first, in one state or any. Raises OfficeUnknown."""
    with db.read() as tx:
        if office_code is not None and offices.find(tx, office_code) is None:
            raise OfficeUnknown(office_code=office_code)
        return delivery_list.listed(tx, office_code=office_code, state=state, most=most)


def _office_id(tx: Reader, caller: ProvinceOffice | None, delivery_uid: UUID) -> int:
    if caller is not None:
        return _office(tx, caller).office_id
    work = deliveries.work(tx, delivery_uid)
    if work is None:
        raise DeliveryUnknown
    offices.act_for(tx, work.office_id)
    return work.office_id


def _office(tx: Reader, caller: ProvinceOffice) -> Office:
    office = offices.enter(tx, caller.office_code)
    if office is None:
        raise OfficeUnknown(office_code=caller.office_code)
    return office


def _fitting(tx: Reader, office: Office, declaration: Declaration) -> tuple[date, int | None]:
    """The day from which it counts, and the right to it where it is an earlier one."""
    today = deliveries.today(tx)
    effective_on = declaration.effective_on or today
    grant_id = None
    if effective_on < today:
        grant_id = offices.grant_in_force(tx, role="BACKFILL", office_id=office.office_id)
        if grant_id is None:
            raise BackfillNotAllowed(day=effective_on.isoformat(), office_code=office.code)
    own = offices.provinces_of(tx, office_id=office.office_id, on=effective_on)
    if not own:
        raise OfficeWithoutUnits(office_code=office.code, day=effective_on.isoformat())
    _require_communes(tx, declaration.communes, own, effective_on)
    return effective_on, grant_id


def _require_communes(tx: Reader, named: tuple[str, ...] | None, own: frozenset[int], day: date) -> None:
    if named is None:
        return
    known = registers.communes_on(tx, on=day)
    unfit = [code for code in named if code not in known or known[code][1] not in own]
    if unfit or not named:
        raise CommunesUnfit(communes=", ".join(code[:10] for code in unfit[:10]) or "-", day=day.isoformat())


def _repeated(tx: Reader, office: Office, declaration: Declaration, meaning: bytes, file: raw.RawFile) -> Receipt:
    before = deliveries.by_key(tx, office_id=office.office_id, idempotency_key=declaration.idempotency_key)
    if before is None or bytes(before.declaration_hash) != meaning:
        raise DeliveryKeyReused
    return Receipt(before.delivery_uid, State(before.state), file.sha256.hex(), file.size_bytes, repeated=True)


def clear_abandoned(data_dir: Path) -> int:
    """Remove what receivers that were killed had begun to write more than a day ago; how many files."""
    return raw.clear(data_dir, older_than=_ABANDONED_SECONDS)


def _meaning(sha256: bytes, declaration: Declaration) -> bytes:
    """What makes two deliveries the same: bytes and declarations, but not the key they came under."""
    day = declaration.effective_on
    words = [
        sha256.hex(),
        declaration.file_name,
        declaration.kind.value,
        declaration.profile.value if declaration.profile else None,
        day.isoformat() if day else None,
        declaration.epsg,
        None if declaration.communes is None else sorted(set(declaration.communes)),
    ]
    if declaration.communes is not None:
        words.append(",".join(sorted(declaration.communes)))
    return hashlib.sha256(json.dumps(words).encode()).digest()
