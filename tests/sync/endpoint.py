"""Consumers' endpoints for tests: the receiver's process, what came to it, and certificates of its own."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from syncworld import Process, free_port, until


class Endpoint:
    """The receiver's process, and what came to it."""

    def __init__(self, folder: Path, *certificate: str) -> None:
        self.port, self.log = free_port(), folder / "messages.jsonl"
        script = Path(__file__).with_name("receiver.py")
        self.process = Process([str(script), str(self.port), str(self.log), *certificate], {}, folder / "receiver.log")

    def url(self, path: str, *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def came(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@contextmanager
def listening(folder: Path, *certificate: str) -> Iterator[Endpoint]:
    made = Endpoint(folder, *certificate)
    with made.process:
        until(made.listens, what="receiver")
        yield made


def certificate(folder: Path, name: str) -> tuple[str, ssl.SSLContext]:
    """A self-signed certificate with its key in one file, and a context that believes it and no other."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(private + made)
    return str(file), ssl.create_default_context(cadata=made.decode())
