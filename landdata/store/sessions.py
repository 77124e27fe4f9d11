"""Sessions of signed-in people: found by the hash of a secret, which is in the cookie alone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from landdata.model.people import IDLE, LONGEST, MOST_SESSIONS, UNFINISHED, Role, Session, SignedIn, Stage
from landdata.store.engine import Reader, Writer

SECRET_BYTES = 32

_FIND = text("""
SELECT s.*, host(s.address) AS place, p.login, p.full_name, o.code AS office_code, o.kind AS office_kind,
  ARRAY(SELECT g.role FROM org.role_grant g WHERE g.person_id = p.person_id AND g.revoked_at IS NULL) AS roles
FROM people.session s JOIN org.person p USING (person_id) JOIN org.office o USING (office_id)
WHERE s.token_hash = :hash AND s.ends_at > :now AND s.seen_at > :idle AND p.disabled_at IS NULL
""")
_BEGIN = text("""
INSERT INTO people.session (session_uid, token_hash, person_id, stage, by_issuer, started_at, seen_at, proved_at, ends_at,
  address, agent)
VALUES (:uid, :hash, :person, :stage, :by_issuer, :now, :now, :now, :ends, :address, :agent)
""")
_MOVE = text("""
UPDATE people.session SET token_hash = :hash, stage = :stage, seen_at = :now, proved_at = :now, totp = NULL,
  started_at = CASE stage WHEN 'OPEN' THEN started_at ELSE :now END,
  ends_at = CASE stage WHEN 'OPEN' THEN ends_at ELSE :ends END
WHERE session_uid = :uid
""")
_FORGET = text("""
DELETE FROM people.session WHERE session_uid IN (
  SELECT session_uid FROM people.session WHERE ends_at <= :now OR seen_at <= :idle FOR UPDATE SKIP LOCKED)
""")
_END_LAPSED = text("DELETE FROM people.session WHERE token_hash = :hash AND (ends_at <= :now OR seen_at <= :idle)")
# The oldest make room.
_TRIM = text("""
DELETE FROM people.session WHERE session_uid IN (
  SELECT session_uid FROM people.session WHERE person_id = :person ORDER BY started_at DESC, token_hash = :hash DESC
  OFFSET :most)
""")


def digest(token: str) -> bytes:
    """What is kept of a session's secret."""
    return hashlib.sha256(token.encode()).digest()


def find(tx: Reader, token: str, now: datetime) -> SignedIn | None:
    """Who holds this session, when it is in force and the account is open."""
    row = tx.connection.execute(_FIND, {"hash": digest(token), "now": now, "idle": now - IDLE}).one_or_none()
    if row is None:
        return None
    return SignedIn(
        person_id=row.person_id,
        login=row.login,
        full_name=row.full_name,
        office_code=row.office_code,
        office_kind=row.office_kind,
        roles=frozenset(map(Role, row.roles)),
        session=_session(row),
        proved_at=row.proved_at,
        by_issuer=row.by_issuer,
    )


def begin(tx: Writer, *, person_id: int, stage: Stage, by_issuer: bool, address: str, agent: str, now: datetime) -> str:
    """A new session; returns its secret. What has ended goes, and the oldest beyond the most that one may have."""
    tx.connection.execute(_FORGET, _at(now))
    token = secrets.token_urlsafe(SECRET_BYTES)
    tx.connection.execute(
        _BEGIN,
        {
            "uid": str(uuid4()), "hash": digest(token), "person": person_id, "stage": stage.value, "by_issuer": by_issuer,
            "now": now, "ends": _ends(stage, now), "address": address, "agent": agent,
        },
    )  # fmt: skip
    tx.connection.execute(_TRIM, {"person": person_id, "most": MOST_SESSIONS, "hash": digest(token)})
    return token


def move(tx: Writer, uid: UUID, stage: Stage, now: datetime) -> str:
    """The next stage, or a fresh proof, under a new secret: whoever saw the old one has nothing.

    An open session ends when it would have ended, however often its holder proves to be it.
    """
    token = secrets.token_urlsafe(SECRET_BYTES)
    values = {"uid": str(uid), "hash": digest(token), "stage": stage.value, "now": now, "ends": _ends(stage, now)}
    tx.connection.execute(_MOVE, values)
    return token


def see(tx: Writer, uid: UUID, now: datetime) -> None:
    """Note that it is in use."""
    tx.connection.execute(
        text("UPDATE people.session SET seen_at = :now WHERE session_uid = :uid"), {"uid": str(uid), "now": now}
    )


def end(tx: Writer, *, person_id: int, uid: UUID) -> bool:
    """End one session of this person; False when there is none."""
    found = tx.connection.execute(
        text("DELETE FROM people.session WHERE session_uid = :uid AND person_id = :person"),
        {"uid": str(uid), "person": person_id},
    )
    return bool(found.rowcount)


def end_all(tx: Writer, *, person_id: int, but: UUID | None = None) -> int:
    """End all sessions of a person but one; returns how many."""
    found = tx.connection.execute(
        text("DELETE FROM people.session WHERE person_id = :person AND session_uid IS DISTINCT FROM :but"),
        {"person": person_id, "but": but and str(but)},
    )
    return int(found.rowcount)


def end_presented(tx: Writer, token: str) -> None:
    """End whatever session a browser brought along to a new sign-in."""
    tx.connection.execute(text("DELETE FROM people.session WHERE token_hash = :hash"), {"hash": digest(token)})


def end_lapsed(tx: Writer, token: str, now: datetime) -> None:
    """End the session of this secret when it was idle for too long, or its time is over."""
    tx.connection.execute(_END_LAPSED, {"hash": digest(token), **_at(now)})


def every(tx: Reader, *, person_id: int, now: datetime) -> tuple[Session, ...]:
    """The sessions in force of a person, the newest first."""
    query = text(
        "SELECT *, host(address) AS place FROM people.session WHERE person_id = :person AND ends_at > :now "
        "AND seen_at > :idle ORDER BY started_at DESC"
    )
    return tuple(_session(row) for row in tx.connection.execute(query, {"person": person_id, **_at(now)}))


def hold_factor(tx: Writer, uid: UUID, sealed: bytes) -> None:
    """Keep the secret of a second factor in the making with the session that makes it."""
    tx.connection.execute(
        text("UPDATE people.session SET totp = :totp WHERE session_uid = :uid"), {"uid": str(uid), "totp": sealed}
    )


def held_factor(tx: Reader, uid: UUID) -> bytes | None:
    """That secret, sealed."""
    found = tx.connection.scalar(text("SELECT totp FROM people.session WHERE session_uid = :uid"), {"uid": str(uid)})
    return None if found is None else bytes(found)


def _at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "idle": now - IDLE}


def _ends(stage: Stage, now: datetime) -> datetime:
    return now + (LONGEST if stage is Stage.OPEN else UNFINISHED)


def _session(row: Any) -> Session:
    return Session(
        UUID(str(row.session_uid)), Stage(row.stage), row.started_at, row.seen_at, row.ends_at, row.place, row.agent
    )
