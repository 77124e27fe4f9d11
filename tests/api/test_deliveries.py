"""The door of the land offices: bytes go through as they come, and wrong sending is answered."""

from __future__ import annotations

import hashlib
import threading
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

from landdata.checking.catalogue import CATALOGUE
from landdata.errors import DeliveryKeyReused, DeliveryTooLarge, DeliveryUnknown, FormatUnknown
from landdata.model.deliveries import (
    CommuneLine,
    CommuneState,
    DeliveryView,
    Finding,
    Kind,
    LedgerLine,
    Receipt,
    Severity,
    State,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/v1/deliveries"
UID = UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def taken(monkeypatch):
    """Stands for the flow; notes what came through the door."""
    seen: list[dict[str, Any]] = []

    def receive(_db, *, chunks: Iterator[bytes], max_bytes: int, **given: Any) -> Receipt:
        digest, size, pieces = hashlib.sha256(), 0, 0
        for chunk in chunks:
            digest.update(chunk)
            size, pieces = size + len(chunk), pieces + 1
            if size > max_bytes:
                raise DeliveryTooLarge(limit=max_bytes)
        if given["declaration"].idempotency_key == "reused":
            raise DeliveryKeyReused
        repeated = any(one["sha256"] == digest.hexdigest() for one in seen)
        seen.append({**given, "sha256": digest.hexdigest(), "size": size, "pieces": pieces})
        return Receipt(UID, State.RECEIVED, digest.hexdigest(), size, repeated=repeated)

    monkeypatch.setattr("landdata.flows.receive.receive", receive)
    return seen


def send(api, office, content: Any = b"bytes", query: str = "file_name=a.gpkg", **headers: str) -> httpx.Response:
    sent = {
        "Idempotency-Key": "key-1",
        "Content-Type": "application/octet-stream",
        **office.bearer(),
        **headers,
    }
    return api.http.post(f"{PATH}?{query}", content=content, headers=sent)


def test_a_file_is_kept_as_it_comes_and_a_repetition_says_so(api, office, taken):
    content = bytes(range(256)) * 3000
    query = "file_name=b%E1%BA%AFc_giang.gpkg&kind=full&effective_on=2023-03-28&epsg=9213"
    first = send(api, office, content, query)
    assert first.status_code == 202, first.text
    assert first.headers["location"] == f"{PATH}/{UID}"
    assert first.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert taken[0]["pieces"] > 1
    declaration = taken[0]["declaration"]
    assert (declaration.idempotency_key, declaration.file_name) == ("key-1", "bắc_giang.gpkg")
    assert (declaration.kind, declaration.effective_on, declaration.epsg) == (
        Kind.FULL,
        date(2023, 3, 28),
        9213,
    )
    caller = taken[0]["caller"]
    assert (caller.client_id, caller.office_code, caller.address) == (
        office.client_id,
        office.client_id,
        "127.0.0.1",
    )
    again = send(api, office, content, query)
    assert (again.status_code, again.json()["repeated"]) == (200, True)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("file_name=", {}),
        ("file_name=..%2Fa", {}),
        ("file_name=a%5Cb", {}),
        ("file_name=a%00", {}),
        ("file_name=a%E2%80%AEb", {}),
        ("file_name=" + "a" * 300, {}),
        ("file_name=a&kind=other", {}),
        ("file_name=a&epsg=x", {}),
        ("file_name=a&epsg=0", {}),
        ("file_name=a&effective_on=yesterday", {}),
        ("file_name=a&profile=other", {}),
        ("file_name=a", {"Idempotency-Key": ""}),
        ("file_name=a", {"Idempotency-Key": "a b"}),
        ("file_name=a", {"Idempotency-Key": "a" * 129}),
    ],
)
def test_wrong_declarations_are_refused_before_a_byte_is_kept(api, office, taken, query, headers):
    answer = send(api, office, query=query, **headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")
    assert taken == []


def test_an_empty_large_or_packed_body(api, office, taken):
    assert send(api, office, b"").json()["code"] == "DELIVERY_EMPTY"
    assert send(api, office, b"x" * 1_000_001).status_code == 413
    assert send(api, office, (b"x" * 100_000 for _ in range(11))).status_code == 413
    assert send(api, office, **{"Content-Encoding": "gzip"}).json()["code"] == "MEDIA_TYPE_UNSUPPORTED"
    assert send(api, office, b"x", **{"Idempotency-Key": "reused"}).json()["code"] == "DELIVERY_KEY_REUSED"
    assert taken == []


def test_a_sender_that_hangs_up_leaves_the_server_well(api, office, taken):
    def half() -> Iterator[bytes]:
        yield b"x" * 1000
        raise httpx.WriteError("gone")

    with pytest.raises(httpx.WriteError):
        send(api, office, half())
    assert send(api, office).status_code == 202
    assert len(taken) == 1


def test_uploads_do_not_take_the_threads_of_others(api, office, taken, consumer):
    """Eight slow senders at once: the ninth is told to come back, all else is answered as usual."""
    hold, bearer = threading.Event(), office.bearer()

    def slow() -> Iterator[bytes]:
        yield b"x"
        hold.wait(20)

    def upload() -> None:
        headers = {"Idempotency-Key": uuid4().hex, **bearer}
        httpx.post(f"{api.url}{PATH}?file_name=a", content=slow(), headers=headers, timeout=30, trust_env=False)

    senders = [threading.Thread(target=upload) for _ in range(8)]
    for sender in senders:
        sender.start()
    try:
        deadline = time.monotonic() + 10
        while api.app.state.services.uploads.borrowed_tokens < 8:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        refused = api.http.post(f"{PATH}?file_name=a", content=b"x", headers={"Idempotency-Key": "nine", **bearer})
        assert (refused.status_code, refused.json()["code"]) == (503, "BUSY")
        assert api.http.get("/v1/units/province/24").json()["code"] == "UNIT_UNKNOWN"  # the database was asked
        assert consumer.ask().status_code == 200
    finally:
        hold.set()
        for sender in senders:
            sender.join(20)
    assert len(taken) == 8


VIEW = DeliveryView(
    delivery_uid=UID,
    office_code="office",
    file_name="a.gpkg",
    format="gpkg",
    kind=Kind.FULL,
    effective_on=date(2023, 3, 28),
    recorded_at=datetime(2026, 11, 21, tzinfo=UTC),
    finished_at=None,
    state=State.PUBLISHED,
    backfilled=True,
    refusal=None,
    ledger=(LedgerLine("parcels", 10, 7, 1, 1, 1, 1, ("ghi_chu",)),),
    communes=(CommuneLine(1, "07210", "Thọ Xương", 0, 8, 0, 8, state=CommuneState.PUBLISHED),),
    findings=(Finding("COMMUNE_UNKNOWN", Severity.REFUSES_RECORD, "parcels", 4, {"value": "99999"}),),
    findings_total=1,
    progress_done=1,
    progress_total=1,
)


def test_a_delivery_shows_ledger_and_findings_in_two_languages(api, office, monkeypatch):
    monkeypatch.setattr("landdata.flows.receive.view", lambda _db, **_: VIEW)
    body = api.http.get(f"{PATH}/{UID}", headers=office.bearer()).json()
    line = body["ledger"][0]
    parts = ("rows_new", "rows_changed", "rows_unchanged", "rows_refused", "rows_waiting")
    assert line["rows_read"] == sum(line[name] for name in parts)
    finding = body["findings"][0]
    assert finding["detail"] == CATALOGUE["COMMUNE_UNKNOWN"].vi.format(value="99999")
    assert finding["detail_en"] == CATALOGUE["COMMUNE_UNKNOWN"].en.format(value="99999")
    assert (finding["row_no"], body["backfilled"], body["simulated"]) == (4, True, False)


def test_a_refused_delivery_says_why(api, office, monkeypatch):
    refused = DeliveryView(
        **{
            **{name: getattr(VIEW, name) for name in VIEW.__slots__},
            "state": State.REFUSED,
            "refusal": {"code": "FORMAT_UNKNOWN", "details": {}},
        }
    )
    monkeypatch.setattr("landdata.flows.receive.view", lambda _db, **_: refused)
    body = api.http.get(f"{PATH}/{UID}", headers=office.bearer()).json()
    assert body["refusal"]["detail"] == FormatUnknown.vi
    assert body["refusal"]["mend_en"] == FormatUnknown.mend_en


def test_another_offices_delivery_is_as_unknown_as_none(api, office, monkeypatch):
    def view(_db, *, caller, delivery_uid) -> DeliveryView:
        raise DeliveryUnknown

    monkeypatch.setattr("landdata.flows.receive.view", view)
    answer = api.http.get(f"{PATH}/{uuid4()}", headers=office.bearer())
    assert (answer.status_code, answer.json()["code"]) == (404, "DELIVERY_UNKNOWN")
    assert api.http.get(f"{PATH}/not-a-uuid", headers=office.bearer()).status_code == 422
    assert api.http.get(f"{PATH}/{uuid4()}").status_code == 401
