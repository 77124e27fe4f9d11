"""Signing in (security.md, A13): no name is told, no crowd of tries gets past, nothing lives longer than it should."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from peopleworld import PASSWORD, CountingPasswords, World

from landdata.errors import (
    FreshProofNeeded,
    LandDataError,
    PasswordUnfit,
    SecondFactorMissing,
    SecondFactorRefused,
    SessionUnknown,
    SignInBusy,
    SignInRefused,
    StepNeeded,
    TooManyTries,
)
from landdata.flows import entrance, people, proofs, sessions
from landdata.flows.passwords import Passwords
from landdata.model.people import MOST_SESSIONS, Kind, Role, Stage
from landdata.store.engine import Database


@pytest.fixture(scope="module")
def world(new_database, _migrated):
    with new_database(_migrated) as url:
        db = Database(url, pool_size=8)
        yield World(db)
        db.close()


def refused(world, login, password, address=None) -> tuple[str, str, int]:
    """Code, sentence and number of hashes of a try that is refused."""
    before = world.passwords.computed
    with pytest.raises(LandDataError) as caught:
        world.sign_in(login, password, address)
    return caught.value.code, str(caught.value), world.passwords.computed - before


def test_every_reason_why_not_has_one_text_and_one_hash(world):
    known, closed, (invited, _) = world.member(), world.member(), world.invited()
    people.disable(world.db, login=closed, by=world.administrator(), reason="x")
    tries = [
        (known, "sai mật khẩu rồi"), ("khong.co.ai", PASSWORD), (closed, PASSWORD), (invited, PASSWORD),
        ("' OR 1=1 --", "x"), (known, ""),
    ]  # fmt: skip
    assert {refused(world, *one) for one in tries} == {("SIGN_IN_REFUSED", str(SignInRefused()), 1)}


def test_a_name_that_nobody_has_is_not_kept(world):
    refused(world, "mat-khau-go-nham-o", "x", "10.200.0.1")
    event = people.events(world.db, most=1)[0]
    assert (event.kind, event.login, event.address, event.note) == (Kind.SIGN_IN_FAILED, None, "10.200.0.1", "")


def test_four_tries_are_free_then_the_wait_doubles(world):
    login = world.member()
    for _ in range(4):  # from another address each time
        assert refused(world, login, "sai")[0] == "SIGN_IN_REFUSED"
    for wait in (1, 2, 4, 8, 16, 32):
        with pytest.raises(TooManyTries) as caught:
            world.sign_in(login, "sai")
        assert caught.value.details == {"seconds": wait}
        assert refused(world, login, PASSWORD)[2] == 0  # the right one waits as well, and nothing is computed
        world.clock.pass_by(seconds=wait)
        assert refused(world, login, "sai")[0] == "SIGN_IN_REFUSED"
    world.clock.pass_by(minutes=15)
    assert world.who(world.sign_in(login)) is not None
    assert refused(world, login, "sai")[0] == "SIGN_IN_REFUSED"  # forgiven


def test_the_wait_is_never_longer_than_a_quarter_of_an_hour(world):
    for _ in range(18):
        refused(world, "nan.nhan", "sai")
        world.clock.pass_by(minutes=15)
    refused(world, "nan.nhan", "sai")
    with pytest.raises(TooManyTries) as caught:
        world.sign_in("nan.nhan", "sai")
    assert 800 < caught.value.details["seconds"] <= 900


def test_an_address_that_tries_many_names_waits_too(world):
    codes = [refused(world, f"ten.so.{n}", "sai", "10.201.0.1")[0] for n in range(6)]
    assert codes == ["SIGN_IN_REFUSED"] * 4 + ["TOO_MANY_TRIES"] * 2
    mine = [refused(world, f"ten.khac.{n}", "sai", f"2001:db8::{n}")[0] for n in range(1, 6)]
    assert mine[-1] == "TOO_MANY_TRIES"  # 2**64 addresses are one


def test_a_stranger_keeps_nobody_out_of_the_own_office(world):
    login = world.member()
    world.sign_in(login, address="10.202.0.1")
    for _ in range(8):
        refused(world, login, "sai")
    for n in range(8):
        refused(world, f"la.{n}", "sai", "10.202.0.1")
    assert refused(world, login, PASSWORD)[0] == "TOO_MANY_TRIES"  # from elsewhere
    assert world.who(world.sign_in(login, address="10.202.0.1")) is not None
    for _ in range(4):
        refused(world, login, "sai", "10.202.0.1")
    assert (
        refused(world, login, PASSWORD, "10.202.0.1")[0] == "TOO_MANY_TRIES"
    )  # guessing from there is counted as well


def test_a_crowd_of_tries_at_once_gets_four(world):
    login, at = world.member(), World(world.db, world.clock, CountingPasswords(patience=60)).entrance
    barrier = threading.Barrier(12)

    def one(_: int) -> str:
        barrier.wait(30)
        try:
            entrance.sign_in(at, login=login, password="sai", visitor=world.visitor())
        except LandDataError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(12) as pool:
        assert Counter(pool.map(one, range(12))) == {"SIGN_IN_REFUSED": 4, "TOO_MANY_TRIES": 8}


def test_many_may_sign_in_at_once_and_hash_two_at_a_time(world):
    logins = [world.member() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        tokens = list(pool.map(world.sign_in, logins))
    assert [world.who(one).login for one in tokens] == logins
    hasher = Passwords(memory_kib=64, passes=1, patience=0.05)
    with hasher._place(), hasher._place(), pytest.raises(SignInBusy):
        hasher.hash("x")


def test_a_password_changed_while_it_was_compared_opens_nothing(world):
    login = world.member()
    at = World(world.db, world.clock).entrance
    compare = at.passwords.fits

    def slow(*given: str | None) -> bool:
        right = compare(*given)
        people.reset_password(world.db, login=login, by=None, clock=world.clock)
        return right

    at.passwords.fits = slow
    with pytest.raises(SignInRefused):
        entrance.sign_in(at, login=login, password=PASSWORD, visitor=world.visitor())
    assert not people.sessions_of(world.db, login=login, clock=world.clock)


def test_a_busy_machine_counts_no_try(world):
    login, at = world.member(), World(world.db, world.clock, CountingPasswords(patience=0.05)).entrance
    with at.passwords._place(), at.passwords._place():
        for _ in range(6):
            with pytest.raises(SignInBusy):
                entrance.sign_in(at, login=login, password=PASSWORD, visitor=world.visitor())
    assert world.who(world.sign_in(login)) is not None


def test_a_weak_hash_is_made_anew_at_sign_in(world):
    login = world.member()
    stronger = World(world.db, world.clock, CountingPasswords(memory_kib=128, passes=2))
    hashed = "SELECT password_hash FROM people.account JOIN org.person USING (person_id) WHERE login = :login"
    assert "m=64,t=1,p=1" in world.rows(hashed, login=login)[0][0]
    assert stronger.who(stronger.sign_in(login)) is not None
    assert "m=128,t=2,p=1" in world.rows(hashed, login=login)[0][0]
    assert "m=19456,t=2,p=1" in Passwords().hash("x")


def test_a_password_is_the_same_from_any_keyboard(world):
    login = world.member()
    assert (
        world.who(world.sign_in(login, "con tra\u0302u \u0111i tru\u031bo\u031b\u0301c ca\u0301i ca\u0300y"))
        is not None
    )


def test_a_code_is_good_once(world):
    login = world.member(Role.INSPECTOR)
    begun = entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor())
    assert begun.stage is Stage.SECOND_FACTOR
    who, code = world.who(begun.token), world.code(login)
    assert proofs.prove(world.entrance, who, code=code, visitor=world.visitor()).stage is Stage.OPEN
    begun = entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor())
    who = world.who(begun.token)
    for used in (code, world.code(login, steps=-1)):  # the same, and the one before it, which is older
        with pytest.raises(SecondFactorRefused):
            proofs.prove(world.entrance, who, code=used, visitor=world.visitor())
    assert (
        proofs.prove(world.entrance, who, code=world.code(login, steps=1), visitor=world.visitor()).stage is Stage.OPEN
    )


def test_one_code_sent_twice_at_once_is_taken_once(world):
    login = world.member(Role.INSPECTOR)
    begun = [
        entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor()) for _ in range(2)
    ]
    code, barrier = world.code(login), threading.Barrier(2)

    def one(at) -> str:
        who = world.who(at.token)
        barrier.wait(30)
        try:
            return proofs.prove(world.entrance, who, code=code, visitor=world.visitor()).stage
        except SecondFactorRefused as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, begun)) == ["OPEN", "SECOND_FACTOR_REFUSED"]


def test_guessing_codes_is_held_up(world):
    login = world.member(Role.INSPECTOR)
    begun = entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor())
    who, codes = world.who(begun.token), []
    for _ in range(6):
        with pytest.raises(LandDataError) as caught:
            proofs.prove(world.entrance, who, code="00000x", visitor=world.visitor())
        codes.append(caught.value.code)
    assert codes == ["SECOND_FACTOR_REFUSED"] * 4 + ["TOO_MANY_TRIES"] * 2


def test_a_recovery_code_is_good_once_and_noted(world):
    login, code = world.invited(Role.INSPECTOR)
    begun = entrance.sign_in(world.entrance, login=login, password=code, visitor=world.visitor())
    begun = world.step(begun)
    assert begun.stage is Stage.ENROL
    who = world.who(begun.token)
    with pytest.raises(SecondFactorMissing):
        proofs.confirm_factor(world.entrance, who, code="123456", visitor=world.visitor())
    made = proofs.begin_factor(world.entrance, who)
    world.apps[login] = base64.b32decode(made.secret)
    assert made.secret in made.address
    entered, codes = proofs.confirm_factor(world.entrance, who, code=world.code(login), visitor=world.visitor())
    assert (entered.stage, len(set(codes))) == (Stage.OPEN, 10)
    for expected in (Stage.OPEN, None):
        begun = entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor())
        who = world.who(begun.token)
        if expected:
            assert proofs.prove(world.entrance, who, code=codes[3].lower(), visitor=world.visitor()).stage is expected
        else:
            with pytest.raises(SecondFactorRefused):
                proofs.prove(world.entrance, who, code=codes[3], visitor=world.visitor())
    assert people.events(world.db, login=login, kind=Kind.RECOVERY_USED)


def test_a_step_cannot_be_left_out(world):
    login = world.member(Role.INSPECTOR)
    begun = entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor())
    who = world.who(begun.token)
    for act in (
        lambda: proofs.change_password(
            world.entrance, who, current=PASSWORD, new="một câu khác hẳn", visitor=world.visitor()
        ),
        lambda: proofs.begin_factor(world.entrance, who),
        lambda: proofs.confirm_factor(world.entrance, who, code="123456", visitor=world.visitor()),
        lambda: proofs.prove_password(world.entrance, who, password=PASSWORD, visitor=world.visitor()),
    ):
        with pytest.raises(StepNeeded):
            act()


def test_a_second_factor_is_demanded_by_role_or_of_everybody(world):
    plain = world.member(Role.MINISTRY_VIEWER)
    assert plain not in world.apps
    world.second_factor_for_all = True
    try:
        begun = entrance.sign_in(world.entrance, login=plain, password=PASSWORD, visitor=world.visitor())
    finally:
        world.second_factor_for_all = False
    assert begun.stage is Stage.ENROL


def test_sessions_end_when_idle_and_after_twelve_hours(world):
    login = world.member()
    token = world.sign_in(login)
    world.clock.pass_by(minutes=29)
    assert world.who(token) is not None
    world.clock.pass_by(minutes=29)
    assert world.who(token) is not None  # in use
    world.clock.pass_by(minutes=31)
    assert world.who(token) is None
    token = world.sign_in(login)
    for _ in range(25):
        world.clock.pass_by(minutes=28)
        who = world.who(token)
        assert who is not None
        if _ == 20:  # proving anew does not make it longer
            token = proofs.prove_password(world.entrance, who, password=PASSWORD, visitor=world.visitor()).token
    world.clock.pass_by(minutes=25)
    assert world.who(token) is None


def test_an_unfinished_sign_in_ends_in_ten_minutes(world):
    login = world.member(Role.INSPECTOR)
    begun = entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor())
    world.clock.pass_by(minutes=10)
    assert world.who(begun.token) is None


def test_every_step_has_a_new_secret_and_the_old_one_is_dead(world):
    login, code = world.invited(Role.INSPECTOR)
    at = entrance.sign_in(world.entrance, login=login, password=code, visitor=world.visitor())
    seen = [at.token]
    while at.stage is not Stage.OPEN:
        at = world.step(at)
        seen.append(at.token)
    assert len(set(seen)) == len(seen) == 3
    assert [world.who(one) is not None for one in seen] == [False, False, True]
    assert not [one for one in seen if one in str(world.rows("SELECT s::text FROM people.session s"))]


def test_a_session_that_was_planted_is_ended_by_the_sign_in(world):
    planted = world.sign_in(world.member())
    token = world.sign_in(world.member(), token=planted)
    assert token != planted
    assert world.who(planted) is None


def test_own_sessions_are_listed_and_ended_and_strangers_are_not(world):
    login, other = world.member(), world.member()
    first, second, foreign = world.sign_in(login), world.sign_in(login), world.sign_in(other)
    me, they = world.who(second), world.who(foreign)
    listed = sessions.every(world.entrance, me)
    assert [one.uid for one in listed][:2] == [me.session.uid, world.who(first).session.uid]
    with pytest.raises(SessionUnknown):
        sessions.end(world.entrance, me, they.session.uid)
    sessions.end(world.entrance, me, world.who(first).session.uid)
    assert world.who(first) is None
    sessions.sign_out(world.entrance, me)
    assert world.who(second) is None
    assert world.who(foreign) is not None


def test_the_oldest_session_makes_room(world):
    login = world.member()
    tokens = [world.sign_in(login) for _ in range(MOST_SESSIONS + 1)]
    assert [world.who(one) is not None for one in tokens] == [False] + [True] * MOST_SESSIONS


def test_a_new_password_ends_the_other_sessions(world):
    login = world.member()
    first, second = world.sign_in(login), world.sign_in(login)
    me = world.who(first)
    with pytest.raises(SignInRefused):
        proofs.change_password(world.entrance, me, current="sai", new="một câu khác hẳn", visitor=world.visitor())
    with pytest.raises(PasswordUnfit):
        proofs.change_password(world.entrance, me, current=PASSWORD, new="matkhau123456", visitor=world.visitor())
    third = proofs.change_password(
        world.entrance, me, current=PASSWORD, new="một câu khác hẳn", visitor=world.visitor()
    )
    assert [world.who(one) is not None for one in (first, second, third.token)] == [False, False, True]
    with pytest.raises(SignInRefused):
        world.sign_in(login)


def test_a_fresh_proof_is_one_of_the_last_ten_minutes(world):
    login = world.member(Role.INSPECTOR)
    token = world.sign_in(login)
    entrance.proved_lately(world.entrance, world.who(token))
    world.clock.pass_by(minutes=11)
    who = world.who(token)
    with pytest.raises(FreshProofNeeded):
        entrance.proved_lately(world.entrance, who)
    with pytest.raises(FreshProofNeeded):  # a stolen open session cannot change the second factor
        proofs.begin_factor(world.entrance, who)
    with pytest.raises(SecondFactorRefused):  # nor is the password enough, where there is a second factor
        proofs.prove_password(world.entrance, who, password=PASSWORD, visitor=world.visitor())
    again = proofs.prove(world.entrance, who, code=world.code(login), visitor=world.visitor())
    entrance.proved_lately(world.entrance, world.who(again.token))


def test_a_second_factor_that_was_taken_away_is_set_up_anew(world):
    login = world.member(Role.INSPECTOR)
    token = world.sign_in(login)
    people.reset_second_factor(world.db, login=login, by=world.administrator())
    assert world.who(token) is None
    begun = entrance.sign_in(world.entrance, login=login, password=PASSWORD, visitor=world.visitor())
    assert begun.stage is Stage.ENROL
