"""OGC API - Features: asks for a collection page by page, in VN-2000, all of it or what changed; knows no rows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from landdata.connectors.wire import Wire
from landdata.errors import PullCrs, PullUnreadable
from landdata.model.connections import Asked, Page, ReadPage, Terms

_GEOJSON = "application/geo+json, application/json;q=0.9"
_JSON = "application/json"
_EPSG = re.compile(r"/def/crs/EPSG/[^/]+/(\d{4,6})>?$")
_CRS84 = re.compile(r"/def/crs/OGC/[^/]+/CRS84h?>?$")
_SYSTEM = "http://www.opengis.net/def/crs/EPSG/0/{}"
_FILTERS = re.compile(r"ogcapi-features-3/1\.\d+/conf/(features-)?filter$")
_CQL2_TEXT = re.compile(r"/cql2/1\.\d+/conf/cql2-text$")

ReadDocument = Callable[[Path], Any]


class Oapif:
    """One collection. Every call raises a PullFailed."""

    def __init__(self, wire: Wire, terms: Terms, *, document: ReadDocument, read: ReadPage) -> None:
        self._wire, self._terms, self._document, self._read = wire, terms, document, read
        self._system: str | None = None
        self._filters = False

    async def begin(self) -> None:
        """Learn what the collection offers. Raises PullCrs where that is not what was registered."""
        address = f"{self._wire.address}/collections/{quote(self._terms.collection, safe='')}"
        said = await self._said(address)
        offered = [str(one) for one in _listed(said, "crs")] or ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
        if "#/crs" in offered:
            whole = await self._said(f"{self._wire.address}/collections")
            offered = [one for one in offered if one != "#/crs"] + [str(one) for one in _listed(whole, "crs")]
        self._system = next((one for one in offered if _code(one) == self._terms.epsg), None)
        if self._system is None and not self._terms.wgs84:
            raise PullCrs(epsg=self._terms.epsg or 0, given=_named(offered))
        if self._terms.changed_by:
            conforms = [
                str(one) for one in _listed(await self._said(f"{self._wire.address}/conformance"), "conformsTo")
            ]
            self._filters = any(map(_FILTERS.search, conforms)) and any(map(_CQL2_TEXT.search, conforms))

    def first(self, asked: Asked) -> str:
        """Address of the first page of what is asked for."""
        query: list[tuple[str, str]] = [("limit", str(asked.most or self._terms.page_rows))]
        if self._system is not None:
            query.append(("crs", self._system))
        if asked.changed_since is not None:
            since = asked.changed_since
            if self._filters:
                words = f"{self._terms.changed_by} >= TIMESTAMP('{since}')"
                query += [("filter", words), ("filter-lang", "cql2-text")]
            else:
                query.append(("datetime", f"{since}/.."))
        query += list(asked.having)
        path = f"{self._wire.address}/collections/{quote(self._terms.collection, safe='')}/items"
        return f"{path}?{urlencode(query, quote_via=quote)}"

    async def page(self, url: str, *, validator: Mapping[str, str] | None = None) -> Page | None:
        """One page; None when it is what it was by its validator."""
        answer = await self._wire.get(url, accept=_GEOJSON, validator=validator)
        if answer.status == 304:
            return None
        found = self._read(answer.path)
        self._require_system(answer.headers.get("content-crs", ""))
        following = urljoin(answer.url, found.following) if found.following else None
        return replace(found, following=following, epsg=self._terms.epsg, validator=answer.validator)

    async def pages(self, asked: Asked) -> AsyncIterator[tuple[str, Page]]:
        """All pages with their addresses, as the service links them."""
        url: str | None = self.first(asked)
        while url is not None:
            found = await self.page(url)
            if found is None:
                raise PullUnreadable(reason="304")
            yield url, found
            url = found.following

    def _require_system(self, said: str) -> None:
        """A service that cannot give a system may give another without a word."""
        if self._system is None:
            if said and not _CRS84.search(said.strip()):
                raise PullCrs(epsg=self._terms.epsg or 0, given=_named([said]))
        elif _code(said) != self._terms.epsg:
            raise PullCrs(epsg=self._terms.epsg or 0, given=_named([said]))

    async def _said(self, address: str) -> Mapping[str, Any]:
        answer = await self._wire.get(address, accept=_JSON)
        found = self._document(answer.path)
        if not isinstance(found, dict):
            raise PullUnreadable(reason="JSON")
        return found


def _listed(said: Mapping[str, Any], name: str) -> list[Any]:
    found = said.get(name)
    return found if isinstance(found, list) else []


def _code(system: str) -> int | None:
    found = _EPSG.search(system.strip())
    return int(found[1]) if found else None


def _named(systems: list[str]) -> str:
    """Systems in a few letters; none that a service could write a message in."""
    names = [f"EPSG:{code}" if (code := _code(one)) else "CRS84" if _CRS84.search(one) else "?" for one in systems]
    return ", ".join(dict.fromkeys(names[:12])) or "-"
