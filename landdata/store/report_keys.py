"""The key and certificate that sign reports: one PEM or PKCS#12 file of the operator's, never made without being asked for."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from landdata.errors import DataFolderNotWritable, ReportKeyThere, ReportKeyUnusable
from landdata.model.reports import SigningKey

NAMES = ("report.p12", "report.pem")
PASSWORD = "report.password"  # noqa: S105 - the name of a file
_BITS, _DAYS = 3072, 825
_DER = serialization.Encoding.DER


def load(folder: Path) -> SigningKey | None:
    """The key in the folder of keys; None where there is none, and reports go out unsigned and say so.

    Raises ReportKeyUnusable: a key that is there and cannot be used never leads to an unsigned report.
    """
    path = next((folder / name for name in NAMES if (folder / name).exists()), None)
    if path is None:
        return None
    try:
        if path.stat().st_mode & 0o077:
            raise ReportKeyUnusable(file=path.name, reason="readable by others")
        found = _pkcs12(path) if path.suffix == ".p12" else _pem(path)
    except (OSError, ValueError, TypeError) as error:
        raise ReportKeyUnusable(file=path.name, reason=type(error).__name__) from error
    certificate = x509.load_der_x509_certificate(found.certificate)
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        raise ReportKeyUnusable(file=path.name, reason="certificate out of its time")
    return found


def make(folder: Path, name: str) -> SigningKey:
    """Make a key with a certificate that it signs itself: for a sandbox. Raises ReportKeyThere, DataFolderNotWritable."""
    for known in NAMES:
        if (folder / known).exists():
            raise ReportKeyThere(file=known)
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "report.pem"
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise DataFolderNotWritable(folder=str(folder)) from error
    return _pem(path)


def certificates(path: Path) -> tuple[bytes, ...]:
    """Certificates of a PEM or DER file, DER; for whoever verifies. Raises ReportKeyUnusable."""
    try:
        content = path.read_bytes()
        if b"-----BEGIN" in content:
            return tuple(one.public_bytes(_DER) for one in x509.load_pem_x509_certificates(content))
        return (x509.load_der_x509_certificate(content).public_bytes(_DER),)
    except (OSError, ValueError) as error:
        raise ReportKeyUnusable(file=path.name, reason=type(error).__name__) from error


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate, as people compare it."""
    return hashlib.sha256(certificate).hexdigest()


def _pem(path: Path) -> SigningKey:
    content = path.read_bytes()
    key = serialization.load_pem_private_key(content, _password(path.parent))
    return _of(key, x509.load_pem_x509_certificates(content))


def _pkcs12(path: Path) -> SigningKey:
    key, own, others = pkcs12.load_key_and_certificates(path.read_bytes(), _password(path.parent))
    if key is None or own is None:
        raise ReportKeyUnusable(file=path.name, reason="no key or no certificate in it")
    return _of(key, [own, *others])


def _of(key: object, certificates_: list[x509.Certificate]) -> SigningKey:
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError
    if key.public_key() != certificates_[0].public_key():
        raise ValueError
    return SigningKey(
        subject=certificates_[0].subject.rfc4514_string(),
        key=key.private_bytes(_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        certificate=certificates_[0].public_bytes(_DER),
        chain=tuple(one.public_bytes(_DER) for one in certificates_[1:]),
    )


def _password(folder: Path) -> bytes | None:
    path = folder / PASSWORD
    return path.read_bytes().strip() if path.exists() else None
