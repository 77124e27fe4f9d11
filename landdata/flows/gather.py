"""Gathers the look-ups of one process into sets: one statement and one durable commit answer and log all of a set.

A set leaves at once when nothing is under way; otherwise what comes in waits for its end, a few milliseconds at most, so
that a slow set holds nobody up. Every answer still waits for its own set's commit. Lists of citizens have lanes of
their own. All states change on the event loop's thread; lanes only ask.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from landdata.errors import DatabaseUnavailable, LandDataError, TooManyLookups
from landdata.flows import share
from landdata.model.agreements import Answer, LookupRequest, PopulationReader
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.store.sharing import Gate, GateRow, Outcome, Question

# Statements under way at once, for single citizens and for lists: each has a connection.
SINGLE_LANES = 2
LIST_LANES = 4
# Citizens of one statement. More of them gain nothing, and make the last one's neighbours wait for it.
MOST_IN_A_SET = 100
# How long a look-up waits at most for the set before its own, in seconds.
LINGER = 0.004
# Waiting look-ups; at some thousands a second this is a tenth of a second's work, and whoever comes then is told so.
MOST_WAITING = 500
# How long a caller waits for its answer, in seconds: a database that takes what is sent and never answers keeps the
# lanes, and nothing but this tells those who wait.
PATIENCE = 6.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    question: Question
    outcome: asyncio.Future[GateRow]
    since: float


class Gatherer:
    """Answers look-ups of many callers together; belongs to one event loop from its first question on."""

    def __init__(
        self,
        db: Database,
        keys: Keys,
        *,
        simulated: bool,
        linger: float = LINGER,
        most_waiting: int = MOST_WAITING,
        observe: Callable[[int], None] = lambda _size: None,
        patience: float = PATIENCE,
    ) -> None:
        """`observe` is told how many citizens each statement asks about."""
        self._keys, self._simulated = keys, simulated
        self._linger, self._most_waiting, self._observe = linger, most_waiting, observe
        self._patience = patience
        self._gates = [Gate(db) for _ in range(SINGLE_LANES + LIST_LANES)]
        self._idle, self._idle_lists = self._gates[:SINGLE_LANES], self._gates[SINGLE_LANES:]
        self._waiting: deque[_Waiting] = deque()
        self._waiting_lists: deque[asyncio.Future[Gate]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._threads = ThreadPoolExecutor(len(self._gates), thread_name_prefix="gate")

    async def answer(self, caller: PopulationReader, request: LookupRequest) -> Answer:
        """One citizen, in a set with whoever asks meanwhile. Raises DatabaseUnavailable or TooManyLookups."""
        if len(self._waiting) >= self._most_waiting:
            raise TooManyLookups
        loop = asyncio.get_running_loop()
        one = _Waiting(share.question(self._keys, caller, request), loop.create_future(), loop.time())
        self._waiting.append(one)
        self._send(loop)
        try:
            async with asyncio.timeout(self._patience):
                row = await one.outcome
        except TimeoutError:
            raise DatabaseUnavailable from None
        return share.reply(self._keys, caller, request, row, simulated=self._simulated)

    async def answer_list(
        self, caller: PopulationReader, requests: Sequence[LookupRequest]
    ) -> list[Answer | Exception]:
        """A list, in its order, in one statement; what only one of them met stands in its place.

        Raises DatabaseUnavailable, or TooManyLookups when too many lists wait.
        """
        gate = await self._list_lane()
        try:
            questions = [share.question(self._keys, caller, request) for request in requests]
            self._observe(len(questions))
            loop = asyncio.get_running_loop()
            # Shielded: when the caller goes away the lane is still busy until its statement ends.
            asking = loop.run_in_executor(self._threads, gate.ask, questions)
        except BaseException:
            self._free_list_lane(gate)
            raise
        asking.add_done_callback(lambda _: self._free_list_lane(gate))
        try:
            async with asyncio.timeout(self._patience):
                rows = await asyncio.shield(asking)
        except TimeoutError:
            raise DatabaseUnavailable from None
        for row in rows:
            if isinstance(row, LandDataError):
                raise row
        return [
            row
            if isinstance(row, Exception)
            else share.reply(self._keys, caller, request, row, simulated=self._simulated)
            for request, row in zip(requests, rows, strict=True)
        ]

    def close(self) -> None:
        """Wait for what is under way, then close the connections."""
        self._threads.shutdown(wait=True)
        for gate in self._gates:
            gate.close()

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send off what waits, unless it had better wait for more."""
        while self._waiting and self._idle:
            waited = loop.time() - self._waiting[0].since
            busy = len(self._idle) < SINGLE_LANES
            if busy and len(self._waiting) < MOST_IN_A_SET and waited < self._linger:
                if self._timer is None:
                    self._timer = loop.call_later(self._linger - waited, self._on_time, loop)
                return
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_A_SET))]
            # Whoever gave up meanwhile was not asked about.
            together = [one for one in taken if not one.outcome.done()]
            if together:
                self._observe(len(together))
                self._threads.submit(self._ask, loop, self._idle.pop(), together)

    def _on_time(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._send(loop)

    def _ask(self, loop: asyncio.AbstractEventLoop, gate: Gate, together: list[_Waiting]) -> None:
        outcomes = gate.ask([one.question for one in together])
        loop.call_soon_threadsafe(self._hand_out, loop, gate, together, outcomes)

    def _hand_out(
        self, loop: asyncio.AbstractEventLoop, gate: Gate, together: list[_Waiting], outcomes: list[Outcome]
    ) -> None:
        self._idle.append(gate)
        for one, outcome in zip(together, outcomes, strict=True):
            if one.outcome.done():
                continue  # its caller went away; the row in the log says that it was answered
            if isinstance(outcome, Exception):
                one.outcome.set_exception(outcome)
            else:
                one.outcome.set_result(outcome)
        self._send(loop)

    async def _list_lane(self) -> Gate:
        if self._idle_lists:
            return self._idle_lists.pop()
        if len(self._waiting_lists) >= self._most_waiting:
            raise TooManyLookups
        turn: asyncio.Future[Gate] = asyncio.get_running_loop().create_future()
        self._waiting_lists.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                return await turn
        except (asyncio.CancelledError, TimeoutError) as error:
            if turn.done() and not turn.cancelled():
                self._free_list_lane(turn.result())
            if isinstance(error, TimeoutError):
                raise DatabaseUnavailable from None
            raise

    def _free_list_lane(self, gate: Gate) -> None:
        while self._waiting_lists:
            turn = self._waiting_lists.popleft()
            if not turn.done():
                turn.set_result(gate)
                return
        self._idle_lists.append(gate)
