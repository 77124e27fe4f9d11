"""Services of provinces that we did not write, as processes on loopback: pygeoapi, MapServer, OpenSSH; and files for them."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyogrio
import yaml
from landworld import COMMUNES, EPSG, Row, row

from fixtures.embedded.packages import which
from fixtures.province.mapserver import COLLECTION, serving
from landdata.model.connections import Credential, Terms, Way

_SYSTEM = "http://www.opengis.net/def/crs/EPSG/0/{}"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def running(
    arguments: list[str], log: Path, *, environment: dict[str, str] | None = None, user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program until the end of the block; what it says goes to a file."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            arguments,
            env={**os.environ, **(environment or {})},
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            user=user,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(happened: Callable[[], Any], log: Path, *, seconds: float = 30.0) -> None:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError(f"a service did not start: {log.read_text(errors='replace')[-3000:]}")


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code < 500
    except httpx.TransportError:
        return False


def feature(name: str, row: Row, /, **more: Any) -> dict[str, Any]:
    """A row of `landworld` as a feature of a service."""
    values = {column: value for column, value in row.items() if column != "ring"} | more
    ring = row.get("ring")
    shape = {"type": "Polygon", "coordinates": [[list(point) for point in ring]]} if ring else None
    return {"type": "Feature", "id": name, "properties": values, "geometry": shape}


# OGC API - Features: pygeoapi


@dataclass
class Pygeoapi:
    """A running pygeoapi with one collection `parcels`; its rows are a file that is read with every request."""

    address: str
    file: Path
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self, *features: dict[str, Any]) -> None:
        """Add or replace features."""
        self.rows |= {one["id"]: one for one in features}
        self._write()

    def remove(self, *uids: str) -> None:
        for one in uids:
            del self.rows[one]
        self._write()

    def _write(self) -> None:
        table = {str(place): one for place, one in enumerate(self.rows.values(), 1)}
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps({"_default": table}))
        fresh.replace(self.file)

    def terms(self, **changed: Any) -> Terms:
        return Terms(
            **{"way": Way.OAPIF, "address": self.address, "collection": "parcels", "epsg": EPSG, "page_rows": 3}
            | changed
        )


@contextmanager
def pygeoapi(folder: Path, *, systems: tuple[int, ...] = (EPSG,)) -> Iterator[Pygeoapi]:
    """The reference server of OGC API - Features, as its makers start it."""
    port = free_port()
    served = Pygeoapi(f"http://127.0.0.1:{port}", folder / "parcels.json")
    served._write()
    config, description = folder / "pygeoapi.yml", folder / "openapi.yml"
    words = {"en": "x"}
    provider = {
        "type": "feature",
        "name": "TinyDB",
        "data": str(served.file),
        "id_field": "id",
        "time_field": "changed_at",
        "crs": [_CRS84, *(_SYSTEM.format(one) for one in systems)],
        "storage_crs": _SYSTEM.format(EPSG),
    }
    extents = {"spatial": {"bbox": [102, 8, 110, 24], "crs": _CRS84}}
    who = {"name": "x", "url": "http://127.0.0.1", "email": "x@example.org"}
    config.write_text(
        yaml.safe_dump(
            {
                "server": {
                    "bind": {"host": "127.0.0.1", "port": port},
                    "url": served.address,
                    "mimetype": "application/json; charset=UTF-8",
                    "encoding": "utf-8",
                    "gzip": True,
                    "languages": ["en-US"],
                    "limits": {"default_items": 10, "max_items": 10000},
                    "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": "x"},
                },
                "logging": {"level": "ERROR"},
                "metadata": {
                    "identification": {
                        "title": words, "description": words, "keywords": {"en": ["x"]}, "keywords_type": "theme",
                        "terms_of_service": "x", "url": "http://127.0.0.1",
                    },
                    "license": {"name": "x", "url": "http://127.0.0.1"},
                    "provider": who,
                    "contact": who,
                },
                "resources": {
                    "parcels": {
                        "type": "collection", "title": words, "description": words, "keywords": {"en": ["x"]},
                        "links": [], "extents": extents, "providers": [provider],
                    }
                },
            }
        )
    )  # fmt: skip
    description.write_text("openapi: 3.0.2\ninfo: {title: x, version: '1'}\npaths: {}\n")
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(description)}
    log = folder / "pygeoapi.log"
    start = "from pygeoapi import cli; cli(['serve'])"
    with running([sys.executable, "-W", "ignore", "-c", start], log, environment=environment):
        until(lambda: answers(f"{served.address}/conformance"), log)
        yield served


# Web Feature Service 2.0: MapServer


@dataclass
class MapServer:
    """MapServer behind a CGI host, with one feature type `parcels` out of a GeoPackage."""

    address: str
    file: Path

    def put(self, rows: dict[str, Row]) -> None:
        """All rows there are, by their ids."""
        source = self.file.with_suffix(".geojson")
        system = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{EPSG}"}}
        features = [feature(uid, one, uid=uid) for uid, one in rows.items()]
        source.write_text(json.dumps({"type": "FeatureCollection", "crs": system, "features": features}))
        fresh = self.file.with_name("fresh.gpkg")
        fresh.unlink(missing_ok=True)
        meta, table = pyogrio.read_arrow(source, datetime_as_string=True)
        pyogrio.write_arrow(
            table, fresh, layer="parcels", driver="GPKG", geometry_name=meta["geometry_name"] or "wkb_geometry",
            geometry_type="Polygon", crs=f"EPSG:{EPSG}",
        )  # fmt: skip
        fresh.replace(self.file)

    def terms(self, **changed: Any) -> Terms:
        return Terms(
            **{"way": Way.WFS, "address": self.address, "collection": COLLECTION, "epsg": EPSG, "page_rows": 3}
            | changed
        )


@contextmanager
def mapserver(folder: Path) -> Iterator[MapServer]:
    served = MapServer("", folder / "parcels.gpkg")
    served.put({"u1": row(COMMUNES[0], 1)})
    with serving(folder, served.file, layer="parcels", key="uid", epsg=EPSG) as served.address:
        yield served


def program(name: str) -> str:
    """A program that `./run test` installs."""
    found = which(name)
    assert found, f"{name} is missing; ./run test installs it"
    return found


# What nobody would put up


@dataclass
class Hostile:
    """The misbehaving service; a mood is the first part of its path."""

    origin: str
    file: Path

    def put(self, *features: dict[str, Any], province: str = "") -> None:
        """All rows there are, or those of a province, whose moods end with its code."""
        file = self.file.with_name(f"rows-{province}.json") if province else self.file
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(features))
        fresh.replace(file)

    def terms(self, mood: str, **changed: Any) -> Terms:
        said = {
            "way": Way.OAPIF,
            "address": f"{self.origin}/{mood}",
            "collection": "parcels",
            "epsg": EPSG,
            "page_rows": 3,
        }
        return Terms(**said | changed)


@contextmanager
def hostile(folder: Path, *, port: int | None = None) -> Iterator[Hostile]:
    port = port or free_port()
    served = Hostile(f"http://127.0.0.1:{port}", folder / "rows.json")
    log = folder / "hostile.log"
    with running([sys.executable, str(Path(__file__).parent / "hostile.py"), str(port), str(served.file)], log):
        until(lambda: answers(f"{served.origin}/good/collections/parcels"), log)
        yield served


# A drop area: OpenSSH

_SSHD = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM yes
PasswordAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


@dataclass
class DropArea:
    """A folder behind OpenSSH; `key` is the private key that is let in, `host_key` what the server proves itself by."""

    address: str
    user: str
    root: Path
    key: bytes
    host_key: str

    def put(self, name: str, data: bytes, *, done: bool = True) -> None:
        path = self.root / name
        path.write_bytes(data)
        path.chmod(0o666)
        if done:
            (self.root / f"{name}.done").touch()

    def below(self) -> list[str]:
        return sorted(str(one.relative_to(self.root)) for one in self.root.rglob("*") if one.is_file())

    def terms(self, **changed: Any) -> Terms:
        said = {
            "way": Way.SFTP, "address": self.address, "collection": str(self.root), "credential": Credential.SSH_KEY,
            "secret_file": "drop.key", "user_name": self.user, "host_key": self.host_key,
        }  # fmt: skip
        return Terms(**said | changed)


@contextmanager
def openssh() -> Iterator[DropArea]:
    """An unprivileged sshd: as root it needs more of the machine than a test may ask for, so another user runs it."""
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    with tempfile.TemporaryDirectory(prefix="landdata-drop-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        (root := folder / "area").mkdir()
        for key in ("host", "client"):
            subprocess.run(
                [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True
            )
        shutil.copy(folder / "client.pub", folder / "authorized")
        (folder / "sshd.conf").write_text(_SSHD.format(port=port, folder=folder))
        if user == "nobody":
            for path in (root, folder / "host", folder / "authorized", folder / "sshd.conf"):
                shutil.chown(path, user)
        served = DropArea(
            f"sftp://127.0.0.1:{port}", user, root, (folder / "client").read_bytes(),
            " ".join((folder / "host.pub").read_text().split()[:2]),
        )  # fmt: skip
        # By its name it finds its PAM service: the distribution's own one is for a sshd that is root.
        (sshd := folder / "drop-area-sshd").symlink_to(program("sshd"))
        arguments = [str(sshd), "-D", "-e", "-f", str(folder / "sshd.conf")]
        log = folder / "sshd.log"
        with running(arguments, log, user=user if user == "nobody" else None):
            until(lambda: _listens(port), log)
            yield served


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
