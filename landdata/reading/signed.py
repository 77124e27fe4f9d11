"""Checks the signature of a PDF: that it covers the whole file, that nothing was changed, and whose it is."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from landdata.errors import ReportAltered, ReportUnsigned
from landdata.model.reports import Verified


def verify(content: bytes, *, file: str, known: Sequence[bytes]) -> Verified:
    """What the signature says; `known`: certificates (DER) of signers or authorities that are believed.

    Raises ReportUnsigned, ReportAltered.
    """
    logging.getLogger("pyhanko").setLevel(
        logging.CRITICAL
    )  # a signer that is not known is told below, not with a traceback
    try:
        reader = PdfFileReader(io.BytesIO(content))
        found = list(reader.embedded_regular_signatures)
    except (
        PdfError,
        SigningError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        # Whatever somebody made of the file: it is not one that we can believe.
        raise (ReportAltered if b"/ByteRange" in content else ReportUnsigned)(file=file) from error
    if len(found) != 1:
        raise (ReportAltered if found else ReportUnsigned)(file=file)
    roots = [x509.Certificate.load(one) for one in known]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")
    try:
        status = validate_pdf_signature(found[0], signer_validation_context=context, ts_validation_context=context)
    except (PdfError, SigningError, SignatureValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportAltered(file=file) from error
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    level = getattr(status, "modification_level", ModificationLevel.NONE)
    if not (status.intact and status.valid and whole and level in {None, ModificationLevel.NONE}):
        raise ReportAltered(file=file)
    certificate: bytes = status.signing_cert.dump()
    stamp = status.timestamp_validity
    stamped: datetime | None = stamp.timestamp if stamp is not None and stamp.intact and stamp.valid else None
    return Verified(
        signer=status.signing_cert.subject.human_friendly,
        fingerprint=hashlib.sha256(certificate).hexdigest(),
        signed_at=status.signer_reported_dt,
        stamped_at=stamped,
        known=certificate in known or bool(status.trusted),
    )
