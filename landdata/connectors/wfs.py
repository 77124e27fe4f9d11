"""Web Feature Service 2.0: asks for a feature type page by page, in VN-2000, all of it or what changed; knows no rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode, urljoin, urlsplit
from xml.sax.saxutils import escape

from landdata.connectors.wire import Wire
from landdata.errors import PullCrs, PullRefused, PullUnreadable
from landdata.model.connections import Asked, Page, ReadPage, Terms

_GML = "application/gml+xml, text/xml;q=0.9, application/xml;q=0.9"
_FES = "http://www.opengis.net/fes/2.0"
_KNOWN = frozenset(
    {
        "service",
        "version",
        "request",
        "typenames",
        "count",
        "startindex",
        "srsname",
        "filter",
        "namespaces",
        "resulttype",
    }
)


class Wfs:
    """One feature type. Every call raises a PullFailed."""

    def __init__(self, wire: Wire, terms: Terms, *, read: ReadPage) -> None:
        self._wire, self._terms, self._read = wire, terms, read

    async def begin(self) -> None:
        """Nothing has to be learnt: each answer names its own coordinate system."""

    def first(self, asked: Asked) -> str:
        """Address of the first page of what is asked for."""
        return self._at(asked, 0)

    async def page(self, url: str, *, validator: Mapping[str, str] | None = None) -> Page | None:
        """One page; None when it is what it was by its validator."""
        answer = await self._wire.get(url, accept=_GML, validator=validator)
        if answer.status == 304:
            return None
        found = self._read(answer.path)
        if found.refused:
            raise PullRefused(answer="".join(one for one in found.refused if one.isalnum())[:60] or "exception")
        drawn = any(one.geometry for one in found.features)
        if drawn and found.epsg != self._terms.epsg:
            raise PullCrs(epsg=self._terms.epsg or 0, given=f"EPSG:{found.epsg}" if found.epsg else "?")
        following = urljoin(answer.url, found.following) if found.following else None
        return replace(found, following=following, validator=answer.validator)

    async def pages(self, asked: Asked) -> AsyncIterator[tuple[str, Page]]:
        """All pages with their addresses: by the service's own links, or counted on where it gives none."""
        url: str | None = self.first(asked)
        # Some say how many there are only when asked for nothing else.
        counted = await self.page(self._at(asked, None))
        said = counted.matched if counted else None
        received = 0
        while url is not None:
            found = await self.page(url)
            if found is None:
                raise PullUnreadable(reason="304")
            found = found if found.matched is not None else replace(found, matched=said)
            yield url, found
            received += len(found.features)
            url = found.following
            more = found.matched is None or received < found.matched
            if url is None and found.features and more:
                url = self._at(asked, received)

    def _at(self, asked: Asked, start: int | None) -> str:
        """`start` None: only how many there are."""
        parts = urlsplit(self._wire.address)
        query = [
            ("service", "WFS"),
            ("version", "2.0.0"),
            ("request", "GetFeature"),
            ("typeNames", self._terms.collection),
            *([("resultType", "hits")] if start is None else self._part(asked, start)),
            ("srsName", f"urn:ogc:def:crs:EPSG::{self._terms.epsg}"),
        ]
        wanted = self._filter(asked)
        if wanted:
            query.append(("filter", wanted))
        # Parameters that an address has of its own, such as the map of MapServer, stay in front.
        own = [one for one in parts.query.split("&") if one and one.partition("=")[0].lower() not in _KNOWN]
        return parts._replace(query="&".join([*own, urlencode(query, quote_via=quote)])).geturl()

    def _part(self, asked: Asked, start: int) -> list[tuple[str, str]]:
        return [("count", str(asked.most or self._terms.page_rows)), ("startIndex", str(start))]

    def _filter(self, asked: Asked) -> str:
        terms = [_compared("PropertyIsEqualTo", name, value) for name, value in asked.having]
        if asked.changed_since is not None:
            terms.append(_compared("PropertyIsGreaterThanOrEqualTo", self._terms.changed_by, asked.changed_since))
        if not terms:
            return ""
        inner = terms[0] if len(terms) == 1 else f"<fes:And>{''.join(terms)}</fes:And>"
        return f'<fes:Filter xmlns:fes="{_FES}">{inner}</fes:Filter>'


def _compared(how: str, name: str, value: str) -> str:
    named, said = escape(name), escape(value)
    return f"<fes:{how}><fes:ValueReference>{named}</fes:ValueReference><fes:Literal>{said}</fes:Literal></fes:{how}>"
