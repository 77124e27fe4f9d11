"""The description speaks Vietnamese and English everywhere, and every answer has an example that is true to its schema."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.described import texts
from api.main import create_app
from landdata.settings import Settings

# Letters that English does not have.
VIETNAMESE = re.compile(r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)
SETTINGS = Settings(database_url="postgresql://nobody@127.0.0.1:1/none", public_url="https://land.example")
DESCRIBED: dict[str, Any] = create_app(SETTINGS).openapi()
OPERATIONS = [
    pytest.param(operation, id=f"{method} {path}")
    for path, operations in DESCRIBED["paths"].items()
    for method, operation in operations.items()
]
every = pytest.mark.parametrize("operation", OPERATIONS)


def validate(value: Any, schema: dict[str, Any]) -> None:
    Draft202012Validator({**schema, "components": DESCRIBED["components"]}).validate(value)


def examples_of(content: dict[str, Any]) -> list[Any]:
    named = [one["value"] for one in content.get("examples", {}).values()]
    return [*named, content["example"]] if "example" in content else named


@every
def test_it_is_told_in_two_languages(operation):
    vi, slash, en = operation["summary"].partition(" / ")
    assert vi
    assert slash
    assert en
    first, *others = operation["description"].split("\n\n")
    assert VIETNAMESE.search(first)
    assert others
    assert not VIETNAMESE.search(others[0])
    for response in operation["responses"].values():
        assert " / " in response["description"]


@every
def test_every_answer_has_a_true_example(operation):
    for status, response in operation["responses"].items():
        for media, content in response.get("content", {}).items():
            found = examples_of(content)
            assert found, f"{status} {media}"
            for value in found:
                validate(value, content["schema"])


@every
def test_every_body_has_a_true_example(operation):
    for content in operation.get("requestBody", {}).get("content", {}).values():
        found = examples_of(content)
        assert found
        for value in found:
            validate(value, content["schema"])


@every
def test_problems_are_those_of_their_status(operation):
    for status, response in operation["responses"].items():
        for value in examples_of(response.get("content", {}).get("application/problem+json", {})):
            assert str(value["status"]) == status
            assert VIETNAMESE.search(value["detail"] + value["mend"])
            assert not VIETNAMESE.search(value["detail_en"] + value["mend_en"])


def test_no_text_is_left_of_a_route_that_is_gone():
    here = {(method, path) for path, operations in DESCRIBED["paths"].items() for method in operations}
    assert set(texts.OPERATIONS) <= here
