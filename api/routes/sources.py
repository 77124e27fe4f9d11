"""Sources: how each land office stands, what it promised, its life event by event, and what the ministry says about it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.overseers import SourceCaller, SourceManager
from api.requests import refuse_repeats, strict_json
from api.routes.sessions import CHANGES
from api.schemas.problems import documented
from api.schemas.sources import (
    PromiseIn,
    ProvinceSources,
    SourceLife,
    SourceQuery,
    SourcesOut,
    SourceStep,
    SourceStepIn,
)
from api.schemas.text import UnitCode
from api.services import Served
from landdata.errors import SourceUnknown
from landdata.flows import sources
from landdata.model.clients import DELIVER_SCOPE
from landdata.model.sources import SourceList
from landdata.store.engine import Database
from landdata.writing.sources import as_csv

router = APIRouter(prefix="/v1/sources", tags=["sources"], dependencies=[Depends(refuse_repeats)])
READS = {"security": [{"session": []}, {"oauth2": [DELIVER_SCOPE]}]}
Body = Depends(strict_json)
Asked = Annotated[SourceQuery, Query()]
Province = Annotated[UnitCode, Path(description="Code of the province.")]
_READING = documented(400, 401, 403, 404, 422, 503)
_CHANGING = documented(400, 401, 403, 404, 409, 413, 415, 422, 503)
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same as a table.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}
_SAYS = {SourceStep.PAUSE: sources.pause, SourceStep.RESUME: sources.resume, SourceStep.END: sources.end}


@router.get(".csv", openapi_extra=READS, response_class=Response, responses={**_CSV, **_READING})
def sources_csv(caller: SourceCaller, services: Served, query: Asked) -> Response:
    """The same as a table: a line for each province of a source, and for each province without one."""
    found = _listed(caller.database(services), query, caller.office_code)
    return Response(
        "\ufeff" + as_csv(found),  # without the mark Excel reads UTF-8 as the local code page
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="sources_{found.division}_{found.on}.csv"',
            "Cache-Control": "no-store",
        },
    )


@router.get("", openapi_extra=READS, responses=_READING)
def list_sources(caller: SourceCaller, services: Served, response: Response, query: Asked) -> SourcesOut:
    """How every source stands, by the provinces of a division; a land office sees its own."""
    response.headers["Cache-Control"] = "no-store"
    found = _listed(caller.database(services), query, caller.office_code)
    return SourcesOut.of(found, simulated=services.settings.simulated)


@router.get("/{province}", openapi_extra=READS, responses=_READING)
def show_sources(
    caller: SourceCaller, services: Served, response: Response, province: Province, query: Asked
) -> ProvinceSources:
    """The sources of a province with their lives: every change, when, and what it came from."""
    response.headers["Cache-Control"] = "no-store"
    views = sources.shown(
        caller.database(services),
        province=province,
        on=query.on,
        division=query.division,
        office_code=caller.office_code,
    )
    return ProvinceSources(province=province, sources=[SourceLife.whole(one) for one in views])


@router.post("/{province}/steps", dependencies=[Body], openapi_extra=CHANGES, responses=_CHANGING)
def say_step(caller: SourceManager, services: Served, province: Province, said: SourceStepIn) -> SourceLife:
    """Pause a source, resume it or end it, with a reason; from then on its promise counts anew."""
    db = services.pools.uploader
    _require_there(db, province, said.office)
    _SAYS[said.step](db, office_code=said.office, login=caller.login, reason=said.reason)
    return SourceLife.whole(sources.of_office(db, office_code=said.office))


@router.post("/{province}/promises", status_code=201, dependencies=[Body], openapi_extra=CHANGES, responses=_CHANGING)
def say_promise(caller: SourceManager, services: Served, province: Province, said: PromiseIn) -> SourceLife:
    """Note what a source promises from now on; what it promised before stays on record."""
    db = services.pools.uploader
    _require_there(db, province, said.office)
    sources.promise(db, office_code=said.office, promised=said.promised, login=caller.login, reason=said.reason)
    return SourceLife.whole(sources.of_office(db, office_code=said.office))


def _listed(db: Database, query: SourceQuery, office_code: str | None) -> SourceList:
    return sources.listed(db, on=query.on, division=query.division, office_code=office_code)


def _require_there(db: Database, province: str, office: str) -> None:
    """Whoever names an office in another province than its own has mistaken one of the two. Raises SourceUnknown."""
    found = sources.listed(db, office_code=office).sources
    if province not in {where.code for one in found for where in one.provinces}:
        raise SourceUnknown(source=f"{province}/{office}")
