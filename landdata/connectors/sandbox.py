"""The mock population platform of a simulation: the mood it is in, told and changed over its own HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from landdata.errors import PopulationUnavailable

_TIMEOUT = httpx.Timeout(5.0, connect=2.0)


def mood(url: str, change: dict[str, Any] | None = None) -> dict[str, Any]:
    """The mood as the mock has it, after the change where there is one. Raises PopulationUnavailable."""
    address = f"{url.rstrip('/')}/moods"
    try:
        with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
            answer = client.put(address, json=change) if change else client.get(address)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise PopulationUnavailable(reason=type(error).__name__) from error
    return found
