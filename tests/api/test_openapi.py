"""The description is whole: every route, no loose reference, and an answer of exactly 18 fields."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from fastapi.routing import APIRoute

import api.routes
from api.callers import deciding_office, population_reader, province_office, public, statistics_reader
from api.clerks import case_reader
from api.depositors import depositor
from api.limits import fair
from api.main import create_app
from api.metrics import Metrics
from api.overseers import source_reader
from api.parcel_readers import proven_reader
from api.people import holder
from api.routes import health
from api.watchers import watcher
from landdata.model.fields import FIELDS
from landdata.settings import Settings


@pytest.fixture(scope="module")
def app():
    return create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", public_url="https://land.example"))


@pytest.fixture(scope="module")
def described(app) -> dict[str, Any]:
    return app.openapi()


def every(value: Any) -> list[dict[str, Any]]:
    found = [value] if isinstance(value, dict) else []
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found + [one for part in inside for one in every(part)]


def routes() -> list[APIRoute]:
    names = [one.name for one in pkgutil.iter_modules(api.routes.__path__)]
    modules = [importlib.import_module(f"api.routes.{name}") for name in names]
    routers = [getattr(module, "router", None) or health.make_router(Metrics()) for module in modules]
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


def is_limited(dependant: Any) -> bool:
    return dependant.call is fair or any(is_limited(inner) for inner in dependant.dependencies)


def callers_of(dependant: Any) -> set[Any]:
    here = {dependant.call} & {
        population_reader,
        province_office,
        deciding_office,
        statistics_reader,
        case_reader,
        depositor,
        proven_reader,
        source_reader,
        watcher,
        holder,
        public,
    }
    return here.union(*(callers_of(inner) for inner in dependant.dependencies))


def test_every_route_says_who_may_call():
    without = [route.path for route in routes() if not callers_of(route.dependant)]
    assert without == []
    assert len(routes()) >= 15


def test_every_route_is_described_and_nothing_else(described):
    own = {(route.path, method.lower()) for route in routes() for method in route.methods}
    told = {(path, method) for path, operations in described["paths"].items() for method in operations}
    assert told == own


def test_a_route_with_a_caller_says_which_scope(described):
    for route in routes():
        # Forms carry the proof of their sender, or come with its secret.
        proven = bool(callers_of(route.dependant) - {public}) or (
            route.path.startswith("/oauth2/") and "POST" in route.methods
        )
        for method in route.methods:
            assert ("security" in described["paths"][route.path][method.lower()]) == proven, route.path


def test_every_reference_leads_somewhere(described):
    assert described["openapi"] == "3.1.0"
    schemas = described["components"]["schemas"]
    references = {one["$ref"] for one in every(described) if isinstance(one.get("$ref"), str)}
    assert references <= {f"#/components/schemas/{name}" for name in schemas}
    assert {"Problem", "LookupIn", "LookupAnswer", "UnitScopeIn"} <= set(schemas)
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)


def test_errors_are_described_as_problems(described):
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400" and not path.startswith("/oauth2/"):
                    assert set(response["content"]) == {"application/problem+json"}, (path, status)


def test_whatever_is_limited_says_so(described):
    """Whoever asks about people is limited, by a dependency or within the route."""
    limited = [route for route in routes() if is_limited(route.dependant) or route.path.startswith("/v1/residency/")]
    assert len(limited) == 4
    for route in limited:
        [method] = route.methods
        answers = described["paths"][route.path][method.lower()]["responses"]
        assert "Retry-After" in answers["429"]["headers"], route.path
        assert all("RateLimit" in answer["headers"] for status, answer in answers.items() if status != "401")


def test_what_is_always_there_is_required(described):
    always = {"status", "request_id", "access_id", "coverage_as_of", "record_version", "simulated", "withheld"}
    assert set(described["components"]["schemas"]["LookupAnswer"]["required"]) == always


def test_the_answer_has_exactly_the_eighteen_fields(described):
    schemas = described["components"]["schemas"]
    places = ("LandCertificate", "LandParcel", "LandPurpose", "LandAsset")
    found = [name for place in places for name in schemas[place]["properties"]]
    structure = {"ref", "parcels", "purposes", "assets", "null_reasons"}
    assert sorted(set(found) - structure) == sorted(field.name for field in FIELDS)
    assert len(FIELDS) == 18


def test_no_description_carries_a_machine_path(described):
    assert "/tmp/" not in str(described)  # noqa: S108 - looked for, not used
    assert described["servers"] == [{"url": "https://land.example"}]
