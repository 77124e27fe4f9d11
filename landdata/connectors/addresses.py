"""Which addresses this service may call on somebody else's word: public ones by https, others only where a setting says so.

Whoever may name an address could otherwise make us knock at machines that only we can reach (server-side request forgery).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from landdata.errors import WebhookUnfit

Network = IPv4Network | IPv6Network

# IPv6 that carries an IPv4 address inside which no table of reserved addresses sees: 6to4 and NAT64.
_CARRIERS = (ip_network("2002::/16"), ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: where to connect, and by which name the other side proves itself."""

    secure: bool
    host: str
    port: int
    path: str


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a setting. Raises ValueError."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def target(url: str) -> Target:
    """Take an address apart. Raises WebhookUnfit for anything but plain http(s) with a host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise WebhookUnfit(reason_vi="không đọc được", reason_en="it cannot be read") from None
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _MOST
    if not plain or parts.scheme not in {"https", "http"} or not host or parts.fragment or "@" in parts.netloc:
        raise WebhookUnfit(reason_vi="không phải địa chỉ https đơn giản", reason_en="it is no plain https address")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path)


def resolve(where: Target) -> list[str]:
    """All addresses behind the name, each once, in the resolver's order. Raises OSError."""
    found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def nobody_to_ask(error: OSError) -> bool:
    """Whether no resolver answered, so that nothing is known of the name: as in a network without a way out."""
    return isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN


def require(where: Target, addresses: Sequence[str], allowed: Sequence[Network]) -> None:
    """Raises WebhookUnfit unless every address behind the name may be called; plain http goes to loopback only."""
    for address in map(_plain, addresses):
        if not any(address in network for network in allowed) and not _public(address):
            raise WebhookUnfit(reason_vi="trỏ vào mạng riêng", reason_en="it leads into a private network")
        if not where.secure and not address.is_loopback:
            raise WebhookUnfit(reason_vi="không phải https", reason_en="it is not https")


def _plain(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in one for one in _CARRIERS)
