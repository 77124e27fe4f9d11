"""`landdata deliver`, on the server and from an office's own desk over a running API, with a worker beside it."""

from __future__ import annotations

import csv
import json
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey
from landworld import COMMUNES, DAY, PROVINCE, geojson, row
from rich.console import Console
from sqlalchemy import text

from landdata import cli
from landdata.commands import console
from landdata.connectors import service, uploads
from landdata.errors import ClientKeyUnreadable, ServiceAddressUnsafe, ServiceRefused, ServiceUnavailable
from landdata.flows import offices, publish
from landdata.reading.packing import pack
from landdata.store import keys as key_files

ROWS = [row(COMMUNES[0], 1), row(COMMUNES[0], 2), row(COMMUNES[0], 3, ring=None)]


@pytest.fixture
def database(country):
    """The API of these tests knows the country."""
    return country


@pytest.fixture
def known(database, office):
    """The office of the client has a province and may back-date."""
    code = office.client_id
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("lan", "minh"):
        offices.register_person(database, login=login, full_name=login, office_code="MAE")
    offices.register_land_office(database, code=code, name_vi=code, name_en=code, provinces=[(PROVINCE, DAY)])
    offices.grant_backfill(database, office_code=code, reason="thử", requested_by="lan", approved_by="minh")
    return code


@pytest.fixture
def worker(database, settings):
    """Works off what comes, in a thread; the queue is left out."""
    stop, keys = threading.Event(), key_files.make_all(settings.data_dir)

    def work() -> None:
        while not stop.wait(0.2):
            with database.read() as tx:
                waiting = tx.connection.scalars(
                    text("SELECT delivery_uid FROM intake.delivery WHERE state = 'RECEIVED'")
                )
                found = list(waiting)
            for uid in found:
                publish.deliver(database, delivery_uid=uid, settings=settings, keys=keys)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(60)


@pytest.fixture
def command(monkeypatch, capsys, settings):
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(console, "settings", lambda: settings)
        monkeypatch.setattr(console, "out", Console(soft_wrap=True, highlight=False, markup=False))
        monkeypatch.setattr(sys, "argv", ["landdata", "deliver", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "thua.geojson").write_bytes(geojson(ROWS))
    (folder / "no.geojson").write_bytes(b"no map")
    return folder


def key_of(office, folder):
    path = folder / "private.jwk"
    path.write_text(json.dumps(office.key.as_dict(private=True)))
    return path


LEDGER = "3 dòng đọc / rows read = 2 mới / new + 0 thay đổi / changed + 0 không đổi / unchanged"


def test_on_the_server(command, known, worker, files, database):
    given = (files / "thua.geojson", "--office", known, "--effective-on", DAY)
    code, printed, error = command(*given, "--follow")
    assert (code, error) == (0, "")
    assert LEDGER in printed
    assert "1 trả lại / refused" in printed
    assert "landdata deliveries refused" in printed
    assert "ĐÃ CÔNG BỐ / PUBLISHED" in printed
    code, printed, _ = command(*given)
    assert code == 0
    assert "đã giao trước / delivered before" in printed
    code, printed, _ = command(files / "no.geojson", "--office", known, "--effective-on", DAY, "--follow")
    assert code == 1
    assert "Không nhận ra định dạng của tệp." in printed
    assert "How to mend: Send a GeoPackage" in printed
    assert command(files / "thua.geojson", "--office", "NOBODY")[0] == 2
    with database.read() as tx:
        assert tx.connection.scalar(text("SELECT count(*) FROM intake.delivery")) == 2


def test_what_waits_for_a_second_person_ends_with_three(command, known, worker, files):
    ends = []
    for many in (30, 1):
        path = files / f"{many}.geojson"
        path.write_bytes(geojson([row(COMMUNES[0], number + 1) for number in range(many)]))
        ends.append(command(path, "--office", known, "--effective-on", DAY, "--follow"))
    assert [end[0] for end in ends] == [0, 3]
    assert f"{COMMUNES[0]} RETIRES_MANY: Xã này sẽ mất 29 trong 30 thửa" in ends[1][1]
    assert "landdata deliveries approve|reject" in ends[1][1]


def test_over_http(api, command, known, office, worker, files, monkeypatch):
    monkeypatch.setattr("api.events.LOOK_SECONDS", 0.05)
    desk = ("--url", api.url, "--client", office.client_id, "--key-file", key_of(office, files), "--effective-on", DAY)
    code, printed, error = command(files / "thua.geojson", *desk, "--follow")
    assert (code, error) == (0, ""), error
    assert LEDGER in printed
    again = command(files / "thua.geojson", *desk)
    assert again[0] == 0
    assert "delivered before" in again[1]
    code, printed, _ = command(files / "no.geojson", *desk, "--follow")
    assert code == 1
    assert "FORMAT_UNKNOWN" in printed
    code, _, error = command(files / "thua.geojson", *desk, "--crs", 4326)
    assert code == 2
    assert "ZONE_UNKNOWN" in error


def test_a_table_and_its_layer_become_one_archive(command, known, worker, files):
    table, layer = files / "so.csv", files / "ban_do.geojson"
    names = [name for name in ROWS[0] if name != "ring"]
    with table.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.DictWriter(file, names, extrasaction="ignore")
        sheet.writeheader()
        sheet.writerows(ROWS)
    keys = ("commune_code", "map_sheet_number", "parcel_number", "ring")
    layer.write_bytes(geojson([{name: one[name] for name in keys} for one in ROWS]))
    code, printed, _ = command(table, layer, "--office", known, "--effective-on", DAY, "--follow")
    assert (code, LEDGER in printed) == (0, True)
    shape = files / "shape.zip"
    with zipfile.ZipFile(shape, "w") as archive:
        archive.writestr("dir/a.shp", b"x")
    one, two = (pack([table, shape], files / name).read_bytes() for name in ("1.zip", "2.zip"))
    assert one == two
    with zipfile.ZipFile(files / "1.zip") as archive:
        assert archive.namelist() == ["so.csv", "1/a.shp"]


def test_a_question_asked_wrongly(command, files):
    path = files / "thua.geojson"
    assert command(path)[0] == 2
    assert command(path, "--office", "X", "--url", "https://a", "--client", "b", "--key-file", path)[0] == 2
    assert command(path, "--url", "https://a", "--client", "b")[0] == 2
    code, _, error = command(path, "--url", "http://land.example", "--client", "b", "--key-file", path)
    assert (code, "SERVICE_ADDRESS_UNSAFE" in error) == (2, True)


def test_a_key_is_made_once(tmp_path, monkeypatch):
    private, public = tmp_path / "private.pem", tmp_path / "public.json"
    monkeypatch.setattr(sys, "argv", ["landdata", "clients", "make-key", str(private), str(public)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert private.stat().st_mode & 0o777 == 0o600
    [key] = json.loads(public.read_text())["keys"]
    assert (key["crv"], key["kid"], "d" in key) == ("P-256", ECKey.import_key(private.read_bytes()).thumbprint(), False)
    kept = private.read_bytes()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, private.read_bytes()) == (2, kept)


def test_what_the_client_says_of_a_service(api, office, files):
    key = key_of(office, files)
    with pytest.raises(ClientKeyUnreadable), service.connect(api.url, client_id="x", key_file=files / "thua.geojson"):
        pass
    public = files / "public.jwk"
    public.write_text(json.dumps(office.key.as_dict(private=False)))
    with pytest.raises(ClientKeyUnreadable), service.connect(api.url, client_id="x", key_file=public):
        pass
    with pytest.raises(ServiceAddressUnsafe), service.connect("ftp://localhost", client_id="x", key_file=key):
        pass
    with service.connect(api.url, client_id="nobody", key_file=key) as there, pytest.raises(ServiceRefused) as caught:
        there.view("11111111-1111-4111-8111-111111111111")
    assert caught.value.details["answer"] == "invalid_client"
    with (
        service.connect("http://127.0.0.1:9", client_id="x", key_file=key) as there,
        pytest.raises(ServiceUnavailable),
    ):
        there.view("x")


def test_following_goes_on_where_a_stream_broke_off(api, office, files, monkeypatch):
    """Streams that end early and a service that is busy in between: every change is told once."""
    monkeypatch.setattr(service, "_PAUSE_SECONDS", 0.01)
    now = time.monotonic()
    with service.connect(api.url, client_id=office.client_id, key_file=key_of(office, files)) as there:
        streams = iter(
            [
                [("progress", "a", {"state": "RECEIVED"})],
                ServiceRefused(status=503, answer="BUSY", words=""),
                ServiceUnavailable(reason="gone"),
                [("progress", "b", {"state": "CHECKED"}), ("end", "c", {"state": "PUBLISHED"})],
            ]
        )
        asked = []

        def events(_uid: str, last: str) -> Iterator[tuple[str, str, dict[str, str]]]:
            asked.append(last)
            found = next(streams)
            if isinstance(found, Exception):
                raise found
            yield from found

        monkeypatch.setattr(there, "_events", events)
        assert [one["state"] for one in there.follow("x")] == ["RECEIVED", "CHECKED", "PUBLISHED"]
    assert asked == ["", "a", "a", "a"]
    assert time.monotonic() - now < 5


def test_a_large_file_goes_on_where_an_earlier_start_was_cut(api, command, known, office, files, monkeypatch):
    """The line breaks three times, the program is given up and started again; another file of the same size begins anew."""
    monkeypatch.setattr(service, "RESUMABLE_BYTES", 1)
    monkeypatch.setattr("landdata.flows.uploads.STEP_BYTES", 20_000)
    monkeypatch.setattr("landdata.connectors.uploads._PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("landdata.connectors.uploads._CHUNK", 10_000)
    path, broken, sent = files / "lon.geojson", iter([150_000, 200_000, 250_000]), []
    path.write_bytes(geojson([row(COMMUNES[0], number) for number in range(1, 500)]))
    real = uploads._from

    def breaking(of: Path, at: int, report: object) -> Iterator[bytes]:
        sent.append(at)
        until = next(broken, None)
        for chunk in real(of, at, report):
            if until is not None and at >= until:
                raise httpx.WriteError("the line broke")
            at += len(chunk)
            yield chunk

    monkeypatch.setattr(uploads, "_from", breaking)
    monkeypatch.setattr(uploads, "_TRIES", 0)
    desk = ("--url", api.url, "--client", office.client_id, "--key-file", key_of(office, files), "--effective-on", DAY)
    first = command(path, *desk)
    assert (first[0], "SERVICE_UNAVAILABLE" in first[2]) == (2, True)
    monkeypatch.setattr(uploads, "_TRIES", 12)
    code, printed, error = command(path, *desk)
    assert (code, error) == (0, "")
    assert "delivered before" not in printed
    # What a server had read and not yet looked at when the line broke is lost with it: some 64 kB.
    assert (sent[0], len(sent) >= 4) == (0, True)
    assert sent[-1] > 100_000, sent
    assert "delivered before" in command(path, *desk)[1]
    begun = len(sent)
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    assert command(path, *desk)[0] == 0
    assert sent[begun] == 0
