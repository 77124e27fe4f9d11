"""The connector against the mock platform in every mood: it comes through, or says that the platform does not answer."""

from __future__ import annotations

import logging
from uuid import uuid4

import pytest
from syncworld import platform

from landdata.errors import PopulationUnavailable
from landdata.model.persons import Claim, ClaimStatus
from sync.connectors.population import PopulationPlatform


@pytest.fixture
def mock(data_dir):
    with platform(data_dir) as client:
        yield client


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def connector(mock, data_dir, pauses):
    secret = data_dir / "population" / "landdata.secret"
    return PopulationPlatform(str(mock.base_url), client_id="landdata", secret_file=secret, sleep=pauses.append)


@pytest.fixture
def claims(people):
    """Forty people as they are, and then one with another's name and one whom nobody knows."""
    some = people.persons[:40]
    said = [Claim(uuid4(), one.full_name, one.id_number, one.date_of_birth, one.birth_year) for one in some]
    other = next(one for one in people.persons if one.full_name != some[0].full_name)
    said.append(Claim(uuid4(), other.full_name, some[0].id_number, None, some[0].birth_year))
    said.append(Claim(uuid4(), "Nguyễn Văn A", "099999999999", None, 1970))
    return said


WANTED = [ClaimStatus.VERIFIED] * 40 + [ClaimStatus.MISMATCH, ClaimStatus.NOT_FOUND]


def feel(mock, mood: str, *, share: float = 1.0, seed: int = 1) -> None:
    assert mock.put("/moods", json={"mood": mood, "share": share, "seed": seed}).status_code == 200


@pytest.mark.parametrize(
    ("mood", "share", "seed"),
    [("normal", 1.0, 1), ("slow", 0.3, 2), ("failing", 0.5, 36), ("duplicating", 0.5, 1), ("reordering", 1.0, 1)],
)
def test_it_comes_through(mock, connector, claims, pauses, mood, share, seed):
    feel(mock, mood, share=share, seed=seed)
    found = connector.verify(claims)
    assert [one.identity_key for one in found] == [one.identity_key for one in claims]
    assert [one.status for one in found] == WANTED
    assert bool(pauses) == (mood == "failing")
    # The platform was asked once, however often it was called: the same request_id.
    assert [one.status for one in connector.verify(claims)] == WANTED


def test_who_is_asked_to_wait_waits(mock, connector, claims, pauses):
    feel(mock, "rate_limiting", share=0.5, seed=36)
    assert [one.status for one in connector.verify(claims)] == WANTED
    assert pauses
    assert all(one >= 1.0 for one in pauses)


@pytest.mark.parametrize("mood", ["down", "failing", "rate_limiting"])
def test_it_gives_up_and_the_claims_stay_pending(mock, connector, claims, pauses, mood):
    feel(mock, mood)
    with pytest.raises(PopulationUnavailable):
        connector.verify(claims)
    assert len(pauses) == 4
    feel(mock, "normal")
    assert [one.status for one in connector.verify(claims)] == WANTED


def test_contradictions_are_never_verified(mock, connector, claims, caplog):
    feel(mock, "contradicting", share=0.4, seed=3)
    with caplog.at_level(logging.WARNING):
        found = connector.verify(claims)
    doubtful = [one for one in found if one.status is ClaimStatus.AMBIGUOUS]
    assert 5 < len(doubtful) < 35
    assert {one.reasons for one in doubtful} == {("PLATFORM_CONTRADICTS_ITSELF",)}
    assert all(one.citizen is None for one in doubtful)
    honest = [(one, wanted) for one, wanted in zip(found, WANTED, strict=True) if one not in doubtful]
    assert all(one.status is wanted for one, wanted in honest)
    assert f"contradicts itself in {len(doubtful)} of 42" in caplog.text
    assert not any(claim.id_number in caplog.text for claim in claims)


def test_a_forgotten_token_is_replaced(mock, connector, claims):
    connector.verify(claims)
    connector._token = "forgotten by a platform that was started again"
    assert [one.status for one in connector.verify(claims)] == WANTED


@pytest.mark.parametrize("data", [[], {}, {"answers": None}, {"answers": [1]}, {"answers": 3}])
def test_what_cannot_be_read_is_no_answer(connector, claims, monkeypatch, data):
    def answer(_client: object, body: dict[str, object]) -> object:
        return {**data, "request_id": body["request_id"]} if isinstance(data, dict) and data else data

    monkeypatch.setattr(connector, "_ask", answer)
    if data == {"answers": None}:
        assert connector.verify(claims) == []
    else:
        with pytest.raises(PopulationUnavailable):
            connector.verify(claims)
