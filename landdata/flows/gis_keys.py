"""Keys by which people's GIS programs read parcels: made, found, ended; and how much of the map is taken by whom."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from landdata.errors import GisKeyUnfit, GisKeyUnknown
from landdata.flows.entrance import Entrance, proved_lately
from landdata.model.gis_keys import CHOICES, MOST_KEYS, MOST_LETTERS, PREFIX, SHAPE, GisKey, Holder, MapUse
from landdata.model.people import Act, Kind, SignedIn
from landdata.store import deliveries, gis_keys, people
from landdata.store.engine import Database


def make(at: Entrance, who: SignedIn, *, name: str, days: int, address: str) -> str:
    """A new key, told this once and kept nowhere. Raises GisKeyUnfit, FreshProofNeeded."""
    name = name.strip()
    if Act.USE_GIS not in who.acts:
        raise GisKeyUnfit(
            reason_vi="tài khoản không có vai trò Người dùng GIS", reason_en="the account is no GIS user's"
        )
    if not name or len(name) > MOST_LETTERS:
        raise GisKeyUnfit(
            reason_vi=f"cần tên từ 1 đến {MOST_LETTERS} ký tự",
            reason_en=f"it needs a name of 1 to {MOST_LETTERS} letters",
        )
    if days not in CHOICES:
        raise GisKeyUnfit(reason_vi="thời hạn không có trong danh sách", reason_en="its days are not on the list")
    proved_lately(at, who)
    key, now = PREFIX + secrets.token_urlsafe(32), at.clock()
    with at.db.write() as tx:
        if len(gis_keys.every(tx, person_id=who.person_id, now=now)) >= MOST_KEYS:
            raise GisKeyUnfit(reason_vi=f"đã có {MOST_KEYS} khóa", reason_en=f"there are {MOST_KEYS} keys already")
        gis_keys.add(tx, key, person_id=who.person_id, name=name, now=now, ends_at=now + timedelta(days=days))
        people.note(tx, Kind.GIS_KEY_MADE, person_id=who.person_id, address=address, words=name)
    return key


def find(at: Entrance, key: str) -> Holder | None:
    """Who holds this key; None for what is none, has ended, or whose holder may no longer use it."""
    if not SHAPE.match(key):
        return None
    now = at.clock()
    with at.db.read() as tx:
        found = gis_keys.find(tx, key, now)
    if found is None:
        return None
    holder, to_note = found
    if to_note is not None:
        with at.db.write(durable=False) as tx:
            gis_keys.use(tx, to_note, now)
    return holder


def every(at: Entrance, who: SignedIn) -> tuple[GisKey, ...]:
    """The person's own keys in force, the newest first."""
    with at.db.read() as tx:
        return gis_keys.every(tx, person_id=who.person_id, now=at.clock())


def end(at: Entrance, who: SignedIn, uid: UUID, *, address: str) -> None:
    """End one of the person's own keys. Raises GisKeyUnknown, also for somebody else's."""
    with at.db.write() as tx:
        name = gis_keys.end(tx, person_id=who.person_id, uid=uid, now=at.clock())
        if name is None:
            raise GisKeyUnknown
        people.note(tx, Kind.GIS_KEY_ENDED, person_id=who.person_id, address=address, words=name)


def note_use(db: Database, taken: Mapping[tuple[date, str], tuple[int, int, int]]) -> None:
    """Add up tiles, pages and features by day and reader."""
    with db.write(durable=False) as tx:
        gis_keys.note_use(tx, taken)


def used(db: Database, *, days: int = 30) -> tuple[MapUse, ...]:
    """What each reader took on each of the last days."""
    with db.read() as tx:
        return gis_keys.used(tx, since=deliveries.today(tx) - timedelta(days=days))
