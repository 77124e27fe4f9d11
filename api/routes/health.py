"""Whether the process lives, whether it can work, and its figures; nothing about anyone."""

import time
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.callers import AnyCaller, public
from api.metrics import Metrics
from api.schemas.health import Health
from api.schemas.problems import documented
from api.services import Served
from landdata.errors import DatabaseUnavailable
from landdata.flows import alerts, asking, connections, feed, jobs, reference
from landdata.store import disks, migrate, spool

# Whoever asks for figures more often gets the lag of before: it costs a look at the database.
_LAG_SECONDS = 10.0
# The sealer comes every minute: after so long without a seal somebody has to look.
LATE_SECONDS = 300
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@cache  # reading the package's papers costs more than all the rest of a sign of life
def installed_version() -> str:
    """The version of the installed package; `0` when it runs from a folder."""
    try:
        return version("landdata")
    except PackageNotFoundError:
        return "0"


def make_router(metrics: Metrics) -> APIRouter:
    """The routes over the metrics of one application."""
    router = APIRouter(tags=["health"])
    checked: set[str] = set()
    shown: dict[str, float] = {}

    @router.get("/health")
    async def health(_: AnyCaller) -> Health:
        """Alive; asks nobody, so that a slow database never gets a live process killed."""
        return Health(status="alive", version=installed_version())

    @router.get("/ready", responses=documented(503))
    def ready(_: AnyCaller, services: Served) -> Health:
        """The database lets all of our roles in, has the schema of this program, and holds the reference data.

        `access_log` says whether entries are sealed, late, or have waited so long that look-ups are refused.
        """
        # Neither goes back while we run, and comparing reads all migrations and reference files: once is enough.
        if not checked:
            migrate.check_current(services.pools.dashboard)
            reference.check_loaded(services.pools.dashboard, services.settings.reference_dir)
            checked.add("database")
        for pool in services.pools.every():
            with pool.read():
                continue
        log = services.heads.asked()
        found = "stopped" if log.stopped else "late" if log.unsealed_seconds > LATE_SECONDS else "sealed"
        return Health(status="ready", version=installed_version(), access_log=found)

    @router.get(
        "/metrics",
        response_class=Response,
        dependencies=[Depends(public)],
        responses={200: {"content": {"text/plain": {}}}},
    )
    def figures(services: Served) -> Response:
        """Prometheus text format: of this process, disks, consumers, jobs, alerts, the population platform, the log."""
        chosen = services.settings
        metrics.show_disks(disks.look(chosen.disks), alarm_share=chosen.disk_alarm_share)
        metrics.show_spool(spool.waiting_bytes(chosen.data_dir))
        if time.monotonic() - shown.get("lag", -_LAG_SECONDS) >= _LAG_SECONDS:
            shown["lag"] = time.monotonic()
            try:
                metrics.show_lag(feed.lag(services.pools.dashboard))
                metrics.show_log(services.heads.asked())
                metrics.show_population(asking.health(services.pools.dashboard))
                metrics.show_jobs(jobs.standings(services.pools.dashboard), now=datetime.now(UTC))
                metrics.show_pulls(connections.listed(services.pools.dashboard))
                metrics.show_alerts(alerts.open_by_rule(services.pools.dashboard))
            except DatabaseUnavailable:
                metrics.show_lag(())
        return Response(metrics.text(), media_type=TEXT)

    return router
