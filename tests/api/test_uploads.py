"""Uploads over a running API: by a client that others wrote (tuspy), by raw requests, cut at random, and refused."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import random
import socket
import time
from datetime import date
from types import SimpleNamespace
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from landworld import COMMUNES, geojson, row
from sqlalchemy import text
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from landdata.flows import offices, uploads
from landdata.model.clients import DELIVER_SCOPE
from landdata.model.people import Role

PATH = "/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
DATA = geojson([row(COMMUNES[0], number) for number in range(1, 600)])
SIZE = len(DATA)


@pytest.fixture
def database(country):
    """An office is in charge of units."""
    return country


@pytest.fixture
def settings(request, settings):
    """Takes large files where large ones are sent."""
    most = 1 << 27 if request.node.get_closest_marker("full") else settings.delivery_max_bytes
    return settings.model_copy(update={"delivery_max_bytes": most})


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch) -> None:
    monkeypatch.setattr(uploads, "STEP_BYTES", 20_000)


def in_charge(database, code):
    offices.register_land_office(database, code=code, name_vi="A", name_en="A", provinces=[("24", date(2026, 1, 1))])


@pytest.fixture
def sender(database, office):
    """A client whose office has a province."""
    in_charge(database, office.client_id)
    return office


@pytest.fixture
def send(api, sender):
    """A request of the sender's."""
    bearer = sender.bearer()

    def ask(method: str, path: str, content: bytes | None = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return api.http.request(method, path, content=content, headers={**bearer, **PIECE, **named})

    return ask


def coded(**words: str) -> str:
    return ",".join(f"{name} {base64.b64encode(word.encode()).decode()}" for name, word in words.items())


def begin(api, caller, *, size=SIZE):
    said = {
        **TUS, "Upload-Length": str(size), "Upload-Metadata": coded(file_name="a.geojson"),
        "Idempotency-Key": uuid4().hex, **caller,
    }  # fmt: skip
    return api.http.post(PATH, headers={name: value for name, value in said.items() if value is not None})


def delivered(database, where):
    """The hash of the bytes of the delivery at an address, and how many bear its key."""
    with database.read() as tx:
        digest, key = tx.connection.execute(
            text("SELECT sha256, idempotency_key FROM intake.delivery WHERE delivery_uid = :uid"),
            {"uid": where.rpartition("/")[2]},
        ).one()
        many = tx.connection.scalar(text("SELECT count(*) FROM intake.delivery WHERE idempotency_key = :k"), {"k": key})
    return bytes(digest), many


def cut(url, headers, data, at):
    """Send a piece and hang up after `at` bytes of it."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as line:
        head = [f"PATCH {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(data)}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + data[:at])
        time.sleep(0.05)


@pytest.mark.parametrize("checked", [False, True])
def test_a_client_that_others_wrote_sends_a_file(api, sender, database, checked):
    there = TusClient(api.url + PATH, headers={**sender.bearer(), "Idempotency-Key": uuid4().hex})
    words = {"filename": "bắc giang.geojson", "filetype": "application/geo+json", "kind": "full"}
    given = {"file_stream": io.BytesIO(DATA), "metadata": words, "upload_checksum": checked}
    first = there.uploader(chunk_size=100_000, **given)
    first.upload_chunk()
    # Another start of the program, which knows nothing but the address.
    again = there.uploader(url=first.url, chunk_size=150_000, **given)
    assert again.offset == 100_000
    again.upload()
    headers = {**sender.bearer(), **TUS}
    told = api.http.head(first.url, headers=headers).headers
    assert (told["upload-offset"], told["upload-length"]) == (str(len(DATA)),) * 2
    assert told["upload-metadata"].startswith("filename ")
    assert told["tus-resumable"] == "1.0.0"
    assert delivered(database, told["delivery-location"]) == (hashlib.sha256(DATA).digest(), 1)
    view = api.http.get(told["delivery-location"], headers=sender.bearer())
    assert view.json()["file_name"] == "bắc giang.geojson"
    with pytest.raises(TusCommunicationError):
        there.uploader(url=f"{api.url}{PATH}/{uuid4()}", file_stream=io.BytesIO(DATA))


def cut_and_resumed(api, sender, database, data, seed):
    chance, bearer = random.Random(seed), sender.bearer()
    where = api.url + begin(api, bearer, size=len(data)).headers["location"]
    offsets, cuts = [0], 0
    while True:
        told = api.http.head(where, headers={**bearer, **TUS}).headers
        at = int(told["upload-offset"])
        assert at >= offsets[-1]
        offsets.append(at)
        if "delivery-location" in told:
            break
        headers = {**bearer, **PIECE, "Upload-Offset": str(at)}
        if cuts < 6:
            cuts += 1
            cut(where, headers, data[at:], chance.randrange(0, (len(data) - at) // 2))
            continue
        answer = api.http.patch(where, content=data[at:], headers=headers)
        assert answer.status_code in {204, 409, 423}, answer.text  # a cut may still be on its way
    assert len(set(offsets)) > 3
    assert delivered(database, told["delivery-location"]) == (hashlib.sha256(data).digest(), 1)


def test_cut_at_random_it_goes_on(api, sender, database):
    cut_and_resumed(api, sender, database, DATA, 1)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_the_same_at_length(api, sender, database, monkeypatch, seed):
    monkeypatch.setattr(uploads, "STEP_BYTES", 1 << 20)
    cut_and_resumed(api, sender, database, DATA + b" " * random.Random(seed).randrange(1 << 24, 1 << 26), seed)


def test_what_the_service_can_is_told(api):
    told = api.http.options(PATH)
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert told.headers["tus-max-size"] == "1000000"
    assert told.headers["tus-checksum-algorithm"] == "sha256,sha1"
    assert {"creation", "checksum", "termination", "expiration"} <= set(told.headers["tus-extension"].split(","))


def test_wrong_beginnings(api, sender):
    bearer = sender.bearer()
    for changed, status, code in (
        ({"Tus-Resumable": None}, 412, "TUS_VERSION_UNSUPPORTED"),
        ({"Tus-Resumable": "0.2.2"}, 412, "TUS_VERSION_UNSUPPORTED"),
        ({"Upload-Length": None}, 422, "REQUEST_INVALID"),
        ({"Upload-Length": "-1"}, 422, "REQUEST_INVALID"),
        ({"Upload-Length": "0"}, 400, "DELIVERY_EMPTY"),
        ({"Upload-Length": "1000001"}, 413, "DELIVERY_TOO_LARGE"),
        ({"Upload-Metadata": ""}, 422, "REQUEST_INVALID"),
        ({"Upload-Metadata": "file_name a"}, 400, "REQUEST_MALFORMED"),
        ({"Upload-Metadata": coded(file_name="a") + "," + coded(file_name="b")}, 400, "REQUEST_MALFORMED"),
        ({"Upload-Metadata": coded(file_name="../a")}, 422, "REQUEST_INVALID"),
        ({"Upload-Metadata": coded(file_name="a", kind="other")}, 422, "REQUEST_INVALID"),
        ({"Upload-Metadata": coded(file_name="a", other="b")}, 422, "REQUEST_INVALID"),
        ({"Upload-Metadata": coded(file_name="a", communes="99999")}, 422, "COMMUNES_UNFIT"),
        ({"Idempotency-Key": None}, 422, "REQUEST_INVALID"),
        ({"Content-Type": "text/plain"}, 415, "MEDIA_TYPE_UNSUPPORTED"),
        ({"Authorization": None}, 401, "SIGN_IN_NEEDED"),
    ):
        answer = begin(api, {**bearer, **changed})
        assert (answer.status_code, answer.json()["code"]) == (status, code), changed
        assert answer.headers["tus-resumable"] == "1.0.0"
    assert api.http.get(PATH, headers=bearer).json() == {"uploads": []}


def test_wrong_pieces_change_nothing(api, sender, send):
    where = begin(api, sender.bearer()).headers["location"]
    digest = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert send("PATCH", where, DATA[:10_000], Upload_Offset="0").headers["upload-offset"] == "10000"
    for path, content, headers, status, code in (
        (where, b"x", {"Upload_Offset": "0"}, 409, "UPLOAD_OFFSET_WRONG"),
        (where, b"x", {}, 422, "REQUEST_INVALID"),
        (where, b"x", {"Upload_Offset": "10000", "Content_Type": "text/plain"}, 415, "MEDIA_TYPE_UNSUPPORTED"),
        (where, b"x", {"Upload_Offset": "10000", "Tus_Resumable": "2"}, 412, "TUS_VERSION_UNSUPPORTED"),
        (where, b"x", {"Upload_Offset": "10000", "Upload_Checksum": f"sha256 {digest}"}, 460, "UPLOAD_CHECKSUM_WRONG"),
        (where, b"x", {"Upload_Offset": "10000", "Upload_Checksum": "md5 YQ=="}, 400, "REQUEST_MALFORMED"),
        (where, DATA, {"Upload_Offset": "10000"}, 413, "UPLOAD_TOO_LONG"),
        (f"{PATH}/{uuid4()}", b"x", {"Upload_Offset": "0"}, 404, "UPLOAD_UNKNOWN"),
    ):
        answer = send("PATCH", path, content, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    [listed] = api.http.get(PATH, headers=sender.bearer()).json()["uploads"]
    assert (listed["address"], listed["received_bytes"], listed["size_bytes"]) == (where, 10_000, len(DATA))
    assert send("DELETE", where).status_code == 204
    assert send("HEAD", where).status_code == 404


def test_a_beginning_may_bring_the_first_piece_or_all(api, sender, send, database):
    said = {"Upload_Length": str(len(DATA)), "Upload_Metadata": coded(file_name="a"), "Idempotency_Key": uuid4().hex}
    part = send("POST", PATH, DATA[:5], **said)
    assert (part.status_code, part.headers["upload-offset"]) == (201, "5")
    whole = send("POST", PATH, DATA, **said)
    assert whole.status_code == 201
    assert whole.headers["delivery-repeated"] == "false"
    again = send("PATCH", part.headers["location"], DATA[5:], Upload_Offset="5")
    assert again.headers["delivery-location"] == whole.headers["delivery-location"]


def test_a_line_that_lets_only_post_through(api, sender, send, database):
    where, left = (begin(api, sender.bearer()).headers["location"] for _ in range(2))
    meant = {name: {"X_HTTP_Method_Override": name} for name in ("PATCH", "HEAD", "DELETE", "PUT", "patch")}
    assert send("POST", where, DATA[:10_000], Upload_Offset="0", **meant["PATCH"]).status_code == 204
    told = send("POST", where, **meant["HEAD"])
    assert (told.status_code, told.headers["upload-offset"], told.content) == (200, "10000", b"")
    wrong = send("POST", where, b"x", Upload_Offset="0", **meant["PATCH"])
    assert (wrong.status_code, wrong.json()["code"]) == (409, "UPLOAD_OFFSET_WRONG")
    assert send("POST", left, **meant["DELETE"]).status_code == 204
    assert send("HEAD", left).status_code == 404
    # Nothing else is taken for something else: no other word, no other method, no second word, no other address.
    for method, path, said in (
        ("POST", where, meant["PUT"]),
        ("POST", where, meant["patch"]),
        ("POST", where, {}),
        ("GET", where, meant["DELETE"]),
        ("POST", "/v1/coverage", meant["DELETE"]),
    ):
        assert send(method, path, b"x", Upload_Offset="10000", **said).status_code == 405, (method, said)
    assert begin(api, {**sender.bearer(), "X-HTTP-Method-Override": "DELETE"}).status_code == 201
    twice = [
        *sender.bearer().items(),
        *PIECE.items(),
        *[("X-HTTP-Method-Override", one) for one in ("PATCH", "DELETE")],
    ]
    assert api.http.post(where, headers=twice).status_code == 405
    assert send("POST", where, DATA[10_000:], Upload_Offset="10000", **meant["PATCH"]).status_code == 204
    assert delivered(database, send("HEAD", where).headers["delivery-location"])[0] == hashlib.sha256(DATA).digest()


def test_what_would_not_fit_on_the_disk_is_refused_at_once(api, sender, send, monkeypatch):
    free = SIZE * 2 - 1
    found = SimpleNamespace(f_blocks=free * 4, f_bfree=free, f_bavail=free, f_frsize=1)
    monkeypatch.setattr(os, "statvfs", lambda _: found)
    refused = begin(api, sender.bearer())
    assert (refused.status_code, refused.json()["code"]) == (503, "UPLOAD_NO_ROOM")
    assert int(refused.headers["retry-after"]) >= 60
    assert str(free // 2) in refused.json()["detail"]
    assert begin(api, sender.bearer(), size=free // 2).status_code == 201
    said = {"Idempotency_Key": uuid4().hex, "Content_Type": "application/octet-stream"}
    plain = "/v1/deliveries?file_name=a.geojson"
    found.f_bfree = found.f_bavail = SIZE - 1
    whole = send("POST", plain, DATA, **said)
    assert (whole.status_code, whole.json()["code"]) == (503, "UPLOAD_NO_ROOM")
    found.f_bfree = found.f_bavail = SIZE
    assert send("POST", plain, DATA, **said).status_code == 202


def test_nobody_but_its_sender_knows_it(api, sender, database, make_machine, window):
    stranger = make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE}))
    in_charge(database, stranger.client_id)
    where = begin(api, sender.bearer()).headers["location"]
    for method, headers in (("HEAD", TUS), ("PATCH", {**PIECE, "Upload-Offset": "0"}), ("DELETE", TUS)):
        heard = []
        for path in (where, f"{PATH}/{uuid4()}"):
            answer = api.http.request(method, path, content=b"x", headers={**stranger.bearer(), **headers})
            heard.append((answer.status_code, answer.text.replace(answer.headers["x-request-id"], "")))
        assert heard[0] == heard[1]
        assert heard[0][0] == 404
        assert api.http.request(method, where, headers=headers).status_code == 401
    assert api.http.get(PATH, headers=stranger.bearer()).json() == {"uploads": []}
    assert api.http.head(where, headers={**sender.bearer(), **TUS}).status_code == 200


def test_a_person_uploads_with_session_and_proof(api, database, member):
    login, browser = member(Role.LAND_OFFICER, office="LO-24")
    in_charge(database, "LO-24")
    browser.send("GET", "/current")
    proven = {**browser.here, "X-CSRF-Token": browser.csrf}
    said = {
        **TUS, "Upload-Length": str(len(DATA)), "Upload-Metadata": coded(file_name="a.geojson"), "Idempotency-Key": "key-1",
    }  # fmt: skip
    assert browser.http.post(PATH, headers={**browser.here, **said}).json()["code"] == "CROSS_SITE"
    where = browser.http.post(PATH, headers={**proven, **said}).headers["location"]
    piece = {**PIECE, "Upload-Offset": "0"}
    assert browser.http.patch(where, content=DATA, headers={**browser.here, **piece}).status_code == 403
    # By another name it is guarded as by its own.
    for meant in ("PATCH", "DELETE"):
        asked = {**browser.here, **piece, "X-HTTP-Method-Override": meant}
        assert browser.http.post(where, content=DATA, headers=asked).json()["code"] == "CROSS_SITE"
    done = browser.http.patch(where, content=DATA, headers={**proven, **piece})
    assert done.status_code == 204, done.text
    with database.read() as tx:
        by = tx.connection.scalar(text("SELECT client_id FROM intake.delivery WHERE idempotency_key = 'key-1'"))
    assert by == f"person:{login}"
