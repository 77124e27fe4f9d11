"""Holders asked about through every mood of the real mock process: the same end, each question once, no answer lost."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from claimworld import Mock, outcomes
from sqlalchemy import text
from syncworld import value

from fixtures.population.nation import stream
from landdata.errors import PopulationUnavailable
from landdata.flows import asking, match
from landdata.flows.follow import follow
from landdata.model.asking import Breaker, Limits
from landdata.store import keys as key_files
from tests.bench.asked import claims_of, note_claims

MANY, BATCH = 240, 50
QUESTIONS = 5
DUE = "SELECT count(*) FROM match.claim WHERE status = 'PENDING' OR recheck_at IS NOT NULL"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return key_files.make_all(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    with Mock(tmp_path_factory.mktemp("mock"), stream(MANY, seed=3)).running() as running:
        yield running


@pytest.fixture(scope="module")
def claims(keys):
    return claims_of(stream(MANY, seed=3), keys)


@pytest.fixture(scope="module")
def wanted(shared_country, mock, claims, keys):
    """What an undisturbed run comes to."""
    note_claims(shared_country, claims, keys)
    match.match_pending(mock.asker(shared_country), keys=keys, batch=BATCH)
    found = outcomes(shared_country)
    said = Counter(status for status, *_ in found.values())
    assert set(said) == {"VERIFIED", "MISMATCH", "NOT_FOUND"}
    assert said["VERIFIED"] > MANY / 2
    return found


@pytest.fixture
def db(country, claims, keys):
    note_claims(country, claims, keys)
    return country


@pytest.mark.parametrize(
    ("mood", "share", "seed"),
    [
        ("slow", 0.3, 2),
        ("failing", 0.5, 36),
        ("rate_limiting", 0.5, 36),
        ("duplicating", 0.5, 1),
        ("reordering", 1.0, 1),
    ],
)
def test_the_end_is_the_same(db, mock, keys, wanted, mood, share, seed):
    before, pauses = mock.questions(), []
    mock.feel(mood, share=share, seed=seed)
    assert match.match_pending(mock.asker(db, pauses), keys=keys, batch=BATCH) == len(wanted)
    assert outcomes(db) == wanted
    assert mock.questions() - before == QUESTIONS, "a question that failed was asked again under its own id"
    assert bool(pauses) == (mood in {"failing", "rate_limiting"})
    assert value(db, "SELECT sum(attempts) FROM match.claim") == len(wanted)
    mock.feel("normal")
    assert match.match_pending(mock.asker(db), keys=keys, batch=BATCH) == 0
    assert mock.questions() - before == QUESTIONS, "what was answered is never asked again"


def test_a_contradiction_is_an_outcome_of_its_own(db, mock, keys, wanted):
    mock.feel("contradicting", share=0.4, seed=3)
    match.match_pending(mock.asker(db), keys=keys, batch=BATCH)
    mock.feel("normal")
    found = outcomes(db)
    doubtful = {key for key, one in found.items() if one[0] == "AMBIGUOUS"}
    assert 0.2 * MANY < len(doubtful) < 0.6 * MANY
    assert {found[key][1:4] for key in doubtful} == {(("ANSWERS_CONTRADICT",), None, None)}
    assert {key: one for key, one in found.items() if key not in doubtful} == {
        key: one for key, one in wanted.items() if key not in doubtful
    }


def test_while_it_is_down_nothing_is_lost_and_nothing_sent_in_vain(db, mock, keys, wanted):
    before, limits = mock.questions(), Limits(failures=3, open_seconds=600)
    mock.feel("down")
    for _ in range(2):
        with pytest.raises(PopulationUnavailable):
            match.match_pending(mock.asker(db, limits=limits), keys=keys, batch=BATCH)
    assert value(db, DUE) == len(wanted)
    assert (asking.health(db).breaker, asking.health(db).failures, asking.health(db).waiting) == (Breaker.OPEN, 3, 1)
    mock.feel("normal")
    with pytest.raises(PopulationUnavailable):
        match.match_pending(mock.asker(db, limits=limits), keys=keys, batch=BATCH)
    with db.write() as tx:
        tx.connection.execute(text("UPDATE match.platform SET open_until = clock_timestamp()"))
    assert asking.health(db).breaker is Breaker.HALF_OPEN
    assert match.match_pending(mock.asker(db, limits=limits), keys=keys, batch=BATCH) == len(wanted)
    assert asking.health(db).breaker is Breaker.CLOSED
    assert outcomes(db) == wanted
    assert mock.questions() - before == QUESTIONS


def test_an_answer_that_is_lost_is_asked_for_under_the_same_id(db, mock, keys, wanted):
    before, platform = mock.questions(), mock.connector()

    class Cut:
        """Every second answer never arrives, though the platform gave it; the third takes the worker with it."""

        asked = 0

        def verify(self, claims: Any, *, request_id: UUID) -> Any:
            found = platform.verify(claims, request_id=request_id)
            Cut.asked += 1
            if Cut.asked == 3:
                raise KeyboardInterrupt
            if Cut.asked % 2:
                raise PopulationUnavailable(reason="ReadTimeout")
            return found

    asker = mock.asker(db)
    asker = type(asker)(db, Cut(), asker.limits, asker.sleep)
    with pytest.raises(KeyboardInterrupt):
        match.match_pending(asker, keys=keys, batch=BATCH)
    assert value(db, "SELECT count(*) FROM match.batch") == 1
    assert match.match_pending(asker, keys=keys, batch=BATCH) == len(wanted) - BATCH
    assert outcomes(db) == wanted
    assert mock.questions() - before == QUESTIONS
    assert value(db, "SELECT count(*) FROM match.batch") == 0


def test_citizens_who_change_are_asked_about_again(db, mock, keys):
    match.match_pending(mock.asker(db), keys=keys, batch=BATCH)
    follow(mock.asker(db), keys=keys)
    before = outcomes(db)
    verified = {said[2] for said in before.values()}
    living = [entry for entry in stream(MANY, seed=3) if entry.status == "ALIVE" and entry.person_ref in verified]
    one, other, third = living[:3]
    mock.happen(id_number=one.id_number, died_on="2026-11-01")
    mock.happen(id_number=other.id_number, full_name="Tên Đã Đính Chính")
    mock.happen(id_number=third.id_number, new_id_number="001199999999")
    questions = mock.questions()
    assert follow(mock.asker(db), keys=keys) == value(db, DUE) >= 3
    assert {key: said[:-1] for key, said in outcomes(db).items()} == {key: said[:-1] for key, said in before.items()}
    match.match_pending(mock.asker(db), keys=keys, batch=BATCH)
    assert mock.questions() == questions + 1
    after = outcomes(db)
    assert {after[key][0] for key, said in before.items() if said[2] == other.person_ref} == {"MISMATCH"}
    assert {"PERSON_DEAD" in after[key][1] for key, said in before.items() if said[2] == one.person_ref} == {True}
    assert {"NUMBER_OLD" in after[key][1] for key, said in before.items() if said[2] == third.person_ref} == {True}
    assert follow(mock.asker(db), keys=keys) == 0
