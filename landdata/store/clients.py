"""Queries on OAuth clients, used assertions and revoked tokens; no rule about who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select, delete, exists, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landdata.model.clients import AuthMethod, Client
from landdata.model.terms import TokenBinding
from landdata.store.agreements import in_force
from landdata.store.tables.agreements import agreement
from landdata.store.tables.clients import assertion, client, revoked_token
from landdata.store.tables.offices import office

if TYPE_CHECKING:
    from datetime import datetime

    from landdata.store.engine import Reader, Writer


@dataclass(frozen=True, slots=True)
class Owner:
    """The office a client belongs to: its row and its kind (MINISTRY, LAND_OFFICE or CONSUMER)."""

    office_id: int
    kind: str


def owner(reader: Reader, office_code: str) -> Owner | None:
    row = reader.connection.execute(
        select(office.c.office_id, office.c.kind).where(office.c.code == office_code)
    ).one_or_none()
    return None if row is None else Owner(row.office_id, row.kind)


def find(reader: Reader, client_id: str, *, change: bool = False) -> Client | None:
    """A client; to `change` it, whoever else wants to waits until this transaction ends."""
    query = _clients().where(client.c.client_id == client_id)
    row = reader.connection.execute(query.with_for_update(of=client) if change else query).one_or_none()
    return None if row is None else _client(row)


def all_clients(reader: Reader) -> tuple[Client, ...]:
    return tuple(_client(row) for row in reader.connection.execute(_clients().order_by(client.c.client_id)))


def add(writer: Writer, new: Client, office_id: int) -> bool:
    """Write a new client. False when the id is taken, also by a transaction running beside this one."""
    statement = upsert(client).values(
        client_id=new.client_id,
        office_id=office_id,
        auth_method=new.auth_method.value,
        jwks=new.jwks or None,
        secret_digests=list(new.secret_digests) or None,
        scopes=sorted(new.scopes),
        enabled=new.enabled,
    )
    done = writer.connection.execute(statement.on_conflict_do_nothing().returning(client.c.client_id))
    return done.one_or_none() is not None


def set_enabled(writer: Writer, client_id: str, *, enabled: bool) -> bool:
    """Switch a client. False when there is none."""
    statement = update(client).where(client.c.client_id == client_id).values(enabled=enabled)
    return writer.connection.execute(statement.returning(client.c.client_id)).one_or_none() is not None


def set_proof(writer: Writer, changed: Client) -> None:
    """Write the keys or the digests of a client that is there."""
    values = {"jwks": changed.jwks or None, "secret_digests": list(changed.secret_digests) or None}
    writer.connection.execute(update(client).where(client.c.client_id == changed.client_id).values(**values))


def set_scopes(writer: Writer, client_id: str, scopes: frozenset[str]) -> None:
    """Write the scopes of a client that is there."""
    writer.connection.execute(update(client).where(client.c.client_id == client_id).values(scopes=sorted(scopes)))


def use_assertion(writer: Writer, client_id: str, jti: str, expires_at: datetime) -> bool:
    """True exactly once for a client and jti, however many ask at once: the primary key decides."""
    statement = upsert(assertion).values(client_id=client_id, jti=jti, expires_at=expires_at)
    done = writer.connection.execute(statement.on_conflict_do_nothing().returning(assertion.c.jti))
    return done.one_or_none() is not None


def revoke(writer: Writer, jti: str, expires_at: datetime) -> None:
    writer.connection.execute(upsert(revoked_token).values(jti=jti, expires_at=expires_at).on_conflict_do_nothing())


def find_for_token(reader: Reader, client_id: str, jti: str) -> Client | None:
    """The client as it is now; None when it is unknown or the token was revoked."""
    revoked = exists(select(literal(1)).where(revoked_token.c.jti == jti))
    row = reader.connection.execute(_clients().where(client.c.client_id == client_id, ~revoked)).one_or_none()
    return None if row is None else _client(row)


def forget_expired(writer: Writer) -> int:
    """Delete assertions and revocations a day past their end, by the database's clock; returns how many.

    A clock that ran ahead for less than a day and is set back makes nothing good again that was used or revoked.
    """
    past = func.clock_timestamp() - text("interval '1 day'")
    return sum(
        writer.connection.execute(delete(table).where(table.c.expires_at < past)).rowcount
        for table in (assertion, revoked_token)
    )


def _clients() -> Select[Any]:
    # Both the issue and the use of a token ask this, in the same statement as the client: an agreement that is
    # suspended, or made strict, ends unbound tokens within the time a token is believed.
    unbound = exists(
        select(literal(1)).where(in_force(client.c.client_id), agreement.c.token_binding == TokenBinding.UNBOUND.value)
    )
    return select(
        client.c.client_id,
        office.c.code,
        client.c.auth_method,
        client.c.jwks,
        client.c.scopes,
        client.c.enabled,
        client.c.secret_digests,
        unbound.label("unbound"),
    ).join_from(client, office, office.c.office_id == client.c.office_id)


def _client(row: Row[Any]) -> Client:
    return Client(
        client_id=row.client_id,
        office_code=row.code,
        auth_method=AuthMethod(row.auth_method),
        jwks=row.jwks or {},
        scopes=frozenset(row.scopes),
        enabled=row.enabled,
        secret_digests=tuple(bytes(digest) for digest in row.secret_digests or ()),
        unbound=row.unbound,
    )
