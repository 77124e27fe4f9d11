"""The change feed: whoever replays it holds what asking everyone anew would give, and learns of nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from feedworld import AWAY, HOME, MANY, answers, note, number, read, replay
from landworld import CONSUMER, DAY, Desk, People, row

from landdata.errors import AgreementMissing, CursorExpired, CursorInvalid
from landdata.flows import agreements, feed, match
from landdata.model.agreements import UnitScope
from landdata.model.persons import Claim, ClaimStatus, Verification
from landdata.model.terms import said

WHY = {"by": "lan", "reason": "thử"}


def limit_to(desk: Desk, code: str, commune: str) -> None:
    """Limit an agreement to what a commune of 2023 belongs to today: another version of it takes its place."""
    [(today,)] = desk.rows(
        "SELECT n.code FROM ref.unit u JOIN ref.projection p ON p.from_unit_id = u.unit_id JOIN ref.epoch e USING (epoch_id) "
        "JOIN ref.unit n ON n.unit_id = p.to_unit_id WHERE u.level = 'commune' AND u.code = :commune "
        "AND u.validity @> date '2023-03-28' AND e.valid_to IS NULL",
        commune=commune,
    )  # fmt: skip
    units = [{"division": "2025", "level": "commune", "code": today}]
    agreements.amend(desk.db, code=code, said=said({"units": units}), **WHY)
    agreements.approve(desk.db, code=code, by="minh", reason="thử")


def test_a_replay_from_the_start_holds_what_asking_anew_gives(world):
    held: dict[str, str | None] = dict(answers(world, range(1, MANY + 1)))
    before = dict(held)
    assert len(held) == MANY
    assert note(world) == 0, "an answer is no change"
    world.change([row(HOME, 1, area_m2=101.0), row(HOME, 2, area_m2=102.0)])
    world.change([{"operation": "retire", "commune_code": HOME, "map_sheet_number": 1, "parcel_number": 3}])
    note(world)
    # Another certificate of a citizen who is verified already: nothing ends, and nobody is matched.
    world.change([row(HOME, 2, area_m2=202.0), row(AWAY, 80, id_number=number(4))])
    note(world)
    replay(world, held, limit=1)
    now = answers(world, range(1, MANY + 1))
    assert {ref: version for ref, version in held.items() if version} == now
    assert [version for version in held.values() if version is None] == [None]
    assert sum(before[ref] != version for ref, version in held.items()) == 4


def test_pages_go_on_where_they_ended_and_are_the_same_again(world):
    answers(world, range(1, MANY + 1))
    world.change([row(HOME, at, area_m2=100.5) for at in range(1, MANY + 1)])
    assert note(world) == MANY
    first = read(world, limit=4)
    rest = read(world, first.next_cursor, limit=4)
    assert (len(first.changes), first.has_more, len(rest.changes), rest.has_more) == (4, True, 2, False)
    assert read(world, limit=4) == first
    assert read(world, first.next_cursor, limit=4) == rest
    assert read(world, limit=6).changes == (*first.changes, *rest.changes)
    end = read(world, rest.next_cursor)
    assert (end.changes, end.next_cursor) == ((), rest.next_cursor)


def test_nothing_about_a_citizen_never_asked_or_not_answered(world):
    [known] = answers(world, range(1, 2))
    assert world.ask(number(2), "Người Khác")["status"] == "IDENTITY_MISMATCH"
    world.change([row(HOME, at, area_m2=100.5) for at in range(1, MANY + 1)])
    note(world)
    feed.recheck(world.db)
    assert [one.record_ref for one in read(world).changes] == [known]


def test_two_consumers_have_two_names_for_one_record(world):
    world.agree("tax")
    police, tax = answers(world, range(1, 3)), answers(world, range(1, 2), client_id="tax")
    assert not police.keys() & tax.keys()
    assert set(tax.values()) < set(police.values())
    world.change([row(HOME, at, area_m2=100.5) for at in (1, 2)])
    note(world)
    assert {one.record_ref for one in read(world).changes} == police.keys()
    assert {one.record_ref for one in read(world, client_id="tax").changes} == tax.keys()


def test_a_withdrawal_brings_the_old_version_back(world):
    held: dict[str, str | None] = dict(answers(world, range(1, MANY + 1)))
    before = dict(held)
    gone = world.change([row(HOME, at, area_m2=100.5) for at in range(1, 4)])
    note(world)
    cursor = replay(world, held)
    assert held != before
    world.withdraw(gone.delivery_uid)
    note(world)
    replay(world, held, cursor)
    assert held == before == answers(world, range(1, MANY + 1))


def test_matching_gives_and_takes_records(world):
    [ref] = answers(world, range(1, 2))
    held: dict[str, str | None] = {}
    world.change([row(HOME, 70, id_number=number(1), birth_date="02/03/1970")])
    note(world)
    assert read(world).changes == (), "its holder is not verified yet"
    world.match()
    note(world)
    cursor = replay(world, held)
    assert held == answers(world, range(1, 2))
    keys = "SELECT identity_key FROM match.claim JOIN match.party USING (party_id) WHERE person_ref = :ref"
    asked_again_in_vain(world, [one for (one,) in world.rows(keys, ref=People.ref(number(1)))])
    note(world)
    replay(world, held, cursor)
    assert held == {ref: None}
    assert answers(world, range(1, 2)) == {}


def asked_again_in_vain(desk: Desk, keys: list[Any]) -> None:
    """The platform no longer knows whom it had confirmed; the flow keeps that as it keeps every answer."""
    claims = [Claim(one, "", "", None, 1970) for one in keys]
    unknown = [Verification(one, ClaimStatus.NOT_FOUND, ("NUMBER_UNKNOWN",), None) for one in keys]
    with desk.db.write() as tx:
        match.keep(tx, claims, unknown, desk.keys)


def test_only_what_the_agreement_reaches(world):
    limit_to(world, f"TT-{CONSUMER}", HOME)
    held: dict[str, str | None] = dict(answers(world, range(1, 2)))
    assert len(held) == 1
    world.change([row(AWAY, 50, id_number=number(1), area_m2=77.0)])
    assert note(world) == 0, "the citizen's land elsewhere is not this agreement's matter"
    world.change([row(HOME, 1, area_m2=101.0)])
    note(world)
    cursor = replay(world, held)
    assert held == answers(world, range(1, 2))
    limit_to(world, f"TT-{CONSUMER}", AWAY)
    assert note(world) == 1, "more is shared now"
    replay(world, held, cursor)
    assert held == answers(world, range(1, 2))


def test_another_version_of_an_agreement_goes_on_where_the_last_one_was(world):
    held: dict[str, str | None] = dict(answers(world, range(1, 3)))
    world.change([row(HOME, 1, area_m2=101.0)])
    note(world)
    agreements.amend(world.db, code=f"TT-{CONSUMER}", said=said({"daily_quota": 900}), **WHY)
    agreements.approve(world.db, code=f"TT-{CONSUMER}", by="minh", reason="thử")
    world.change([row(HOME, 2, area_m2=101.0)])
    note(world)
    replay(world, held)
    assert held == answers(world, range(1, 3))


def test_what_happened_while_an_agreement_slept_is_told_when_it_wakes(world):
    # Another agreement of the same client, which goes on.
    agreements.sign(
        world.db, code="TT-other", client_id=CONSUMER, purpose="x", legal_ground="x", service_codes=["KHAC"],
        agency_codes=["x"], valid_from=DAY, drafted_by="lan", approved_by="minh", daily_quota=9, unbound_reason="x",
    )  # fmt: skip
    held: dict[str, str | None] = dict(answers(world, range(1, 3)))
    agreements.suspend(world.db, code=f"TT-{CONSUMER}", **WHY)
    world.change([row(HOME, 1, area_m2=101.0)])
    assert note(world) == 0
    cursor = replay(world, held)
    agreements.resume(world.db, code=f"TT-{CONSUMER}", **WHY)
    assert note(world) == 1
    replay(world, held, cursor)
    assert held == answers(world, range(1, 3))
    agreements.end(world.db, code=f"TT-{CONSUMER}", **WHY)
    note(world)
    assert world.scalar("SELECT count(*) FROM share.watch") == 0
    assert read(world).changes == ()
    agreements.suspend(world.db, code="TT-other", **WHY)
    with pytest.raises(AgreementMissing):
        read(world)


def test_an_answer_narrowed_to_a_unit_is_followed_by_the_whole(world):
    narrow = world.ask(number(1), unit=UnitScope(HOME, "commune", "2023"))
    assert narrow["status"] == "FOUND"
    assert note(world) == 1
    [told] = read(world).changes
    whole = world.ask(number(1))
    assert (told.record_ref, told.record_version) == (narrow["record_ref"], whole["record_version"])
    assert whole["record_version"] != narrow["record_version"]


def test_cursors_are_opaque_bound_and_seen_through(world):
    world.agree("tax")
    answers(world, range(1, 2))
    world.change([row(HOME, 1, area_m2=101.0)])
    note(world)
    cursor = read(world).next_cursor
    assert read(world, cursor).next_cursor == cursor
    assert read(world, client_id="tax").next_cursor != cursor
    for wrong in (cursor[:-3] + ("AA=" if cursor[-3:] != "AA=" else "BB="), cursor[::-1], "1", "", "===", "é"):
        with pytest.raises(CursorInvalid):
            read(world, wrong)
    with pytest.raises(CursorInvalid):
        read(world, cursor, client_id="tax")


def test_ninety_days(world):
    answers(world, range(1, 3))
    start = read(world).next_cursor
    for days, at in ((95, 1), (80, 2)):
        world.change([row(HOME, at, area_m2=101.0)])
        note(world)
        world.execute(f"UPDATE share.change SET at = at - interval '{days} days' WHERE at > now() - interval '1 hour'")
        if days == 95:
            middle = read(world).next_cursor
    with pytest.raises(CursorExpired):
        read(world, start)
    kept = read(world, middle).changes
    assert len(kept) == 1
    assert read(world).changes == kept, "the beginning is ninety days ago"
    assert feed.prune(world.db) == 1
    with pytest.raises(CursorExpired):
        read(world, start)
    assert read(world, middle).changes == read(world).changes == kept


def test_a_cursor_from_after_a_restored_backup_is_refused(world):
    cursor = world.keys.seal_cursor(CONSUMER, 10)
    with pytest.raises(CursorExpired):
        read(world, cursor)
    answers(world, range(1, 2))
    note(world)
    world.execute("UPDATE share.feed SET done_tx = 1::bigint << 60")  # transactions of another cluster
    world.change([row(HOME, 1, area_m2=101.0)])
    assert feed.note(world.db) == 1
    world.change([row(HOME, 1, area_m2=102.0)])
    assert note(world) == 1
