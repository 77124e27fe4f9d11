"""Asks a time-stamping authority (RFC 3161) to stamp a head, and checks its stamps; knows nothing of the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    Verifier,
    VerifierBuilder,
    decode_timestamp_response,
)

from landdata.errors import TimestampRefused

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority: its address and the certificates that its stamps have to lead to."""

    url: str
    certificates: tuple[x509.Certificate, ...]

    def stamp(self, message: bytes) -> bytes:
        """The authority's answer about the message, DER; checked. Raises TimestampRefused."""
        request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
        try:
            with httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as http:
                answer = http.post(
                    self.url, content=request.as_bytes(), headers={"Content-Type": "application/timestamp-query"}
                )
        except httpx.HTTPError as error:
            raise TimestampRefused(url=self.url[:200]) from error
        if answer.status_code != httpx.codes.OK or len(answer.content) > _MOST:
            raise TimestampRefused(url=self.url[:200])
        if self._stamped_at(answer.content, message, nonce=request.nonce) is None:
            raise TimestampRefused(url=self.url[:200])
        return answer.content

    def stamped_at(self, receipt: bytes, message: bytes) -> datetime | None:
        """When the authority stamped the message; None when the stamp is not its, or of something else."""
        return self._stamped_at(receipt, message, nonce=None)

    def _stamped_at(self, receipt: bytes, message: bytes, *, nonce: int | None) -> datetime | None:
        try:
            response = decode_timestamp_response(receipt)
            self._verifier(nonce).verify_message(response, message)
        except (VerificationError, ValueError):
            return None
        stamped: datetime = response.tst_info.gen_time
        return stamped

    def _verifier(self, nonce: int | None) -> Verifier:
        roots = [one for one in self.certificates if one.issuer == one.subject]
        between = [one for one in self.certificates if one.issuer != one.subject]
        return VerifierBuilder(roots=roots, intermediates=between, nonce=nonce).build()


def authority(url: str, certificates: str) -> Authority | None:
    """The authority of the settings; None without an address. Raises TimestampRefused when its certificates are no use."""
    if not url:
        return None
    try:
        found = tuple(x509.load_pem_x509_certificates(Path(certificates).read_bytes()))
    except (OSError, ValueError) as error:
        raise TimestampRefused(url=url[:200]) from error
    if not any(one.issuer == one.subject for one in found):
        raise TimestampRefused(url=url[:200])
    return Authority(url, found)
