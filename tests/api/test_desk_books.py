"""The mock's residency desk against the real service: what the desk's book says is what the access log says."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest
from sqlalchemy import text

from fixtures.population.audit import Line, compare
from fixtures.population.desk import Case, Desk
from fixtures.population.moods import Mood, MoodOrder, Moods
from fixtures.population.nation import stream
from fixtures.population.register import DATABASE, Register, create
from landdata.flows import agreements, offices, seal, verify

SERVICE, AGENCY = "1.004222", "CA-1"


@pytest.fixture
def moods():
    return Moods()


@pytest.fixture
def desk(api, consumer, database, tmp_path, moods):
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("first", "second"):
        offices.register_person(database, login=login, full_name=login, office_code="MAE")
    agreements.sign(
        database, code="A1", client_id=consumer.client_id, purpose="p", legal_ground="l", service_codes=[SERVICE],
        agency_codes=[AGENCY], valid_from=date(2023, 3, 28), drafted_by="first", approved_by="second",
        daily_quota=100, unbound_reason="test",
    )  # fmt: skip
    create(tmp_path / DATABASE, stream(20))
    (tmp_path / "desk.pem").write_bytes(consumer.key.as_pem(private=True))
    configuration = {
        "land_url": api.url, "issuer": api.url, "client_id": consumer.client_id, "agency_code": AGENCY,
        "private_key_file": str(tmp_path / "desk.pem"), "officer_code": "CB-1", "service_code": SERVICE,
        "dpop": getattr(consumer, "bound", False),
    }  # fmt: skip
    (tmp_path / "desk.json").write_text(json.dumps(configuration))
    desk = Desk(tmp_path, Register(tmp_path), moods)
    yield desk
    desk.close()


def land_book(database) -> list[Line]:
    with database.read() as tx:
        rows = tx.connection.execute(
            text(
                "SELECT access_id::text, request_id::text, officer_code, service_code, case_file_no, status "
                "FROM audit.access_event"
            )
        )
        return [Line(*row) for row in rows]


def desk_book(desk) -> list[Line]:
    return [
        Line(one.access_id, one.request_id, one.officer_code, one.service_code, one.case_file_no, one.status)
        for one in desk.log(1000)
    ]


def test_both_books_say_the_same(desk, database, moods):
    for one in stream(6):
        asked = desk.ask(Case(id_number=one.id_number, full_name=one.full_name, birth_year=int(one.birth[:4])))
        assert (asked.http_status, asked.answer["status"]) in {(200, "NO_RECORD"), (200, "NOT_COVERED")}
    assert len(desk_book(desk)) == 6
    assert compare(desk_book(desk), land_book(database)).none
    person = next(stream(1))
    case = Case(id_number=person.id_number, full_name=person.full_name, birth_year=int(person.birth[:4]))
    moods.set(MoodOrder(mood=Mood.DUPLICATING))
    desk.ask(case)
    moods.set(MoodOrder(mood=Mood.CONTRADICTING))
    desk.ask(case)
    ours = desk_book(desk)
    # newest first: the changed question was refused, under the same request_id, and both books have it
    assert [one.status for one in ours[:1]] == ["REFUSED"]
    assert ours[2].request_id == ours[3].request_id
    assert compare(ours, land_book(database)).none


def test_a_row_that_one_side_lacks_shows(desk, database):
    person = next(stream(1))
    desk.ask(Case(id_number=person.id_number, full_name=person.full_name, birth_year=1970))
    (line,) = land_book(database)
    found = compare([], [line])
    assert (found.only_desk, found.only_land) == ((), (line,))


def test_the_desk_keeps_heads_and_an_omitted_request_shows_in_the_days_count(desk, api, database):
    person = next(stream(1))
    for _ in range(3):
        desk.ask(Case(id_number=person.id_number, full_name=person.full_name, birth_year=1970))
        assert desk.book.heads() == []
    with database.write() as tx:
        tx.connection.execute(text("ALTER TABLE audit.access_event DISABLE TRIGGER append_only"))
        tx.connection.execute(text("UPDATE audit.access_event SET at = at - interval '1 day'"))
        # One of the three never reaches the log that is sealed.
        tx.connection.execute(text("DELETE FROM audit.access_event WHERE access_id = 2"))
    with desk._register.work() as book:
        book.execute("UPDATE desk_log SET asked_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', asked_at, '-1 day')")
    final = text(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > (SELECT max(tx) FROM audit.access_event)"
    )
    while True:
        with database.read() as tx:
            if tx.connection.scalar(final):
                break
        time.sleep(0.01)
    seal.seal(database, settings=api.settings)
    (key,) = seal.public_keys(api.settings)
    public = key.public.public_bytes_raw().hex()
    (day,) = desk.compare(public)
    assert (day.desk, day.land, day.signed, day.agrees) == (3, 2, True, False)
    assert [one.signed for one in desk.compare("00" * 32)] == [False]
    # The head came with the statement; the next answers carry it, too.
    (head,) = desk.book.heads()
    api.app.state.services.heads.asked()
    desk.ask(Case(id_number=person.id_number, full_name=person.full_name, birth_year=1970))
    assert desk.book.heads() == [head]
    number, _, value = head.partition(";sha-256=")
    assert verify.verify(database, settings=api.settings, heads=[(int(number), value)]).intact
    assert not verify.verify(database, settings=api.settings, heads=[(int(number), "00" * 32)]).intact
