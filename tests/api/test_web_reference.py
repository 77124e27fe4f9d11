"""What the developers' pages read out of our own description: all of it, with examples that are code."""

from __future__ import annotations

import json
import shlex

import pytest

from api.main import create_app
from api.web.developers import GROUPS
from api.web.reference import both, operations
from landdata.settings import Settings


@pytest.fixture(scope="module")
def described():
    return create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/x")).openapi()


@pytest.fixture(scope="module")
def every(described):
    return {one.name: one for one in operations(described)}


def test_every_operation_is_there_once_and_in_a_group(described, every):
    said = {(method, path) for path, many in described["paths"].items() for method in many}
    assert {(one.method, one.path) for one in every.values()} == said
    assert len(every) == len(said)
    assert {one.group for one in every.values()} <= set(GROUPS)


def test_examples_are_code_that_runs(every):
    for one in every.values():
        compile(one.python("https://land.example"), one.name, "exec")
        words = shlex.split(one.curl("https://land.example").replace("\\\n", " "))
        assert words[:3] == ["curl", "-sS", "-X"], one.name
        assert words[4].startswith("https://land.example/"), one.name
        assert "{" not in words[4], one.name


def test_fields_and_answers_are_told_with_their_references_followed(every):
    lookup = every["post-residency-land-records-lookup"]
    media, sent, example = lookup.body
    assert media == "application/json"
    assert {"id_number", "full_name"} <= {one.name for one in sent if one.depth == 0 and one.needed}
    assert json.loads(example)["id_number"] == "024090000001"
    assert ("parcel_number", 2) in {(one.name, one.depth) for one in lookup.given}
    assert {one.code for one in lookup.answers if one.status == "403"} == {"AGREEMENT_MISSING"}
    assert lookup.scopes == ("land.residency.read",)
    coverage = every["get-coverage-units"]
    assert coverage.open_to_all
    [level] = [one for one in coverage.parameters if one.name == "level"]
    assert (level.needed, level.kind) == (True, '"province" | "district" | "commune"')
    assert coverage.shown_path == "/v1/coverage/units?level=province"


def test_both_languages_are_told_apart():
    assert both("Một / One") == ("Một", "One")
    assert both("OAuth") == ("OAuth", "OAuth")
