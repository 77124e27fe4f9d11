"""A real nginx with the deployed configuration, on free ports and in a folder of a test's own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = Path(__file__).resolve().parents[1] / "docs/deploy/nginx.conf"
PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
Ports = dict[str, int]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def make_certificate(folder: Path, name: str, subject: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key, for this machine's own address."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={subject}",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def written(folder: Path, **given: int) -> tuple[Path, Ports]:
    """The configuration with our own ports and folders in place of the container's; `given` ports stay."""
    certificate, key = make_certificate(folder, "certificate", "localhost")
    ports = {name: free_port() for name in ("tls", "mtls", "plain", "alive", "api")} | given
    text = CONFIGURATION.read_text(encoding="utf-8")
    for there, here in (
        (" /tmp/", f" {folder}/"),  # first: what follows brings /tmp back in
        ("/run/secrets/tls_certificate", certificate),
        ("/run/secrets/tls_key", key),
        ("api:8000", f"127.0.0.1:{ports['api']}"),
        ("listen 8443", f"listen 127.0.0.1:{ports['tls']}"),
        ("listen 8444", f"listen 127.0.0.1:{ports['mtls']}"),
        ("listen 8080", f"listen 127.0.0.1:{ports['plain']}"),
        ("127.0.0.1:8081", f"127.0.0.1:{ports['alive']}"),
        ("/dev/stdout", folder / "access.log"),
        ("/dev/stderr", folder / "error.log"),
    ):
        assert there in text, there
        text = text.replace(there, str(here))
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    folder.chmod(0o755)
    return folder, ports


def command(folder: Path, *more: str) -> list[str | Path]:
    assert PROGRAM is not None
    return [PROGRAM, "-e", folder / "error.log", "-c", folder / "nginx.conf", "-p", folder, *more]


@contextmanager
def started(folder: Path, ports: Ports) -> Iterator[None]:
    """nginx, until the block ends."""
    # Root's nginx would hand over to `nobody`, who may not read the folder of a test.
    user = "user root;" if os.geteuid() == 0 else ""
    process = subprocess.Popen(
        command(folder, "-g", f"daemon off; {user}"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", ports["tls"]), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)
