"""The stream of a delivery's progress: what changed, once; then its end; and nothing held for longer than it must be."""

from __future__ import annotations

import json
import threading
import time
from uuid import UUID, uuid4

import httpx
import pytest

from api import events
from landdata.errors import DeliveryUnknown
from landdata.model.deliveries import Glance, State
from landdata.model.progress import Stage

UID = UUID("11111111-1111-4111-8111-111111111111")
PATH = f"/v1/deliveries/{UID}/events"
WAITS = Glance(State.RECEIVED, Stage.RECEIVED, 0, 0)
HALF = Glance(State.CHECKED, Stage.PUBLISHING, 50, 100)
DONE = Glance(State.PUBLISHED, Stage.DONE, 100, 100)


@pytest.fixture
def looks(monkeypatch):
    """Stands for the flow: each look sees the next of these, the last one for ever."""
    seen = [WAITS]

    def glance(_db, *, caller, delivery_uid) -> Glance:
        if delivery_uid != UID:
            raise DeliveryUnknown
        return seen.pop(0) if len(seen) > 1 else seen[0]

    monkeypatch.setattr("landdata.flows.receive.glance", glance)
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(events, "LONGEST_SECONDS", 15.0)
    return seen


def told(answer):
    """Events of a whole stream as (name, id, data)."""
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], lines["id"], lines["data"]))
    return found


def test_each_change_once_and_then_the_end(api, office, looks):
    looks[:] = [WAITS, WAITS, WAITS, HALF, HALF, DONE]
    answer = api.http.get(PATH, headers=office.bearer())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.text.startswith("retry: 3000\n\n")
    assert told(answer) == [
        (
            "progress",
            "RECEIVED.RECEIVED.0.0",
            '{"state": "RECEIVED", "stage": "RECEIVED", "done": 0, "total": 0, "seconds_left": null, "ahead": null}',
        ),
        (
            "progress",
            "CHECKED.PUBLISHING.50.100",
            '{"state": "CHECKED", "stage": "PUBLISHING", "done": 50, "total": 100, "seconds_left": null, "ahead": null}',
        ),
        ("end", "end.PUBLISHED", '{"state": "PUBLISHED"}'),
    ]
    _until(lambda: api.app.state.services.streams.borrowed_tokens == 0)


def test_who_waits_before_it_is_news_but_that_seconds_go_by_is_not(api, office, looks):
    waits = [Glance(State.RECEIVED, Stage.RECEIVED, 0, 0, ahead=ahead) for ahead in (2, 2, 1)]
    half = [Glance(State.CHECKED, Stage.PUBLISHING, 50, 100, seconds_left=left) for left in (40, 39, 38)]
    looks[:] = [*waits, *half, DONE]
    seen = [(json.loads(data)["ahead"], json.loads(data)["seconds_left"]) for _, _, data in told(
        api.http.get(PATH, headers=office.bearer())
    )[:-1]]  # fmt: skip
    assert seen == [(2, None), (1, None), (None, 40)]


def test_a_delivery_that_waits_for_a_person_ends_the_stream(api, office, looks):
    looks[:] = [Glance(State.WAITING, Stage.DONE, 4, 4)]
    assert [one[1] for one in told(api.http.get(PATH, headers=office.bearer()))] == ["end.WAITING"]


def test_who_comes_again_hears_only_what_is_new(api, office, looks):
    looks[:] = [HALF, HALF, DONE]
    bearer = office.bearer()
    again = api.http.get(PATH, headers={**bearer, "Last-Event-ID": "CHECKED.PUBLISHING.50.100"})
    assert [name for name, _, _ in told(again)] == ["end"]
    # 204 is what tells a browser's EventSource to stop.
    assert api.http.get(PATH, headers={**bearer, "Last-Event-ID": "end.PUBLISHED"}).status_code == 204


def test_a_stream_beats_and_ends_in_time(api, office, looks, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(events, "LONGEST_SECONDS", 0.5)
    answer = api.http.get(PATH, headers=office.bearer())
    assert [name for name, _, _ in told(answer)] == ["progress"]
    assert 3 <= answer.text.count("\n: \n") <= 12


def test_only_ones_own(api, office, looks):
    looks[:] = [DONE]
    assert api.http.get(PATH).status_code == 401
    answer = api.http.get(f"/v1/deliveries/{uuid4()}/events", headers=office.bearer())
    assert (answer.status_code, answer.json()["code"]) == (404, "DELIVERY_UNKNOWN")


def test_so_many_and_no_more_and_no_connection_held(api, office, looks):
    """All places taken: the next is told to come back, the pool of four connections is free, and all are given back."""
    services, bearer = api.app.state.services, office.bearer()
    services.streams.total_tokens = 6
    opened, close = [], threading.Event()

    def listen() -> None:
        with httpx.stream("GET", api.url + PATH, headers=bearer, timeout=20, trust_env=False) as answer:
            lines = answer.iter_lines()  # letting go of it would hang up
            opened.append(next(lines))
            close.wait(20)

    listeners = [threading.Thread(target=listen) for _ in range(6)]
    for one in listeners:
        one.start()
    try:
        _until(lambda: len(opened) == 6)
        refused = api.http.get(PATH, headers=bearer)
        assert (refused.status_code, refused.json()["code"]) == (503, "BUSY")
        assert refused.headers["retry-after"] == "5"
        assert services.pools.uploader.engine.pool.checkedout() == 0
    finally:
        close.set()
        for one in listeners:
            one.join(20)
    _until(lambda: services.streams.borrowed_tokens == 0)


def _until(happened) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
