"""Asks the population platform within our limits: in turn, again when it failed, and not at all while it is down."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from landdata.errors import PopulationQuotaUsed, PopulationRefuses, PopulationUnavailable
from landdata.model.asking import Health, Limits, Refusal
from landdata.model.persons import Answer, Changes, Claim
from landdata.model.ports import Population
from landdata.store import asking
from landdata.store.engine import Database

_ATTEMPTS = 5
_FIRST_PAUSE_S = 0.5
# Longer than this nobody waits inside a job: it ends, and the queue has it again later.
_LONGEST_PAUSE_S = 30.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Asker:
    """The platform behind our limits. Who has had an answer tells so by `asking.went_well`, with what it keeps."""

    db: Database
    population: Population
    limits: Limits
    sleep: Callable[[float], object] = time.sleep

    def verify(self, request_id: UUID, claims: Sequence[Claim]) -> list[Answer]:
        """One question, sent until it is answered. Raises PopulationUnavailable, PopulationRefuses, PopulationQuotaUsed."""
        return self._asked(len(claims), lambda: self.population.verify(claims, request_id=request_id))

    def changes(self, cursor: str, limit: int) -> Changes:
        """A page of the platform's list of changes. Raises as `verify` does."""
        return self._asked(0, lambda: self.population.changes(cursor=cursor, limit=limit))

    def _asked(self, holders: int, ask: Callable[[], _T]) -> _T:
        for attempt in range(1, _ATTEMPTS + 1):
            self._wait_for_turn(holders)
            try:
                return ask()
            except PopulationRefuses as error:
                # One bad line is our matter; where every question is refused something between us and it has changed.
                with self.db.write(durable=False) as tx:
                    asking.failed(tx, self.limits, f"HTTP {error.details['reason']}")
                raise
            except PopulationUnavailable as error:
                with self.db.write(durable=False) as tx:
                    asking.failed(tx, self.limits, str(error.details["reason"]), error.wait_seconds)
                pause = _FIRST_PAUSE_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads, hides nothing
                if attempt == _ATTEMPTS or max(pause, error.wait_seconds) > _LONGEST_PAUSE_S:
                    raise
            # What the platform asks for is waited for in the turn, which all workers share.
            self.sleep(pause)
        raise AssertionError

    def _wait_for_turn(self, holders: int) -> None:
        with self.db.write(durable=False) as tx:
            permit = asking.admit(tx, self.limits, holders)
        if permit.refusal is Refusal.OPEN:
            raise PopulationUnavailable(reason="it failed too often and is left alone for a while")
        if permit.refusal is Refusal.QUOTA:
            raise PopulationQuotaUsed(quota=self.limits.daily)
        if permit.wait_seconds > 0:
            self.sleep(permit.wait_seconds)


def health(db: Database) -> Health:
    """How the platform does, as all workers found it together."""
    with db.read() as tx:
        return asking.health(tx)
