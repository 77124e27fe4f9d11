"""A delivery's way to its end on real PostGIS: balanced, repeatable, restartable, and never more than was said."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2.errors
import pytest
from landworld import COMMUNES, DAY, EPSG, codes, geojson, row, square
from sqlalchemy.exc import DBAPIError

from fixtures.generators.deliveries import write_deliveries
from fixtures.generators.people import make_people
from landdata.flows import check, commune, publish
from landdata.model.deliveries import State

A, B, C = COMMUNES[:3]


def ledger(view) -> tuple[int, ...]:
    [line] = view.ledger
    assert line.rows_read == line.rows_new + line.rows_changed + line.rows_unchanged + line.rows_refused
    return line.rows_new, line.rows_changed, line.rows_unchanged, line.rows_refused


def current(desk, commune: str) -> set[tuple[int, int]]:
    """(sheet, number) of the parcels that stand."""
    sql = """SELECT map_sheet_number, parcel_number FROM land.parcel p JOIN ref.unit u ON u.unit_id = p.commune_id
             WHERE u.code = :code AND is_current"""
    return {tuple(one) for one in desk.rows(sql, code=commune)}


def test_the_same_again_writes_nothing(desk, in_process):
    data = geojson([row(A, number) for number in range(1, 6)] + [row(B, 1)])
    first = desk.deliver(data)
    assert (first.state, ledger(first)) == (State.PUBLISHED, (6, 0, 0, 0))
    assert [(one.code, one.parcels_before, one.parcels_after, one.published) for one in first.communes] == [
        (A, 0, 5, True),
        (B, 0, 1, True),
    ]
    land, stats = desk.sizes("land"), desk.sizes("stats")
    stats.pop("delivery_event")  # that it came is noted: the same again keeps a source on time
    again = desk.deliver(data)
    assert (again.state, ledger(again)) == (State.PUBLISHED, (0, 0, 6, 0))
    assert desk.sizes("land") == land
    assert desk.sizes("stats").items() >= stats.items()
    assert desk.sizes("intake")["raw_file"] == 1
    # All of it was asserted: published, by no transaction of its own.
    sql = "SELECT count(*) FROM intake.delivery_commune WHERE publication_id = 0"
    assert desk.scalar(sql) == 2
    assert desk.work(again.delivery_uid) is State.PUBLISHED  # a job that runs twice


def test_new_changed_unchanged_and_gone(desk, in_process):
    desk.deliver([*(row(A, number) for number in range(1, 5)), row(B, 1)])
    view = desk.deliver([row(A, 1), row(A, 2, area_m2=100.4), row(A, 9), row(B, 1)])
    assert ledger(view) == (1, 1, 2, 0)
    lines = {
        one.code: (one.parcels_before, one.parcels_new, one.parcels_retired, one.parcels_after) for one in view.communes
    }
    assert lines == {A: (4, 2, 3, 3), B: (1, 0, 0, 1)}
    assert current(desk, A) == {(1, 1), (1, 2), (1, 9)}
    # What was there stays readable, and each version says from which to which publication it stood.
    assert desk.scalar("SELECT count(*) FROM land.record WHERE until_pub IS NOT NULL AND until_pub > since_pub") == 3
    published = dict(
        desk.rows(
            "SELECT u.code, publication_id FROM intake.delivery_commune JOIN ref.unit u USING (unit_id) ORDER BY delivery_id"
        )
    )
    assert published[A] > 0
    assert published[B] == 0


def test_a_refused_record_keeps_what_stands(desk, in_process):
    desk.deliver([row(A, number) for number in range(1, 4)])
    view = desk.deliver([row(A, 1), row(A, 2, ring=None), row(A, 3)])
    assert ledger(view) == (0, 0, 2, 1)
    assert current(desk, A) == {(1, 1), (1, 2), (1, 3)}


@pytest.mark.parametrize("spoilt", [{"map_sheet_number": "PL9"}, {"parcel_number": "2a"}, {"commune_code": "99999"}])
def test_a_row_whose_place_cannot_be_read_keeps_its_certificates_record(desk, in_process, spoilt):
    """It still says which certificate it is about: what stands of that one never counts as absent."""
    desk.deliver([row(A, number) for number in range(1, 4)])
    view = desk.deliver([row(A, 1), row(A, 2) | spoilt, row(A, 3, area_m2=100.3)])
    assert ledger(view) == (0, 1, 1, 1)
    assert current(desk, A) == {(1, 1), (1, 2), (1, 3)}


def test_held_with_its_record(desk, in_process):
    """The certificate covered two parcels; now one comes alone and the other's row is refused: neither is touched."""
    paper = {"certificate_serial": "DB 777777", "registry_number": "CH7"}
    desk.deliver([row(A, 1, **paper), row(A, 2, **paper), row(A, 3)])
    view = desk.deliver([row(A, 1, **paper), row(A, 2, certificate_serial="DB 888888", ring=None), row(A, 3)])
    assert ledger(view) == (0, 0, 1, 2)
    assert codes(view) == {"GEOMETRY_MISSING": 1, "HELD_WITH_RECORD": 1}
    assert desk.scalar("SELECT count(*) FROM land.record WHERE until_pub IS NOT NULL") == 0


def test_up_to_the_allowed_share_parcels_go_unasked(desk, in_process):
    desk.deliver([*(row(A, number) for number in range(1, 41)), row(B, 1)])
    view = desk.deliver([*(row(A, number) for number in range(1, 30)), row(B, 1)])
    assert (view.state, codes(view)) == (State.PUBLISHED, {})
    assert len(current(desk, A)) == 29


def test_nothing_accepted_refuses_the_delivery(desk, in_process):
    desk.deliver([row(A, 1)])
    view = desk.deliver([row(A, 1, ring=None), row(A, 2) | {"commune_code": "99999"}])
    assert (view.state, view.ledger, view.refusal) == (
        State.REFUSED,
        (),
        {"code": "NOTHING_ACCEPTED", "details": {"rows": 2}},
    )
    assert codes(view) == {"NOTHING_ACCEPTED": 1, "GEOMETRY_MISSING": 1, "COMMUNE_UNKNOWN": 1}
    assert current(desk, A) == {(1, 1)}


def test_one_certificate_with_its_day_spelt_twice(desk, in_process):
    paper = {"certificate_serial": "DB 777777", "registry_number": "CH7"}
    view = desk.deliver(
        [row(A, 1, **paper, certificate_date="01/02/2020"), row(A, 2, **paper, certificate_date="1/2/2020")]
    )
    assert (view.state, desk.sizes()["certificate"]) == (State.PUBLISHED, 1)


def test_a_certificate_over_two_communes_is_one_certificate(desk, in_process):
    paper = {"certificate_serial": "DB 777777", "registry_number": "CH7"}
    desk.deliver([row(A, 1, **paper), row(B, 1, **paper)])
    assert desk.rows(
        "SELECT count(*), count(DISTINCT certificate_uid), count(DISTINCT commune_id) FROM land.certificate"
    ) == [(2, 1, 2)]


# Values at the edge of what a column of the database holds: refused or taken, never an error of the database.
EDGES = [
    {"birth_date": "01/01/0000"}, {"birth_date": "0000"}, {"birth_date": "9999"}, {"certificate_date": "01/01/0000"},
    {"floor_area_m2": "99999999999.96"}, {"area_m2": "999999999999.999"}, {"area_m2": "9999999999.999999"},
    {"purposes": "ONT:999999999999.999"}, {"use_term": "01/01/0000"}, {"use_term": "31/02/2043"},
    {"ring": [(x / 1e3 + 5e5, y) for x, y in square(A)]}, {"gender": "Nam"}, {"id_number": "1" * 1999},
    {"holder_name": 'A"B,\\\r\n;C'}, {"origins": 'ONT:A"B{},\\C'}, {"common_items": 'a"\\,b:1:2;x', "asset_kind": 8},
    {"map_sheet_number": "999999999", "parcel_number": "999999999"}, {"commune_code": "\u202e\x01"},
]  # fmt: skip


def test_edges(desk, in_process):
    tiny = [(x, y) for x, y in square(A, 50, 0.05)]
    for number, edge in enumerate([*EDGES, {"ring": tiny}], start=2):
        view = desk.deliver([row(A, 1), row(A, number) | edge])
        assert view.state is State.PUBLISHED, edge
        assert sum(ledger(view)) == 2


def shape_of(rows, path: Path) -> bytes:
    """The rows as a zipped Shapefile without a .prj."""
    from fixtures.generators.certificates import Line
    from fixtures.generators.columns import EMPTY_ROW
    from fixtures.generators.writers import Layer, Spelling, write_shapefile

    lines = [Line(EMPTY_ROW | {k: v for k, v in one.items() if k != "ring"}, (one["ring"],), None) for one in rows]
    write_shapefile(path, Layer("thua", EPSG, Spelling.SHORT, multi=False, text_numbers=False, lines=lines))
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            if not name.endswith(".prj"):
                new.writestr(name, old.read(name))
    return made.getvalue()


def test_a_wrong_zone_is_refused_and_the_right_one_named(desk, tmp_path):
    """Through the real reader: a Shapefile without .prj under another zone's number."""
    data = shape_of([row(A, number) for number in range(1, 9)], tmp_path / "x.zip")
    view = desk.deliver(data, epsg=9210, file_name="x.zip")
    assert (view.state, view.refusal["code"]) == (State.REFUSED, "CRS_WRONG")
    assert view.refusal["details"]["likely"] == "EPSG:9214"
    assert desk.sizes()["record"] == 0
    assert desk.deliver(data, epsg=9214).state is State.PUBLISHED
    assert desk.deliver(data, epsg=None).state is State.PUBLISHED  # the office works in one zone only


@pytest.mark.parametrize(
    ("file_epsg", "declared", "code"),
    [
        (EPSG, 9210, "CRS_CONTRADICTION"),
        (4326, None, "CRS_NOT_A_ZONE"),
        (None, None, "CRS_NOT_A_ZONE"),
        (3405, None, "CRS_NOT_A_ZONE"),
    ],
)
def test_what_the_file_says_of_its_zone(shared_desk, in_process, file_epsg, declared, code):
    receipt = shared_desk.send(geojson([row(A, 1)], epsg=file_epsg), epsg=declared)
    assert shared_desk.work(receipt.delivery_uid) is State.REFUSED
    assert shared_desk.view(receipt.delivery_uid).refusal["code"] == code


def test_hostile_bytes_end_as_a_refusal_with_its_reason(shared_desk):
    view = shared_desk.deliver(b"\x00\x01 hello")
    assert (view.state, view.refusal) == (State.REFUSED, {"code": "FORMAT_UNKNOWN", "details": {}})
    assert [one.severity.value for one in view.findings] == ["REFUSES_DELIVERY"]


# Killed anywhere


def dump(desk) -> dict[str, list[str]]:
    """Every row of what a delivery writes, without identities and times; records by their content."""
    left_out = {
        "delivery_uid", "recorded_at", "received_at", "finished_at", "finding_no", "first_seen_at", "id_number_sealed",
        "record_id", "publication_id", "delivery_id", "run_id", "since_pub", "until_pub", "done_at", "started_at",
        "ended_at", "event_id", "tx", "idempotency_key", "restores_record_id", "subject", "created_at", "state_since",
        "identity_key", "id_number_bidx", "content_hash", "at",
    }  # fmt: skip
    found = {}
    for schema in ("intake", "land", "match", "stats", "sync"):
        for name in desk.sizes(schema):
            rows = desk.rows(f'SELECT to_jsonb(t) FROM {schema}."{name}" t')
            found[name] = sorted(
                json.dumps({k: v for k, v in one[0].items() if k not in left_out}, sort_keys=True) for one in rows
            )
    return found


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("after", range(3))
def test_killed_after_any_step_and_started_again(desk, other_desk, in_process, monkeypatch, after):
    monkeypatch.setattr(check, "ROWS_AT_ONCE", 3)
    first = geojson([row(unit, number) for unit in (A, B, C) for number in range(1, 4)])
    second = geojson(
        [row(unit, number, area_m2=100.2) for unit in (A, B) for number in range(2, 5)]
        + [row(C, 1, ring=None), row(C, 2)]
    )
    desk.deliver(first)
    receipt = desk.send(second)
    publish_batch, through = publish._publish_batch, []

    def killing(*arguments: Any) -> None:
        if len(through) == after:
            raise Killed
        publish_batch(*arguments)
        through.append(arguments)

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_publish_batch", killing)
        with pytest.raises(Killed):
            desk.work(receipt.delivery_uid)
    assert desk.work(receipt.delivery_uid) is State.PUBLISHED
    other_desk.deliver(first)
    other_desk.deliver(second)
    assert dump(desk) == dump(other_desk)


def test_what_was_made_ready_is_left_when_something_was_published_meanwhile(desk, in_process, monkeypatch):
    meanwhile, mine = geojson([row(A, 2), row(A, 3)]), geojson([row(A, 1), row(A, 2)])
    early, late = desk.send(meanwhile), desk.send(mine)
    publish_batch = publish._publish_batch

    def overtaken(*arguments: Any) -> None:
        monkeypatch.setattr(publish, "_publish_batch", publish_batch)
        desk.work(early.delivery_uid)
        publish_batch(*arguments)

    monkeypatch.setattr(publish, "_publish_batch", overtaken)
    assert desk.work(late.delivery_uid) is State.PUBLISHED
    assert ledger(desk.view(late.delivery_uid)) == (1, 0, 1, 0)
    assert current(desk, A) == {(1, 1), (1, 2)}


def test_what_was_made_ready_is_what_is_written(desk, in_process, monkeypatch):
    monkeypatch.setattr(commune, "draft", lambda *_: (_ for _ in ()).throw(AssertionError))
    assert desk.deliver([row(A, 1), row(B, 2)]).state is State.PUBLISHED
    assert current(desk, B) == {(1, 2)}


def test_killed_between_check_and_refusal_ends_refused(desk, in_process, monkeypatch):
    receipt = desk.send(geojson([row(A, 1, ring=None)]))
    with monkeypatch.context() as patch:
        patch.setattr(publish, "_refuse", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            desk.work(receipt.delivery_uid)
    assert desk.work(receipt.delivery_uid) is State.REFUSED
    assert codes(desk.view(receipt.delivery_uid)) == {"NOTHING_ACCEPTED": 1, "GEOMETRY_MISSING": 1}


def test_killed_inside_a_step_leaves_nothing_of_it(desk, in_process, monkeypatch):
    receipt = desk.send(geojson([row(A, 1), row(B, 1)]))
    with monkeypatch.context() as patch:
        patch.setattr(commune.coverage, "add", lambda *_a, **_k: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            desk.work(receipt.delivery_uid)
    assert set(desk.sizes("land").values()) == {0}
    assert desk.view(receipt.delivery_uid).state is State.CHECKED
    assert desk.work(receipt.delivery_uid) is State.PUBLISHED
    assert current(desk, A) == current(desk, B) == {(1, 1)}


def test_the_database_refuses_a_ledger_that_does_not_balance(shared_desk, in_process):
    uid = shared_desk.deliver([row(A, 1), row(A, 2)]).delivery_uid
    for column in ("rows_read", "rows_new", "rows_changed", "rows_unchanged", "rows_refused"):
        with pytest.raises(DBAPIError) as caught:
            shared_desk.execute(f"UPDATE intake.delivery_layer SET {column} = {column} + 1")
        assert isinstance(caught.value.orig, psycopg2.errors.CheckViolation)
    with pytest.raises(DBAPIError):
        shared_desk.execute("UPDATE intake.delivery_commune SET parcels_after = parcels_after + 1")
    assert ledger(shared_desk.view(uid)) == (2, 0, 0, 0)


def test_a_real_provinces_file_ends_as_its_manifest_says(desk, tmp_path):
    people = make_people(1, provinces=["24"], scale=0.3)
    [file] = write_deliveries(tmp_path, people, provinces=["24"], scale=0.3).files
    view = desk.deliver(file.path.read_bytes(), epsg=None)
    assert view.state is State.PUBLISHED
    new, changed, unchanged, refused = ledger(view)
    assert (new + refused, changed, unchanged, refused) == (file.rows, 0, 0, file.refused_rows)
    assert desk.scalar("SELECT count(*) FROM land.parcel WHERE is_current") == file.accepted_parcels
    assert {one.code for one in view.communes} == set(file.communes)
    assert (view.effective_on, DAY) == (date(2023, 3, 28), date(2023, 3, 28))
