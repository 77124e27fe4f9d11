"""Signs a PDF (PAdES B-B, or B-T where an authority stamps the time); what was there stays as it was, byte for byte."""

from __future__ import annotations

import io
from typing import Protocol

from asn1crypto import keys, tsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers, timestamps
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from landdata.model.reports import SigningKey

FIELD = "BaoCao"


class Stamp(Protocol):
    """Asks an authority: its answer (DER) to a request (DER). Raises ReportStampMissing."""

    def __call__(self, request: bytes) -> bytes: ...


class _Stamper(timestamps.TimeStamper):
    """Hands a request to the authority by our own connector."""

    def __init__(self, ask: Stamp) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ask = ask

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._ask(req.dump()))


def sign(pdf: bytes, key: SigningKey, *, reason: str, stamp: Stamp | None) -> bytes:
    """The PDF with one signature over all of it. Raises ReportStampMissing."""
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([x509.Certificate.load(one) for one in (key.certificate, *key.chain)])
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(key.certificate),
        signing_key=keys.PrivateKeyInfo.load(key.key),
        cert_registry=store,
    )
    said = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", reason=reason, subfilter=SigSeedSubFilter.PADES
    )
    out = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), said, signer=signer, timestamper=_Stamper(stamp) if stamp else None
    )
    return bytes(out.getvalue())
