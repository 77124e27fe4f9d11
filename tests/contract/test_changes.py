"""The change feed: whoever replays it holds what asking everyone anew would give, and learns of nobody else."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from landworld import COMMUNES, CONSUMER, Desk, People, row
from sqlalchemy import text

from landdata.errors import AgreementMissing, CursorExpired, CursorInvalid
from landdata.flows import agreements, feed, match
from landdata.model.agreements import AgreementState, PopulationReader, UnitScope
from landdata.model.fields import BASE_SCOPE
from landdata.model.persons import Claim, ClaimStatus, Verification
from landdata.store.engine import Database

HOME, AWAY = COMMUNES[0], COMMUNES[-1]
MANY = 6


def number(at: int) -> str:
    return f"0240700{at:05d}"


def read(desk: Desk, cursor: str | None = None, *, client_id: str = CONSUMER, limit: int = 100) -> Any:
    caller = PopulationReader(client_id, "jti", frozenset({BASE_SCOPE}), "10.0.0.1")
    return feed.read(desk.db, keys=desk.keys, caller=caller, cursor=cursor, limit=limit)


def replay(desk: Desk, held: dict[str, str | None], cursor: str | None = None, **how: Any) -> str:
    """Read to the end; what a consumer holds follows."""
    while True:
        page = read(desk, cursor, **how)
        for one in page.changes:
            held[one.record_ref] = one.record_version
        cursor = page.next_cursor
        if not page.has_more:
            return cursor


def answers(desk: Desk, people: range, **who: Any) -> dict[str, str]:
    """Versions by reference, from asking about everyone anew; nobody who is not found is in it."""
    found = [desk.ask(number(at), **who) for at in people]
    return {one["record_ref"]: one["record_version"] for one in found if one["status"] == "FOUND"}


def note(desk: Desk) -> int:
    """Note changes once all that was committed is final."""
    with desk.db.write() as tx:
        here = tx.connection.scalar(text(HERE))
    wait_until_final(desk, here)
    return feed.note(desk.db)


HERE = "SELECT pg_current_xact_id()::text::bigint"


def wait_until_final(desk: Desk, here: int) -> None:
    """Until no transaction as old as this one runs: those of other databases of the server count, too."""
    until = time.monotonic() + 180
    while desk.scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") <= here:
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def world(country, tmp_path, monkeypatch) -> Desk:
    """Six citizens with one certificate each, the first with a second one elsewhere; nobody was asked about yet."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    desk = Desk(country, tmp_path)
    desk.deliver([*(row(HOME, at) for at in range(1, MANY + 1)), row(AWAY, 50, id_number=number(1))])
    for at in range(1, MANY + 1):
        desk.people.add(number(at), "Nguyễn Văn A", "1970")
    desk.match()
    desk.agree()
    return desk


def limit_to(desk: Desk, code: str, commune: str) -> None:
    """Limit an agreement to what a commune of 2023 belongs to today."""
    desk.execute(
        "INSERT INTO share.agreement_unit SELECT DISTINCT a.agreement_id, p.to_unit_id FROM share.agreement a, ref.unit u "
        "JOIN ref.projection p ON p.from_unit_id = u.unit_id JOIN ref.epoch e ON e.epoch_id = p.epoch_id "
        "WHERE a.code = :code AND u.level = 'commune' AND u.code = :commune AND u.validity @> date '2023-03-28' "
        "AND e.valid_to IS NULL",
        code=code, commune=commune,
    )  # fmt: skip


def agree_twice(desk: Desk, service: str) -> None:
    """A second agreement in force of the same client."""
    columns = (
        "client_id, purpose, legal_ground, agency_codes, fields_mask, daily_quota, token_binding, unbound_reason, state, "
        "valid_from, drafted_by, approved_by"
    )
    desk.execute(
        f"INSERT INTO share.agreement (code, service_codes, {columns}) "
        f"SELECT 'TT-other', ARRAY[:service], {columns} FROM share.agreement",
        service=service,
    )


def test_a_replay_from_the_start_holds_what_asking_anew_gives(world):
    held: dict[str, str | None] = dict(answers(world, range(1, MANY + 1)))
    before = dict(held)
    assert len(held) == MANY
    assert note(world) == 0, "an answer is no change"
    world.change([row(HOME, 1, area_m2=101.0), row(HOME, 2, area_m2=102.0)])
    world.change([{"operation": "retire", "commune_code": HOME, "map_sheet_number": 1, "parcel_number": 3}])
    note(world)
    world.change([row(HOME, 2, area_m2=202.0)])
    note(world)
    replay(world, held, limit=1)
    now = answers(world, range(1, MANY + 1))
    assert {ref: version for ref, version in held.items() if version} == now
    assert [version for version in held.values() if version is None] == [None]
    assert sum(before[ref] != version for ref, version in held.items()) == 3


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
        match._keep(tx, claims, unknown, desk.keys)


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


def test_what_happened_while_an_agreement_slept_is_told_when_it_wakes(world):
    agree_twice(world, "KHAC")  # another agreement of the same client, which goes on
    held: dict[str, str | None] = dict(answers(world, range(1, 3)))
    agreements.set_state(world.db, code=f"TT-{CONSUMER}", state=AgreementState.SUSPENDED)
    world.change([row(HOME, 1, area_m2=101.0)])
    assert note(world) == 0
    cursor = replay(world, held)
    agreements.set_state(world.db, code=f"TT-{CONSUMER}", state=AgreementState.ACTIVE)
    assert note(world) == 1
    replay(world, held, cursor)
    assert held == answers(world, range(1, 3))
    agreements.set_state(world.db, code=f"TT-{CONSUMER}", state=AgreementState.ENDED)
    note(world)
    assert world.scalar("SELECT count(*) FROM share.watch") == 0
    assert read(world).changes == ()
    agreements.set_state(world.db, code="TT-other", state=AgreementState.SUSPENDED)
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
    world.execute("UPDATE share.feed SET done_tx = 1::bigint << 60")  # transactions of another cluster
    answers(world, range(1, 2))
    world.change([row(HOME, 1, area_m2=101.0)])
    assert note(world) == 1


@pytest.mark.parametrize("first", ["the answer", "the publication"])
def test_an_answer_and_a_publication_that_did_not_see_each_other(world, first):
    """Both are under way at once, the publication is through before the answer, and the feed looks in between."""
    held: dict[str, str | None] = {}
    meet = threading.Barrier(2)
    asking = Desk.__new__(Desk)
    asking.__dict__.update(world.__dict__, db=(other := Late(world, meet)))

    def ask() -> None:
        answer = asking.ask(number(1))
        held[answer["record_ref"]] = answer["record_version"]

    def publish(tx: Any) -> None:
        tx.execute(text(REPUBLISH), {"citizen": str(world.keys.index(number(1)))})

    thread = threading.Thread(target=ask)
    with world.db.engine.connect() as publishing:
        if first == "the publication":
            publish(publishing)
        thread.start()
        meet.wait(240)
        if first == "the answer":
            publish(publishing)
        published = publishing.scalar(text(HERE))
        publishing.commit()
    if first == "the publication":
        wait_until_final(world, published)
    assert feed.note(world.db) == 0, "nobody was answered yet"
    meet.wait(240)
    thread.join(240)
    assert note(world) == 1
    replay(world, held)
    assert held == answers(world, range(1, 2))
    other.close()


class Late(Database):
    """A database of the same desk whose transactions are asked to wait, done but not committed, until they are met twice."""

    def __init__(self, desk: Desk, meet: threading.Barrier) -> None:
        super().__init__(desk.db.engine.url.render_as_string(hide_password=False), pool_size=1)
        self.meet = meet

    @contextmanager
    def write(self) -> Iterator[Any]:
        with super().write() as tx:
            yield tx
            self.meet.wait(240)
            self.meet.wait(240)


def test_nothing_is_lost_when_publications_commit_out_of_order(world):
    """Random transactions stay open across each other and across the feed's looks; whoever reads along misses nothing."""
    held: dict[str, str | None] = dict(answers(world, range(1, MANY + 1)))
    chance, cursor = random.Random(4), None
    connections = [world.db.engine.connect() for _ in range(3)]
    open_: dict[int, Any] = {}
    for _ in range(60):
        at = chance.randrange(3)
        if at in open_:
            open_.pop(at).commit()
        else:
            open_[at] = connections[at].begin()
            whose = number(1 + at + 3 * chance.randrange(2))
            connections[at].execute(text(REPUBLISH), {"citizen": str(world.keys.index(whose))})
        if chance.random() < 0.5:
            feed.note(world.db)
            cursor = replay(world, held, cursor, limit=2)
    for one in open_.values():
        one.commit()
    for one in connections:
        one.close()
    assert note(world) > 0
    replay(world, held, cursor)
    now = answers(world, range(1, MANY + 1))
    assert held == now
    fresh: dict[str, str | None] = {}
    replay(world, fresh)
    assert {**now, **fresh} == now
    assert feed.recheck(world.db) == 0, "a look at everyone finds nothing that was missed"


# What a publication does to the one record of a citizen at home: the old version ends, a copy with other content stands.
REPUBLISH = """
WITH was AS (
  SELECT r.commune_id, r.record_id FROM land.holder h JOIN land.record r USING (commune_id, record_id)
  WHERE h.id_number_bidx = :citizen AND r.until_pub IS NULL ORDER BY r.record_id LIMIT 1
), p AS (
  INSERT INTO land.publication (delivery_id, kind, effective_on)
  SELECT min(delivery_id), 'PUBLISH', current_date FROM intake.delivery RETURNING publication_id
), ended AS (
  UPDATE land.record r SET until_pub = p.publication_id FROM was, p
  WHERE r.commune_id = was.commune_id AND r.record_id = was.record_id RETURNING r.*
), fresh AS (
  INSERT INTO land.record (commune_id, record_id, content_hash, zone_epsg, row_count, since_pub)
  SELECT commune_id, nextval('land.record_ids'), substr(sha256(content_hash), 1, 16), zone_epsg, row_count, until_pub
  FROM ended RETURNING commune_id, record_id
), certificate AS (
  INSERT INTO land.certificate (commune_id, record_id, certificate_no, certificate_uid, serial, registry_number, issued_on,
    certificate_type, is_current)
  SELECT c.commune_id, f.record_id, certificate_no, gen_random_uuid(), serial, registry_number, issued_on, certificate_type,
    true FROM was w JOIN land.certificate c USING (commune_id, record_id), fresh f
)
INSERT INTO land.holder (commune_id, record_id, holder_no, certificate_no, name, holder_kind, id_number_sealed, id_number_bidx,
  birth_year, identity_key, is_current)
SELECT h.commune_id, f.record_id, holder_no, certificate_no, name, holder_kind, id_number_sealed, id_number_bidx, birth_year,
  identity_key, true FROM was w JOIN land.holder h USING (commune_id, record_id), fresh f
"""
