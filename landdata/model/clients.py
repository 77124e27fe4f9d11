"""OAuth clients and the scopes that exist; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from landdata.model.fields import BASE_SCOPE, Group, scopes_of

DELIVER_SCOPE = "land.deliveries"
DECIDE_SCOPE = "land.deliveries.decide"  # held by another client than the one that delivers
STATISTICS_SCOPE = "land.statistics.read"
RESIDENCY_SCOPES: frozenset[str] = frozenset({BASE_SCOPE, *(group.scope for group in Group)})
ALL_SCOPES: frozenset[str] = RESIDENCY_SCOPES | {DELIVER_SCOPE, DECIDE_SCOPE, STATISTICS_SCOPE}


class AuthMethod(StrEnum):
    """How a client proves itself (RFC 7591 names); secrets are for statistics only."""

    PRIVATE_KEY_JWT = "private_key_jwt"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client. `jwks` holds public keys only; `office_code` is the office or consumer that owns it."""

    client_id: str
    office_code: str
    auth_method: AuthMethod
    jwks: dict[str, Any]
    scopes: frozenset[str]
    enabled: bool
    withheld: frozenset[str] = frozenset()  # registered, but not in an agreement in force

    def under(self, agreed: int, *, keep: frozenset[str] = frozenset()) -> Client:
        """The client with the residency scopes that its agreements in force open (`agreed`: bits of their fields)."""
        open_now = self.scopes & (scopes_of(agreed) | keep | (ALL_SCOPES - RESIDENCY_SCOPES))
        return replace(self, scopes=open_now, withheld=self.scopes - open_now)


@dataclass(frozen=True, slots=True)
class ProvinceOffice:
    """The caller of a delivery, or of a decision about one: a land office's client, proven by its token."""

    client_id: str
    office_code: str
    token_id: str
    address: str
