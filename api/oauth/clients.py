"""What the authorization server must know of clients, as a port, and the port's side on our tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from landdata.flows import clients

if TYPE_CHECKING:
    from datetime import datetime

    from landdata.model.clients import Client
    from landdata.store.engine import Database


class ClientStore(Protocol):
    """Clients, used assertions and revoked tokens. Every method may raise DatabaseUnavailable."""

    def find(self, client_id: str) -> Client | None:
        """The client that may ask for a token now."""

    def believe(self, client_id: str, jti: str) -> Client | None:
        """The client behind a token, unless the client is disabled or the token revoked."""

    def use_assertion(self, client_id: str, jti: str, expires_at: datetime) -> bool:
        """True exactly once for a client and jti."""

    def revoke_token(self, jti: str, expires_at: datetime) -> None:
        """Remember until `expires_at` that the token is not to be believed."""


@dataclass(frozen=True, slots=True)
class StoredClients:
    """The clients in the database of the service."""

    db: Database

    def find(self, client_id: str) -> Client | None:
        return clients.find(self.db, client_id=client_id)

    def believe(self, client_id: str, jti: str) -> Client | None:
        return clients.believe(self.db, client_id=client_id, jti=jti)

    def use_assertion(self, client_id: str, jti: str, expires_at: datetime) -> bool:
        return clients.use_assertion(self.db, client_id=client_id, jti=jti, expires_at=expires_at)

    def revoke_token(self, jti: str, expires_at: datetime) -> None:
        clients.revoke_token(self.db, jti=jti, expires_at=expires_at)
