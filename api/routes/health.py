"""Whether the process lives, whether it can work, and its figures; nothing about anyone."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.callers import AnyCaller, public
from api.metrics import Metrics
from api.schemas.health import Health
from api.schemas.problems import documented
from api.services import Served
from landdata.flows import reference
from landdata.store import migrate

TEXT = "text/plain; version=0.0.4; charset=utf-8"


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

    @router.get("/health")
    async def health(_: AnyCaller) -> Health:
        """Alive; asks nobody, so that a slow database never gets a live process killed."""
        return Health(status="alive", version=installed_version())

    @router.get("/ready", responses=documented(503))
    def ready(_: AnyCaller, services: Served) -> Health:
        """The database answers, has the schema that this program was written for, and holds the reference data."""
        # Neither goes back while we run, and comparing reads all migrations and reference files: once is enough.
        if not checked:
            migrate.check_current(services.db)
            reference.check_loaded(services.db, services.settings.reference_dir)
            checked.add("database")
        with services.db.read():
            return Health(status="ready", version=installed_version())

    @router.get(
        "/metrics",
        response_class=Response,
        dependencies=[Depends(public)],
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def figures() -> Response:
        """Prometheus text format, of this process."""
        return Response(metrics.text(), media_type=TEXT)

    return router
