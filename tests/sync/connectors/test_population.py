"""The connector against the mock platform: one request, answers in order, and what goes wrong said in one of two ways."""

from __future__ import annotations

import logging
from contextlib import closing
from uuid import uuid4

import httpx
import pytest
from syncworld import platform

from landdata.errors import PopulationRefuses, PopulationUnavailable
from landdata.model.persons import Answer, Claim
from sync.connectors.population import PopulationPlatform, _answers


@pytest.fixture
def mock(data_dir):
    with platform(data_dir) as client:
        yield client


@pytest.fixture
def connector(mock, data_dir):
    secret = data_dir / "population" / "landdata.secret"
    with closing(PopulationPlatform(str(mock.base_url), client_id="landdata", secret_file=secret)) as made:
        yield made


@pytest.fixture
def claims(people):
    """Forty people as they are, and then one with another's name and one whom nobody knows."""
    some = people.persons[:40]
    said = [Claim(uuid4(), one.full_name, one.id_number, one.date_of_birth, one.birth_year) for one in some]
    other = next(one for one in people.persons if one.full_name != some[0].full_name)
    said.append(Claim(uuid4(), other.full_name, some[0].id_number, None, some[0].birth_year))
    said.append(Claim(uuid4(), "Nguyễn Văn A", "099999999999", None, 1970))
    return said


def named(found: list[Answer]) -> list[list[str]]:
    return [[one.id_number for one in answer.bearers] for answer in found]


def wanted(claims: list[Claim]) -> list[list[str]]:
    return [[one.id_number] for one in claims[:-1]] + [[]]


@pytest.mark.parametrize("mood", ["normal", "duplicating", "reordering"])
def test_who_bears_the_number_is_told_whether_or_not_the_name_agrees(mock, connector, claims, mood):
    mock.put("/moods", json={"mood": mood, "seed": 1, "share": 0.7})
    found = connector.verify(claims, request_id=uuid4())
    assert [one.identity_key for one in found] == [one.identity_key for one in claims]
    assert named(found) == wanted(claims)


@pytest.mark.parametrize(("mood", "wait"), [("down", 0), ("failing", 0), ("rate_limiting", 1)])
def test_what_fails_says_how_long_to_stay_away(mock, connector, claims, mood, wait):
    mock.put("/moods", json={"mood": mood})
    with pytest.raises(PopulationUnavailable) as raised:
        connector.verify(claims, request_id=uuid4())
    assert raised.value.wait_seconds == wait
    assert str(raised.value.details["reason"]).startswith("HTTP ")


def test_a_question_that_is_no_question_is_refused(connector, claims):
    once = uuid4()
    connector.verify(claims, request_id=once)
    with pytest.raises(PopulationRefuses):
        connector.verify(claims[1:], request_id=once)
    with pytest.raises(PopulationRefuses) as raised:
        connector.verify([Claim(uuid4(), "A", "12345", None, 1970)], request_id=uuid4())
    assert "12345" not in str(raised.value)


def test_contradictions_are_a_doubt_and_name_nobody(mock, connector, claims, caplog):
    mock.put("/moods", json={"mood": "contradicting", "share": 0.4, "seed": 3})
    with caplog.at_level(logging.WARNING):
        found = connector.verify(claims, request_id=uuid4())
    doubtful = [one for one in found if one.doubt]
    assert 5 < len(doubtful) < 35
    assert {(one.doubt, one.bearers) for one in doubtful} == {("ANSWERS_CONTRADICT", ())}
    assert f"contradicts itself in {len(doubtful)} of 42" in caplog.text
    assert not any(claim.id_number in caplog.text for claim in claims)


def test_a_forgotten_token_is_replaced(connector, claims):
    connector.verify(claims, request_id=uuid4())
    connector._token = "forgotten by a platform that was started again"
    assert named(connector.verify(claims, request_id=uuid4())) == wanted(claims)


PERSON = {"person_ref": "r", "id_number": "1", "full_name": "A", "date_of_birth": "1970", "status": "ALIVE"}


@pytest.mark.parametrize(
    ("lines", "doubt"),
    [
        ([{"ref": "0", "outcome": "MATCH", "persons": [PERSON]}], ""),
        ([{"ref": "0", "outcome": "MATCH", "persons": [PERSON]}] * 2, ""),
        ([{"ref": "0", "outcome": "MISMATCH", "persons": [PERSON, PERSON | {"person_ref": "s"}]}], ""),
        ([{"ref": "0", "outcome": "NOT_FOUND", "persons": []}], ""),
        ([{"ref": "0", "outcome": "NOT_FOUND", "persons": [PERSON]}], "ANSWER_UNREADABLE"),
        ([{"ref": "0", "outcome": "MATCH", "persons": []}], "ANSWER_UNREADABLE"),
        ([{"ref": "0", "outcome": "MATCH", "persons": [3]}], "ANSWER_UNREADABLE"),
        ([{"ref": "0"}], "ANSWER_UNREADABLE"),
        (
            [
                {"ref": "0", "outcome": "MATCH", "persons": [PERSON]},
                {"ref": "0", "outcome": "NOT_FOUND", "persons": []},
            ],
            "ANSWERS_CONTRADICT",
        ),
        (
            [
                {"ref": "0", "outcome": "MATCH", "persons": [PERSON]},
                {"ref": "0", "outcome": "MATCH", "persons": [PERSON | {"date_of_birth": "1971"}]},
                {"ref": "0", "outcome": "MATCH", "persons": [PERSON]},
            ],
            "ANSWERS_CONTRADICT",
        ),
        ([{"ref": "7", "outcome": "MATCH", "persons": [PERSON]}, {"outcome": "MATCH"}], None),
    ],
)
def test_lines_are_checked_before_they_count(lines, doubt):
    asked = [Claim(uuid4(), "A", "024070000001", None, 1970)]
    found = _answers(asked, lines)
    assert [(one.identity_key, one.doubt) for one in found] == [
        (one.identity_key, doubt) for one in asked if doubt is not None
    ]
    assert all(bool(one.bearers) == (not one.doubt and lines[0]["outcome"] != "NOT_FOUND") for one in found)


@pytest.mark.parametrize("data", ["[]", "{}", '{"answers": [1]}', "no JSON"])
def test_what_cannot_be_read_is_no_answer(claims, tmp_path, data):
    (tmp_path / "secret").write_text("s")

    def say(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "t"})
        echoed = httpx.Response(200, content=request.content).json()["request_id"]
        return httpx.Response(200, text=data.replace("{", f'{{"request_id": "{echoed}", ') if "[1]" in data else data)

    connector = PopulationPlatform("http://127.0.0.1:1", client_id="c", secret_file=tmp_path / "secret")
    with closing(connector), httpx.Client(transport=httpx.MockTransport(say)) as answering:
        connector._client = answering
        with pytest.raises(PopulationUnavailable):
            connector.verify(claims, request_id=uuid4())
