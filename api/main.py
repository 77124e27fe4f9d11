"""Makes the application: `create_app(settings)`; nothing happens at import."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from api import errors, openapi, tracing
from api.direct import DirectRoutes
from api.metrics import Metrics
from api.requests import Envelope
from api.routes import (
    alerts,
    cases,
    coverage,
    decisions,
    deliveries,
    features,
    feed,
    heads,
    health,
    indicators,
    ladder,
    matching_quality,
    movements,
    oauth,
    parcel_lives,
    reports,
    residency,
    returns,
    runs,
    sessions,
    sources,
    tiles,
    units,
    uploads,
)
from api.services import open_services
from api.web import lost, pages
from api.web.places import PLACES
from landdata.settings import settings as settings_of_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from landdata.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application. Its database and keys are opened when it starts and closed when it ends."""
    given = settings or settings_of_process()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = open_services(given, metrics)
        app.state.services = services
        app.state.database, app.state.settings = services.pools.dashboard, given  # the pages ask for these two
        try:
            yield
        finally:
            services.close()

    app = FastAPI(
        title="Land data sharing service",
        version=health.installed_version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # A redirect to the other spelling would carry the Host header of the caller.
        redirect_slashes=False,
        telemetry=tracing.NONE_OF_THE_FRAMEWORK,
    )
    errors.install(app, metrics, to_people=lost.told)
    # Routes are tried in this order, and every one in vain costs: what is asked most stands first.
    busiest = (residency.router, tiles.router, features.router)
    app.router.routes.append(DirectRoutes(busiest))
    for router in busiest:
        app.include_router(router)
    oauth.install(app)
    app.include_router(health.make_router(metrics))
    for module in (
        units, coverage, ladder, movements, indicators, deliveries, decisions, returns, cases, feed, heads,
        matching_quality, runs, sources, alerts, reports, sessions, uploads, parcel_lives,
    ):  # fmt: skip
        app.include_router(module.router)
    openapi.install(app, given.public_url)
    pages.mount(app)
    # The last one added stands outermost: it must see every request and every error.
    app.add_middleware(
        Envelope,
        metrics=metrics,
        delivery_bytes=given.delivery_max_bytes,
        forms_with_files=frozenset(PLACES.deliver.paths),
        forms_with_tables=frozenset(PLACES.indicator_upload.paths),
        to_people=lost.told,
    )
    return app
