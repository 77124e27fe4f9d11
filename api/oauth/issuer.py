"""The one name of this service in OAuth: issuer, audience and only legal resource (RFC 8414, 8707)."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from landdata.errors import PublicUrlUnfit


def issuer_of(public_url: str) -> str:
    """The public address in its one spelling. Raises PublicUrlUnfit.

    It comes from the settings alone: an address built from the Host header is the caller's to choose.
    """
    text = public_url.rstrip("/")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise PublicUrlUnfit(url=public_url) from None
    bare = not (parts.path or parts.query or parts.fragment or parts.username) and port != 0
    if (
        not parts.hostname
        or not bare
        or (parts.scheme != "https" and not (parts.scheme == "http" and _loopback(parts.hostname)))
    ):
        raise PublicUrlUnfit(url=public_url)
    return text


def is_safe(url: str) -> bool:
    """Whether an address of another server may be asked: https, or http on this very machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username) and not url.endswith("/")
    safe = parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname or ""))
    return bool(parts.hostname) and plain and safe


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
