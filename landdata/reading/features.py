"""One page of GeoJSON as a service sends it (OGC API - Features), from a file; knows no HTTP and opens nothing else."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from landdata.errors import PullUnreadable
from landdata.model.connections import Feature, Page

# Objects of Python are many times their text: few pages at a time, however many services are read.
TURN = threading.Semaphore(2)
_MOST_ID = 200


def document(path: Path) -> Any:
    """A JSON document. Raises PullUnreadable."""
    with TURN:
        try:
            return from_json(path.read_bytes(), allow_inf_nan=False)
        except ValueError as error:
            raise PullUnreadable(reason="JSON") from error


def read(path: Path) -> Page:
    """The features of a page, in order, how many there are in all, and where it goes on. Raises PullUnreadable."""
    found = document(path)
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise PullUnreadable(reason="FeatureCollection")
    features = found.get("features")
    if not isinstance(features, list):
        raise PullUnreadable(reason="features")
    matched = found.get("numberMatched")
    return Page(
        tuple(map(_feature, features)),
        matched=matched if isinstance(matched, int) and not isinstance(matched, bool) else None,
        following=link(found, "next", "application/geo+json"),
    )


def link(found: Mapping[str, Any], relation: str, kind: str) -> str | None:
    """The address of a link by its relation; of several the one of a kind."""
    links = found.get("links")
    fitting = [
        one
        for one in (links if isinstance(links, Sequence) and not isinstance(links, str) else ())
        if isinstance(one, dict) and one.get("rel") == relation and isinstance(one.get("href"), str)
    ]
    fitting.sort(key=lambda one: one.get("type") != kind)
    return str(fitting[0]["href"]) if fitting else None


def _feature(one: Any) -> Feature:
    values = one.get("properties") if isinstance(one, dict) else None
    if not isinstance(one, dict) or one.get("type") != "Feature" or not isinstance(values, dict | None):
        raise PullUnreadable(reason="feature")
    uid, geometry = one.get("id"), one.get("geometry")
    if not isinstance(geometry, dict | None):
        raise PullUnreadable(reason="geometry")
    return Feature("" if uid is None else str(uid)[:_MOST_ID], values or {}, geometry)
