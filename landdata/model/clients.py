"""OAuth clients and the scopes that exist; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from landdata.model.fields import BASE_SCOPE, Group, scopes_of

DELIVER_SCOPE = "land.deliveries"
DECIDE_SCOPE = "land.deliveries.decide"  # held by another client than the one that delivers
MATCHING_SCOPE = "land.matching"  # one's own holders that are not linked: to be read; people decide
STATISTICS_SCOPE = "land.statistics.read"
PARCELS_SCOPE = "land.parcels.read"  # shapes, numbers and areas of parcels; never whose they are
INTROSPECT_SCOPE = "land.tokens.introspect"  # a resource server that may ask about anybody's token (RFC 7662)
# Whatever opens personal data.
RESIDENCY_SCOPES: frozenset[str] = frozenset({BASE_SCOPE, *(group.scope for group in Group)})
# A token with one of these must be bound to its holder: whoever finds it could copy the country's register.
BOUND_SCOPES: frozenset[str] = RESIDENCY_SCOPES | {PARCELS_SCOPE}
ALL_SCOPES: frozenset[str] = RESIDENCY_SCOPES | {
    DELIVER_SCOPE, DECIDE_SCOPE, MATCHING_SCOPE, STATISTICS_SCOPE, INTROSPECT_SCOPE, PARCELS_SCOPE,
}  # fmt: skip


class AuthMethod(StrEnum):
    """How a client proves itself (RFC 7591 names, and one of ours)."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - a name; statistics only: the database says so, too
    EXTERNAL = "external"  # to the external issuer, never here; its tokens name the client


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; `office_code` is the office or consumer that owns it.

    `jwks` holds public keys only and is empty for the other methods, `secret_digests` up to two SHA-256 digests, the
    newest first. `unbound`: an agreement in force says, with its reason, that its tokens need not be bound.
    """

    client_id: str
    office_code: str
    auth_method: AuthMethod
    jwks: dict[str, Any]
    scopes: frozenset[str]
    enabled: bool
    secret_digests: tuple[bytes, ...] = ()
    unbound: bool = False
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
