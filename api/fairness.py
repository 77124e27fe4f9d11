"""How much each client may ask: a token bucket and a cap on what is under way at once, per client, in this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from anyio import Lock

from api import problems
from api.days import VIETNAM
from api.metrics import Metrics
from landdata.model.terms import Limits

# The security log: what is refused here leaves no row in the access log.
logger = logging.getLogger("api.security")

# An agreement's other rate holds after this; the count of citizens is asked for again.
TERMS_SECONDS = 5.0
# A flood is told once in this time for each client, not once for each request.
TELL_SECONDS = 60.0

Ask = Callable[[str], Awaitable[Limits | None]]


@dataclass(slots=True)
class Account:
    """What one client has left. `left` requests of `burst`, refilled with `rate` a second; `inside`: under way now."""

    rate: float
    burst: int
    left: float
    filled: float
    inside: int = 0
    limits: Limits | None = None
    known_until: float = 0.0
    policy: str = ""  # it stays the same between two looks at the agreement
    midnight: float = 0.0
    asked_since: int = 0
    told_until: float = 0.0
    untold: int = 0
    lock: Lock = field(default_factory=Lock)

    def refill(self, now: float) -> None:
        self.left = min(self.burst, self.left + (now - self.filled) * self.rate)
        self.filled = now

    def wait(self) -> int:
        """Whole seconds until one more request is there; 0 when the bucket is full."""
        return 0 if self.left >= self.burst else max(1, ceil((1 - self.left % 1) / self.rate))


class Fairness:
    """Accounts of all clients that proved themselves; there are only as many as are registered.

    A client is refused for its own doing only: its bucket and its places are its own, and a refusal costs neither a
    thread nor a connection.
    """

    def __init__(
        self,
        metrics: Metrics,
        ask: Ask,
        *,
        rate: float,
        burst: int,
        places: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics, self._ask, self._clock = metrics, ask, clock
        self._rate, self._burst, self._places = rate, burst, places
        self._accounts: dict[str, Account] = {}

    async def enter(self, client_id: str, headers: dict[str, str]) -> Account:
        """Let a request in, or raise HttpError 429; `headers` gets what the answer has to say, in both cases.

        `leave` has to follow. Raises DatabaseUnavailable when the agreement cannot be asked for.
        """
        account = self._accounts.get(client_id)
        if account is None:
            account = Account(self._rate, self._burst, self._burst, self._clock())
            account.policy = self._policy(account)
            self._accounts[client_id] = account
        if account.inside >= self._places:
            headers |= {**self._told(account), "Retry-After": "1"}
            raise self._refused(account, client_id, problems.TOO_MANY_AT_ONCE, "concurrency")
        account.inside += 1
        admitted = False
        try:
            if self._clock() >= account.known_until:
                await self._learn(account, client_id)
            account.refill(self._clock())
            admitted = account.left >= 1
        finally:
            if not admitted:
                account.inside -= 1
        if not admitted:
            headers |= {**self._told(account), "Retry-After": str(account.wait())}
            raise self._refused(account, client_id, problems.RATE_EXCEEDED, "requests")
        account.left -= 1
        account.asked_since += 1
        headers |= self._told(account)
        return account

    @staticmethod
    def leave(account: Account) -> None:
        """Give the place back, however the request ended."""
        account.inside -= 1

    async def _learn(self, account: Account, client_id: str) -> None:
        async with account.lock:
            now = self._clock()
            if now < account.known_until:
                return
            limits = await self._ask(client_id)
            account.limits, account.known_until, account.asked_since = limits, now + TERMS_SECONDS, 0
            account.refill(now)
            rate, burst = self._rate, self._burst
            if limits is not None and limits.rate_per_second is not None:
                rate, burst = limits.rate_per_second, limits.burst or 1
            if burst != account.burst:
                # A larger bucket comes filled, a smaller one spills: a new rate is no penalty.
                account.left = max(0.0, min(burst, account.left + burst - account.burst))
            account.rate, account.burst = rate, burst
            account.policy, account.midnight = self._policy(account), now + until_midnight()

    def _policy(self, account: Account) -> str:
        policies = [
            f'"requests";q={account.burst};w={max(1, ceil(account.burst / account.rate))}',
            f'"concurrency";q={self._places};qu="concurrent-requests"',
        ]
        if account.limits is not None:
            policies.append(f'"citizens";q={account.limits.daily_quota};w=86400;landdata-unit="citizens"')
        return ", ".join(policies)

    def _told(self, account: Account) -> dict[str, str]:
        """RateLimit-Policy and RateLimit as draft-ietf-httpapi-ratelimit-headers-10 has them, and nothing of anyone else."""
        left = (
            f'"requests";r={int(account.left)};t={account.wait()}, '
            f'"concurrency";r={max(0, self._places - account.inside)}'
        )
        if account.limits is not None:
            # Counted in citizens, not requests. Between two counts every request is taken for a new citizen:
            # rather too little is promised than too much.
            citizens = max(0, account.limits.daily_quota - account.limits.used_today - account.asked_since)
            left += f', "citizens";r={citizens};t={max(1, ceil(account.midnight - account.filled))}'
        return {"RateLimit-Policy": account.policy, "RateLimit": left}

    def _refused(self, account: Account, client_id: str, kind: problems.Kind, limit: str) -> problems.HttpError:
        self._metrics.limited_requests.labels(limit).inc()
        now, account.untold = self._clock(), account.untold + 1
        if now >= account.told_until:
            logger.warning("limited client=%s limit=%s times=%d", client_id, limit, account.untold)
            account.told_until, account.untold = now + TELL_SECONDS, 0
        return problems.HttpError(kind)


def until_midnight() -> int:
    """Whole seconds until the next day in Vietnam begins, at least 1."""
    now = datetime.now(VIETNAM)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), VIETNAM)
    return max(1, ceil((tomorrow - now).total_seconds()))
