"""An API killed between keeping the bytes and noting the delivery has acknowledged nothing; the same key works again."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from aftermath import nothing_lost
from faultworld import PROVINCE
from syncworld import Process, free_port, until, value

from fixtures.demo import registration
from fixtures.demo.office import Office
from fixtures.embedded.errors import Fault
from landdata.store import keys as key_files
from landdata.store import raw

_DIE = (
    "import os, signal, sys; from landdata.flows import receive; "
    "receive.deliveries.add = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL); "
    "from api.__main__ import main; sys.exit(main())"
)


def _api(start: list[str], url: str, folder: Path, port: int) -> Process:
    key_files.make_all(folder)
    settings = {
        "LANDDATA_DATABASE_URL": url,
        "LANDDATA_DATA_DIR": str(folder),
        "LANDDATA_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    return Process([*start, "--port", str(port)], settings, folder / "api.log")


def _ready(client: httpx.Client) -> None:
    def answers() -> bool:
        try:
            return client.get("/health").status_code < 500
        except httpx.TransportError:
            return False

    until(answers, what="API")


def test_killed_between_the_bytes_and_the_note(country, country_url, files, tmp_path):
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    file = SimpleNamespace(province=PROVINCE, office_name="VPĐKĐĐ", path=files[0], format="gpkg", epsg=0)
    day = date(2023, 3, 28)
    credentials = registration.register(country, tmp_path, [file], on=day)[PROVINCE]
    with httpx.Client(base_url=issuer, timeout=60, trust_env=False) as client:
        office = Office(client, issuer, credentials)
        with _api(["-c", _DIE], country_url, tmp_path, port) as api:
            _ready(client)
            with pytest.raises(Fault, match="does not answer"):
                office.hand_in(file, effective_on=day.isoformat())
            assert api.running is not None
            assert api.running.wait(20) == -9
        assert value(country, "SELECT count(*) FROM intake.delivery") == 0
        assert value(country, "SELECT count(*) FROM procrastinate_jobs") == 0
        kept = [path for path in (tmp_path / "raw").rglob("*") if path.is_file()]
        assert len(kept) == 1, "whole bytes, and no half ones"
        bytes_sent = files[0].read_bytes()
        digest = hashlib.sha256(bytes_sent).digest()
        with raw.opened(tmp_path, digest, key_files.make_all(tmp_path), tmp_path / "look") as plain:
            assert plain.read_bytes() == bytes_sent
        with _api(["-m", "api"], country_url, tmp_path, port):
            _ready(client)
            place, repeated = office.hand_in(file, effective_on=day.isoformat())
            assert not repeated
            assert office.hand_in(file, effective_on=day.isoformat()) == (place, True)
    assert nothing_lost(country, tmp_path) == 1
    assert value(country, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'deliver'") == 1
    assert [path for path in (tmp_path / "raw").rglob("*") if path.is_file()] == kept
