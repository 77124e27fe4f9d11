"""Where a request came from."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request


def address_of(request: Request) -> str:
    """Where a request came from; `::`, the unspecified address, when the server cannot say."""
    try:
        return str(ip_address(request.client.host if request.client else ""))
    except ValueError:
        return "::"
