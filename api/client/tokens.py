"""Access tokens as a client holds them: one at a time, renewed before its end, forgotten when refused."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from api.client.errors import TokenRefused

# Renew when a fifth of its life is left, at most a minute: a question on its way must not meet the end.
_SHARE, _MOST_S = 0.2, 60.0
# For the last seconds the clocks of two machines cannot be trusted to agree.
_MARGIN_S = 5.0
# After a renewal that failed, the questions of the next seconds go on with the old one.
_POSTPONED_S = 5.0


@dataclass(frozen=True, slots=True)
class Token:
    """`scheme` is what stands before it in Authorization; times are of the monotonic clock."""

    value: str
    scheme: str
    renew_at: float
    ends_at: float

    @property
    def due(self) -> bool:
        return time.monotonic() >= self.renew_at

    @property
    def ended(self) -> bool:
        return time.monotonic() >= self.ends_at


def read_token(document: Any, *, bound: bool) -> Token:
    """A token of RFC 6749, 5.1. Raises TokenRefused when it is not of the kind that was asked for."""
    try:
        value, kind, life = str(document["access_token"]), str(document["token_type"]), float(document["expires_in"])
    except (KeyError, TypeError, ValueError):
        raise TokenRefused("unreadable", "the token answer has not the form of RFC 6749, 5.1", status=200) from None
    scheme = {"bearer": "Bearer", "dpop": "DPoP"}.get(kind.lower())
    # RFC 9449, 5: who wanted a bound token must not go on with one that anybody could use who gets hold of it.
    if scheme != ("DPoP" if bound else "Bearer"):
        raise TokenRefused("token_type", f"a token of another type came: {kind[:20]}", status=200)
    now = time.monotonic()
    ends = now + max(0.0, life - _MARGIN_S)
    return Token(value, scheme, ends - min(_MOST_S, life * _SHARE), ends)


class Purse:
    """The one token of a client. Not a lock: whoever fetches does so under its own."""

    def __init__(self) -> None:
        self.held: Token | None = None

    def usable(self) -> Token | None:
        """A token that still lives, though it may be due."""
        return None if self.held is None or self.held.ended else self.held

    def forget(self, refused: str) -> None:
        """Drop the token that was refused, unless another has taken its place meanwhile."""
        if self.held is not None and self.held.value == refused:
            self.held = None

    def postpone(self, token: Token) -> Token:
        """The renewal of a token that still lives failed: it is used for a while before the next try."""
        self.held = replace(token, renew_at=time.monotonic() + _POSTPONED_S)
        return self.held
