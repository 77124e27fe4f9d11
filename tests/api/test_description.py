"""Whatever the description allows, and much that it does not, is sent to a running service.

No server error, no answer that the description does not know (status, media type, header, shape), and no bad input taken.
"""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS as EVERY
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import events
from landdata.model.clients import DECIDE_SCOPE, DELIVER_SCOPE, RESIDENCY_SCOPES

load_all_checks()
# Bytes of an upload are bytes like any others.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    *EVERY.get_by_names(["allow_header_conformance", "negative_data_rejection", "missing_required_header"]),
]


@pytest.fixture
def database(country):
    """With the reference data, so that questions about units and days have answers."""
    return country


class Senders:
    """Who may call an operation, by the scope that the description asks for; each with a token of its own."""

    def __init__(self, make_machine: Any, agree: Any) -> None:
        self._make, self._agree, self._held = make_machine, agree, {}

    def headers(self, case: Any) -> dict[str, str]:
        """A believed token; with a proof for this request where the token is bound to a key."""
        scopes = [one for each in case.operation.definition.raw.get("security", []) for one in each.get("oauth2", [])]
        if not scopes:
            return {}
        machine, header = self._held.get(scopes[0]) or self._new(scopes[0])
        scheme, _, token = header["Authorization"].partition(" ")
        if scheme == "Bearer":
            return header
        url = f"{machine.issuer}{case.formatted_path}"
        return {**header, "DPoP": machine.proof(case.method.upper(), url, token)}

    def _new(self, scope: str) -> tuple[Any, dict[str, str]]:
        kinds = {
            DELIVER_SCOPE: ("LAND_OFFICE", frozenset({DELIVER_SCOPE})),
            DECIDE_SCOPE: ("LAND_OFFICE", frozenset({DECIDE_SCOPE})),
        }
        machine = self._make(*kinds.get(scope, ("CONSUMER", RESIDENCY_SCOPES)))
        if scope not in kinds:
            self._agree(machine.client_id, rate_per_second=10_000, burst=10_000)
        self._held[scope] = machine, machine.bearer()
        return self._held[scope]


def send(api, make_machine, agree, database, monkeypatch, *, most: int) -> Counter[str]:
    """So many requests to every operation, of either kind; what was answered, by status."""
    monkeypatch.setattr(events, "LONGEST_SECONDS", 0.05)
    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json")
    senders, answered = Senders(make_machine, agree), Counter[str]()
    failures: list[str] = []
    quiet = settings(
        max_examples=most,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    for found in schema.get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = found.ok().as_strategy(generation_mode=mode)

            @quiet
            @given(case=cases, proven=st.sampled_from([True, True, True, False]))
            def check(case: Any, proven: bool) -> None:
                response = case.call(headers=senders.headers(case) if proven else {}, timeout=20)
                answered[f"{response.status_code}"] += 1
                case.validate_response(response, checks=_checks_of(case, response))

            try:
                check()
            except Unsatisfiable:  # nothing of it can be wrong: it has no input
                assert mode is GenerationMode.NEGATIVE
            except (FailureGroup, Failure) as error:
                failures.append(str(error))
    assert not failures, "\n\n".join(failures)
    return answered


def _checks_of(case: Any, response: Any) -> list[Any]:
    """A list that was taken says of each entry on its own line whether it was wrong: its status says nothing of that.

    And 412 is how the upload protocol refuses whoever leaves its version out, before anything else is looked at.
    """
    listed = case.path.endswith(":batch") and response.status_code == HTTPStatus.OK
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        return [one for one in CHECKS if one.__name__ not in {"negative_data_rejection", "missing_required_header"}]
    return [one for one in CHECKS if not (listed and one.__name__ == "negative_data_rejection")]


def test_no_server_error_and_no_undocumented_answer(api, make_machine, agree, database, monkeypatch):
    answered = send(api, make_machine, agree, database, monkeypatch, most=8)
    assert {"200", "401", "422"} <= set(answered)
    assert sum(answered.values()) > 200


@pytest.mark.full
def test_the_same_at_length(api, make_machine, agree, database, monkeypatch):
    send(api, make_machine, agree, database, monkeypatch, most=300)
