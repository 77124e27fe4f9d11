"""Keys of people's GIS programs, found by their hash, and counts of what readers of the map take."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from landdata.model.gis_keys import GisKey, Holder, MapUse
from landdata.model.people import Act, Role, acts_of
from landdata.model.tiles import ParcelReader
from landdata.store.engine import Reader, Writer

# A last use is written down once an hour, not with every tile.
_USED_EVERY = timedelta(hours=1)
_FIND = text("""
SELECT k.key_uid, k.ends_at, k.used_at, p.login, o.code, o.kind,
  ARRAY(SELECT g.role FROM org.role_grant g WHERE g.person_id = p.person_id AND g.revoked_at IS NULL) AS roles
FROM people.gis_key k JOIN org.person p USING (person_id) JOIN org.office o USING (office_id)
WHERE k.digest = :digest AND k.ended_at IS NULL AND k.ends_at > :now AND p.disabled_at IS NULL
""")
_IN_FORCE = "person_id = :person AND ended_at IS NULL AND ends_at > :now"
_NOTE = text("""
INSERT INTO people.map_use AS u (on_day, subject, tiles, pages, features) VALUES (:on, :subject, :tiles, :pages, :features)
ON CONFLICT (on_day, subject) DO UPDATE SET tiles = u.tiles + excluded.tiles, pages = u.pages + excluded.pages,
  features = u.features + excluded.features
""")


def digest(key: str) -> bytes:
    """What is kept of a key. A fast hash is right for 256 random bits."""
    return hashlib.sha256(key.encode()).digest()


def add(tx: Writer, key: str, *, person_id: int, name: str, now: datetime, ends_at: datetime) -> None:
    """Keep a new key."""
    tx.connection.execute(
        text(
            "INSERT INTO people.gis_key (key_uid, person_id, digest, name, made_at, ends_at) "
            "VALUES (:uid, :person, :digest, :name, :now, :ends)"
        ),
        {"uid": str(uuid4()), "person": person_id, "digest": digest(key), "name": name, "now": now, "ends": ends_at},
    )


def find(tx: Reader, key: str, now: datetime) -> tuple[Holder, UUID | None] | None:
    """Who holds this key, when it is in force and the person may still use it; and its name when its use is to be noted."""
    row = tx.connection.execute(_FIND, {"digest": digest(key), "now": now}).one_or_none()
    if row is None or Act.USE_GIS not in acts_of(map(Role, row.roles), row.kind):
        return None
    due = row.used_at is None or abs(now - row.used_at) >= _USED_EVERY
    return Holder(row.login, ParcelReader(row.code, row.login), row.ends_at), row.key_uid if due else None


def use(tx: Writer, uid: UUID, now: datetime) -> None:
    """Note that it is in use."""
    tx.connection.execute(
        text("UPDATE people.gis_key SET used_at = :now WHERE key_uid = :uid"), {"uid": str(uid), "now": now}
    )


def every(tx: Reader, *, person_id: int, now: datetime) -> tuple[GisKey, ...]:
    """A person's keys in force, the newest first."""
    rows = tx.connection.execute(
        text(f"SELECT * FROM people.gis_key WHERE {_IN_FORCE} ORDER BY made_at DESC"), {"person": person_id, "now": now}
    )
    return tuple(GisKey(UUID(str(row.key_uid)), row.name, row.made_at, row.ends_at, row.used_at) for row in rows)


def end(tx: Writer, *, person_id: int, uid: UUID, now: datetime) -> str | None:
    """End a key of this person; its name, None when there is none in force."""
    found: str | None = tx.connection.scalar(
        text(f"UPDATE people.gis_key SET ended_at = :now WHERE key_uid = :uid AND {_IN_FORCE} RETURNING name"),
        {"uid": str(uid), "person": person_id, "now": now},
    )
    return found


def note_use(tx: Writer, taken: Mapping[tuple[date, str], tuple[int, int, int]]) -> None:
    """Add up what readers took: tiles, pages and features by day and reader."""
    rows = [
        {"on": on, "subject": subject, "tiles": tiles, "pages": pages, "features": features}
        for (on, subject), (tiles, pages, features) in sorted(
            taken.items()
        )  # in order: two processes never wait crosswise
    ]
    if rows:
        tx.connection.execute(_NOTE, rows)


def used(tx: Reader, *, since: date) -> tuple[MapUse, ...]:
    """What readers took since a day, the newest day first, whoever took most first."""
    rows = tx.connection.execute(
        text(
            "SELECT * FROM people.map_use WHERE on_day >= :since ORDER BY on_day DESC, features DESC, tiles DESC, subject"
        ),
        {"since": since},
    )
    return tuple(MapUse(row.on_day, row.subject, row.tiles, row.pages, row.features) for row in rows)
