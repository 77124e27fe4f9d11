"""The change feed while transactions overlap: answers, publications and looks in every order, and nothing is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from feedworld import HERE, HOME, MANY, answers, note, number, read, replay, wait_until_final
from landworld import Desk, row
from sqlalchemy import text

from landdata.flows import feed
from landdata.store import feed as store
from landdata.store.engine import Database


@pytest.mark.parametrize("first", ["the answer", "the publication"])
def test_an_answer_and_a_publication_that_did_not_see_each_other(world, first):
    """Both are under way at once, the publication is through before the answer, and the feed looks in between."""
    held: dict[str, str | None] = {}
    meet = threading.Barrier(2)
    asking = Desk.__new__(Desk)
    asking.__dict__.update(world.__dict__, api=(other := Late(world, meet)))

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
        super().__init__(desk.api.engine.url.render_as_string(hide_password=False), pool_size=1)
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


def test_two_that_look_at_once_number_one_after_the_other(world):
    """The second waits for the first, and finds nothing left to tell."""
    [ref] = answers(world, range(1, 2))
    world.change([row(HOME, 1, area_m2=101.0)])
    with world.db.write() as tx:
        assert store.note(tx, (0, 1 << 40)) == 1
        noted: list[int] = []
        thread = threading.Thread(target=lambda: noted.append(feed.recheck(world.db)))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(240)
    assert noted == [0]
    assert [one.record_ref for one in read(world).changes] == [ref]


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
