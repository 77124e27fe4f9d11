"""What the developers' pages read out of our own description: all of it, with examples that are code."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from api.described import meanings
from api.described.meanings import answer_meaning, meaning, parted
from api.main import create_app
from api.web.developers import GROUPS
from api.web.reference import operations
from landdata.settings import Settings

MEANINGS = Path(meanings.__file__).with_name("meanings.toml")
# Said the same way in both languages.
SAME = {"GeoJSON.", "JSON Schema.", "OpenAPI 3.0."}


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
    assert parted("Một / One") == ("Một", "One")
    assert parted("OAuth") == ("OAuth", "OAuth")
    assert answer_meaning("Trả lời / Answered. The file.") == ("Trả lời. Tệp.", "Answered. The file.")
    assert answer_meaning("Đã nhận / Taken.") == ("Đã nhận.", "Taken.")
    assert meaning("", "current", "get-sessions") != meaning("", "current", "put-sessions-current-password")


def test_everything_on_the_pages_is_said_in_vietnamese_and_in_english(every):
    """A parameter, a field or an answer that nobody put into Vietnamese is named here."""
    lacking = {
        (one.name, name)
        for one in every.values()
        for name, said in [
            *((each.name, each.told) for each in (*one.parameters, *one.body[1], *one.given)),
            *((each.status, each.told) for each in one.answers), ("", one.summary),
        ]
        if not said.vi or not said.en or (said.vi == said.en and said.en not in SAME)
    }  # fmt: skip
    assert not lacking, "write them into api/described/meanings.toml"


def test_no_meaning_is_left_over_or_in_english_still(every):
    """What the description no longer says goes from the file, too."""
    written = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))
    shown = [(one, each) for one in every.values() for each in (*one.parameters, *one.body[1], *one.given)]
    texts = {each.told.en for _, each in shown}
    answers = " ".join(each.told.en for one in every.values() for each in one.answers)
    names = {name for one, each in shown for name in (each.name, f"{one.name}.{each.name}")}
    assert written["texts"].keys() <= texts
    assert [own for own in written["answers"] if own not in answers] == []
    assert written["names"].keys() <= names
    used = {each.told for _, each in shown}
    assert [name for name, both in written["names"].items() if tuple(both) not in used] == []
    vi = [*written["texts"].values(), *written["answers"].values(), *(both[0] for both in written["names"].values())]
    assert [one for one in vi if one.isascii() and one not in SAME] == []
