"""Outside systems as the domain sees them: each has a real and a local side, chosen at the edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from landdata.model.alerts import Letter, Posted
from landdata.model.persons import Answer, Changes, Claim
from landdata.model.webhooks import Notice, Outcome


class Population(Protocol):
    """The population platform: it is told number, name and birth, and says who bears the number; it never searches.

    Each method is one request, tried once. Raises PopulationUnavailable when nothing comes of it that can be used.
    """

    def verify(self, claims: Sequence[Claim], *, request_id: UUID) -> list[Answer]:
        """One answer a claim, in any order; a claim without an answer stays pending.

        The same id with the same claims is answered as before, without being worked on again. Raises
        PopulationRefuses when it is no question that the platform takes.
        """
        ...

    def changes(self, *, cursor: str, limit: int) -> Changes:
        """Citizens who changed behind a cursor, oldest first; an empty one begins with the oldest that is kept."""
        ...


class Notification(Protocol):
    """Tells consumers that something waits for them; what it is they fetch themselves."""

    def send(self, notices: Sequence[Notice]) -> list[Outcome]:
        """Send all at the same time, none waiting for a slow one; one outcome a notice, in any order. Never raises."""
        ...


class Mail(Protocol):
    """A mail server that takes letters. Each is tried once; one that was taken and not heard of may be sent again."""

    def send(self, letters: Sequence[Letter]) -> list[Posted]:
        """Hand them over one after the other; one outcome a letter. Never raises."""
        ...
