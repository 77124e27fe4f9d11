"""The blocking client: carries out the steps of the core with one connection pool; any thread may use it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Self, TypeVar

import httpx
from joserfc.jwk import ECKey

from api.client.answers import Answer, ChangePage, Refused
from api.client.core import BATCH_MOST, Core, Flow, Pause, Send
from api.client.errors import LandClientError
from api.client.heads import LogHeads
from api.client.questions import Question
from api.client.retries import Retries
from api.client.tokens import Token

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
T = TypeVar("T")


class LandClient:
    """A consumer's client: tokens by private_key_jwt, bound by DPoP to a key of its holder, retries that repeat safely.

    `issuer` is the service's public address; `url` where it is reached, when that is another one. `dpop` is True for a
    key made for this client, a key of your own, or False: with a client certificate, or where the agreement allows a
    token without a binding. `http` is a connection pool of your own (client certificates, a
    proxy); without one, proxies of the environment are not used: they must not see citizen numbers. Every call raises
    Problem, TokenRefused, Unreachable or AnswerUnreadable.
    """

    def __init__(
        self,
        issuer: str,
        *,
        client_id: str,
        key: ECKey,
        url: str | None = None,
        token_url: str | None = None,
        scope: str | None = None,
        dpop: bool | ECKey = True,
        retries: Retries | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        http: httpx.Client | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._core = Core(
            issuer, client_id=client_id, key=key, url=url, token_url=token_url, scope=scope, dpop=dpop, retries=retries
        )
        self._own = http is None
        self._http = http or httpx.Client(timeout=timeout, trust_env=False)
        self._fetching = threading.Lock()
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless they are the caller's own."""
        if self._own:
            self._http.close()

    def lookup(self, question: Question) -> Answer:
        """Ask about one citizen. To ask again after an error, hand in the same question: its request_id repeats safely."""
        return self._run(self._core.lookup(question))

    def batch(self, questions: Iterable[Question], *, size: int = BATCH_MOST) -> Iterator[Answer | Refused]:
        """Ask about any number of citizens, `size` a call (1..1000); answers in the order asked.

        Questions are taken as answers are: never more than one call's are in memory.
        """
        if not 1 <= size <= BATCH_MOST:
            raise ValueError(f"size is 1..{BATCH_MOST}")
        waiting = iter(questions)
        while some := list(islice(waiting, size)):
            yield from self._run(self._core.batch(some))

    def changes(self, cursor: str | None = None) -> Iterator[ChangePage]:
        """Pages of the change feed after `cursor`, until there is no more for now."""
        more = True
        while more:
            page = self._run(self._core.changes(cursor))
            yield page
            cursor, more = page.next_cursor, page.has_more

    def heads(self, days: int = 31) -> LogHeads:
        """The newest head of the access log, and signed counts of this client's requests of so many days."""
        return self._run(self._core.heads(days))

    def _run(self, flow: Flow[T]) -> T:
        """Carry out the steps of a flow to its end."""
        thrown: Exception | None = None
        result: httpx.Response | Token | None = None
        while True:
            try:
                step = flow.throw(thrown) if thrown is not None else flow.send(result)
            except StopIteration as end:
                value: T = end.value
                return value
            thrown = result = None
            if isinstance(step, Send):
                try:
                    result = self._http.send(step.request, follow_redirects=False)
                except httpx.TransportError as error:
                    thrown = error
            elif isinstance(step, Pause):
                self._sleep(step.seconds)
            else:
                result = self._token(step.refused)

    def _token(self, refused: str | None) -> Token:
        """A token that can be used; one thread fetches, and the others wait only when there is none at all."""
        purse = self._core.purse
        held = purse.usable()
        if held is not None and held.value != refused and (not held.due or self._fetching.locked()):
            return held
        with self._fetching:
            if refused is not None:
                purse.forget(refused)
            now = purse.usable()
            if now is not None and not now.due:  # another came before us
                return now
            try:
                return self._run(self._core.fetch_token())
            except LandClientError:
                if now is None:
                    raise
                return purse.postpone(now)  # renewal can wait as long as the old one lives
