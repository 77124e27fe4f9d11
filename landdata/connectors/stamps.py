"""Asks a time-stamping authority (RFC 3161) to answer a request that is made already; knows nothing of what is stamped."""

from __future__ import annotations

import httpx

from landdata.errors import ReportStampMissing

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_MOST = 64 * 1024


def ask(url: str, request: bytes) -> bytes:
    """The authority's answer, DER, not looked into. Raises ReportStampMissing."""
    try:
        with httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as http:
            answer = http.post(url, content=request, headers={"Content-Type": "application/timestamp-query"})
    except httpx.HTTPError as error:
        raise ReportStampMissing(url=url[:200]) from error
    if answer.status_code != httpx.codes.OK or len(answer.content) > _MOST:
        raise ReportStampMissing(url=url[:200])
    return answer.content
