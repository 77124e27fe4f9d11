"""Outside systems as the domain sees them: each has a real and a local side, chosen at the edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from landdata.model.persons import Claim, Verification
from landdata.model.webhooks import Notice, Outcome


class Population(Protocol):
    """The population platform: it matches number, name and birth, and never searches."""

    def verify(self, claims: Sequence[Claim]) -> list[Verification]:
        """One answer a claim, in any order; a claim without an answer stays pending.

        Raises PopulationUnavailable when the platform does not answer as a whole.
        """
        ...


class Notification(Protocol):
    """Tells consumers that something waits for them; what it is they fetch themselves."""

    def send(self, notices: Sequence[Notice]) -> list[Outcome]:
        """Send all at the same time, none waiting for a slow one; one outcome a notice, in any order. Never raises."""
        ...
