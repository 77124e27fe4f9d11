"""Prometheus figures of one process, how far consumers are, how jobs stand, what is wrong; nothing about any person."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from landdata.model.access_log import LogState
from landdata.model.asking import Breaker, Health
from landdata.model.connections import Connection
from landdata.model.connections import Standing as Connected
from landdata.model.feed import Lag
from landdata.model.jobs import Standing
from landdata.model.webhooks import WebhookState
from landdata.store.disks import Disk

_OF_JOBS = {
    "waiting": "Jobs in the queue that wait, also for another try.",
    "oldest_waiting_seconds": "How long the oldest waits that could start now.",
    "last_done_seconds": "Time since a run was last done.",
    "failures": "Tries that failed or were killed, ever.",
    "kills": "Tries that were killed, ever.",
    "promise_broken": "1 while a job does not keep what it promises.",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_of(sent: str) -> str:
    """The method as a label: a made-up one must not make a new series."""
    return sent if sent in _METHODS else "OTHER"


class Metrics:
    """Counters with a registry of their own, so that two applications in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "landdata_http_requests",
            "Answered requests.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "landdata_http_request_seconds",
            "Time from the first byte of a request to the last byte of its answer.",
            ("route", "status"),
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
            registry=self.registry,
        )
        # Both by (method, route, status): looking them up by their labels costs more than counting.
        self._answers: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._gate_sets = Histogram(
            "landdata_gate_set_size",
            "Look-ups that one statement of the gate answered.",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
            registry=self.registry,
        )
        self.refused_tokens = Counter(
            "landdata_refused_tokens",
            "Refused access tokens, client assertions, secrets and DPoP proofs, and objects that are not the caller's.",
            ("cause",),
            registry=self.registry,
        )
        self.turned_away = Counter(
            "landdata_turned_away",
            "Requests of proven clients refused before the gate, so without a row in the access log; by code.",
            ("code",),
            registry=self.registry,
        )
        self._outstanding = Gauge(
            "landdata_feed_outstanding",
            "Changes that a consumer has not fetched.",
            ("client",),
            registry=self.registry,
        )
        self._behind = Gauge(
            "landdata_feed_behind_seconds",
            "Age of the oldest change that a consumer has not fetched.",
            ("client",),
            registry=self.registry,
        )
        self._webhook = Gauge(
            "landdata_webhook_state",
            "1 for the state a consumer's webhook is in.",
            ("client", "state"),
            registry=self.registry,
        )

        self._unsealed = Gauge(
            "landdata_access_log_unsealed_seconds",
            "Age of the oldest entry of the access log that has no seal; alarm at 300.",
            registry=self.registry,
        )
        self._unanchored = Gauge(
            "landdata_access_log_unanchored_seconds",
            "Age of the oldest entry of the access log that no anchored seal covers; personal data stops at 14400.",
            registry=self.registry,
        )
        self.limited_requests = Counter(
            "landdata_limited_requests",
            "Requests of proven clients refused for being too many.",
            ("limit",),
            registry=self.registry,
        )

        self._unlogged = Counter(
            "landdata_unlogged_refusals",
            "Look-ups refused without a row in the access log: kept on disk for it, or lost.",
            ("outcome",),
            registry=self.registry,
        )
        self._population = Gauge(
            "landdata_population_breaker",
            "1 for the state of the circuit breaker before the population platform: CLOSED, OPEN or HALF_OPEN.",
            ("state",),
            registry=self.registry,
        )
        self._population_failures = Gauge(
            "landdata_population_failures",
            "Requests to the population platform that failed since one went well.",
            registry=self.registry,
        )
        self._population_asked = Gauge(
            "landdata_population_asked_today",
            "Holders sent to the population platform today, by all workers.",
            registry=self.registry,
        )
        self._population_waiting = Gauge(
            "landdata_population_batches_waiting",
            "Questions to the population platform without an answer.",
            registry=self.registry,
        )
        self._spool = Gauge(
            "landdata_spool_bytes",
            "Refused look-ups on disk that wait for their row in the access log.",
            registry=self.registry,
        )
        self.machine_faults = Counter(
            "landdata_machine_faults",
            "Requests that failed for a reason of this machine: database, disk, access log.",
            ("code",),
            registry=self.registry,
        )
        self._jobs = {
            name: Gauge(f"landdata_job_{name}", words, ("job",), registry=self.registry)
            for name, words in _OF_JOBS.items()
        }
        self._alerts = Gauge(
            "landdata_alerts_open",
            "Alerts that are open, by rule.",
            ("rule",),
            registry=self.registry,
        )
        self._pull_failures = Gauge(
            "landdata_pull_failures",
            "Pulls of a land office's own service that failed since one went well.",
            ("office", "way"),
            registry=self.registry,
        )
        self._pull_age = Gauge(
            "landdata_pull_last_seconds",
            "Time since a land office's own service was pulled last, however that ended.",
            ("office", "way"),
            registry=self.registry,
        )
        self._disk_free = Gauge(
            "landdata_disk_free_share",
            "Free share of a watched disk, 0 to 1.",
            ("folder",),
            registry=self.registry,
        )
        self._disk_low = Gauge(
            "landdata_disk_low",
            "1 when a watched disk is below LANDDATA_DISK_ALARM_SHARE.",
            ("folder",),
            registry=self.registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one answer."""
        found = self._answers.get((method, route, status))
        if found is None:
            labels = (method_of(method), route, str(status))
            found = self._requests.labels(*labels), self._seconds.labels(*labels[1:])
            self._answers[method_of(method), route, status] = found
        found[0].inc()
        found[1].observe(seconds)

    def gate(self, size: int) -> None:
        """Note how many look-ups one statement of the gate answered; for whoever gathers them."""
        self._gate_sets.observe(size)

    def unlogged(self, outcome: str, many: int) -> None:
        """Note refused look-ups without a row; for whoever keeps them."""
        self._unlogged.labels(outcome).inc(many)

    def show_spool(self, waiting_bytes: int) -> None:
        """Take over how much waits for its row."""
        self._spool.set(waiting_bytes)

    def show_disks(self, found: Sequence[Disk], *, alarm_share: float) -> None:
        """Take over how much room the watched disks have."""
        for disk in found:
            self._disk_free.labels(str(disk.folder)).set(disk.free_share)
            self._disk_low.labels(str(disk.folder)).set(disk.free_share < alarm_share)

    def show_lag(self, found: Sequence[Lag]) -> None:
        """Take over how far consumers are; who is not among them is shown no more."""
        for gauge in (self._outstanding, self._behind, self._webhook):
            gauge.clear()
        for one in found:
            self._outstanding.labels(one.client_id).set(one.outstanding)
            self._behind.labels(one.client_id).set(time.time() - one.oldest_at.timestamp() if one.oldest_at else 0)
            if one.webhook is not None:
                for state in WebhookState:
                    self._webhook.labels(one.client_id, state.value).set(one.webhook.state is state)

    def show_jobs(self, found: Sequence[Standing], *, now: datetime) -> None:
        """Take over how the worker's jobs stand; one that was never done has no time since."""
        for gauge in self._jobs.values():
            gauge.clear()
        for one in found:
            since, done_at = one.queue.waiting_since, one.done_at
            figures = {
                "waiting": one.queue.waiting,
                "oldest_waiting_seconds": (now - since).total_seconds() if since else 0,
                "last_done_seconds": (now - done_at).total_seconds() if done_at else None,
                "failures": one.failures,
                "kills": one.kills,
                "promise_broken": one.broken(now) is not None,
            }
            for name, figure in figures.items():
                if figure is not None:
                    self._jobs[name].labels(one.promise.job).set(figure)

    def show_alerts(self, found: Mapping[str, int]) -> None:
        """Take over how many alerts of each rule are open."""
        for rule, many in found.items():
            self._alerts.labels(rule).set(many)

    def show_pulls(self, found: Sequence[Connection]) -> None:
        """Take over how active connections stand; of several of an office by one way the worst is shown."""
        self._pull_failures.clear()
        self._pull_age.clear()
        active = [one for one in found if one.standing is Connected.ACTIVE]
        for one in sorted(active, key=lambda each: each.failures):
            labels = (one.office_code, one.terms.way.value)
            self._pull_failures.labels(*labels).set(one.failures)
            if one.last is not None:
                self._pull_age.labels(*labels).set(time.time() - one.last.started_at.timestamp())

    def show_log(self, found: LogState) -> None:
        """Take over how far sealing and anchoring are."""
        self._unsealed.set(found.unsealed_seconds)
        self._unanchored.set(found.unanchored_seconds)

    def show_population(self, found: Health) -> None:
        """Take over how the population platform does, as the workers found it."""
        for state in Breaker:
            self._population.labels(state.value).set(found.breaker is state)
        self._population_failures.set(found.failures)
        self._population_asked.set(found.asked)
        self._population_waiting.set(found.waiting)

    def text(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self.registry)
