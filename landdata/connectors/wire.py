"""HTTP to a province's own service: only to where it was registered, judged and pinned, answers bounded and on disk.

Whoever runs that service, or whoever has broken into it, must not be able to make us call anything else, wait for ever or
fill memory: redirects and links are followed within the registered origin alone, bodies are counted as they are unpacked.
"""

from __future__ import annotations

import asyncio
import errno
import re
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import httpx

from landdata.connectors import addresses, retry_after
from landdata.connectors.addresses import Network
from landdata.errors import (
    DiskFull,
    LandDataError,
    PullAbsent,
    PullDenied,
    PullForbiddenAddress,
    PullLeadsAway,
    PullRefused,
    PullTimedOut,
    PullTooLarge,
    PullUnreachable,
    PullUnreadable,
    WebhookUnfit,
)
from landdata.model.connections import PullLimits, Spent

# Of one step; the whole pull has a clock of its own.
_SILENCE_SECONDS = 60.0
_TIMEOUT = httpx.Timeout(_SILENCE_SECONDS, connect=15.0)
_AGAIN = frozenset({429, 502, 503, 504})
_TRIES, _FIRST_WAIT, _LONGEST_WAIT = 3, 1.0, 60.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_PIECE = 1 << 18
_SECURE = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; 304 has no file."""

    status: int
    headers: httpx.Headers
    path: Path
    url: str

    @property
    def validator(self) -> dict[str, str]:
        """What to ask by next time, whether this is still so."""
        found = {
            "If-None-Match": self.headers.get("etag", ""),
            "If-Modified-Since": self.headers.get("last-modified", ""),
        }
        return {name: value for name, value in found.items() if value and len(value) <= 200}


class Authorization(Protocol):
    """Proves us to the service, request by request."""

    async def headers(self, *, anew: bool) -> Mapping[str, str]: ...


class Wire:
    """One pull's way to one service. Every call raises a PullFailed that names what is wrong."""

    def __init__(
        self,
        address: str,
        *,
        http: httpx.AsyncClient,
        authorization: Authorization,
        limits: PullLimits,
        folder: Path,
        spent: Spent,
    ) -> None:
        self._address, self._origin = address, origin(address)
        self._http, self._authorization = http, authorization
        self._limits, self._folder, self.spent = limits, folder, spent

    @property
    def address(self) -> str:
        """The registered address, without a slash at its end."""
        return self._address.rstrip("/")

    async def get(self, url: str, *, accept: str, validator: Mapping[str, str] | None = None) -> Answer:
        """One answer with its body on disk; asks again where the service says that it is only busy."""
        wait = _FIRST_WAIT
        for attempt in range(_TRIES):
            try:
                answer = await self._followed(url, accept, validator or {})
            except (httpx.TransportError, OSError) as error:
                if attempt == _TRIES - 1:
                    raise told(error) from error
            else:
                if answer.status not in _AGAIN or attempt == _TRIES - 1:
                    return _judged(answer)
                wait = max(wait, retry_after.seconds(answer.headers.get("retry-after", "")))
            await asyncio.sleep(min(wait, _LONGEST_WAIT))
            wait *= 4
        raise PullUnreachable(reason="?")

    async def _followed(self, url: str, accept: str, validator: Mapping[str, str]) -> Answer:
        anew = False
        for _ in range(_MOST_REDIRECTS + 2):
            if origin(url) != self._origin:
                raise PullLeadsAway(where=_short(url))
            headers = {"Accept": accept, "Accept-Encoding": "gzip", **validator}
            answer = await self._received(url, {**headers, **await self._authorization.headers(anew=anew)})
            if answer.status in _REDIRECTS:
                url = urljoin(url, answer.headers.get("location", ""))
            elif answer.status == httpx.codes.UNAUTHORIZED and not anew:
                anew = True  # a token may have been forgotten
            else:
                return answer
        raise PullLeadsAway(where=_short(url))

    async def _received(self, url: str, headers: Mapping[str, str]) -> Answer:
        path = self._folder / "answer"
        async with self._http.stream("GET", url, headers=dict(headers)) as answer:
            if answer.status_code == httpx.codes.OK:
                with path.open("wb") as file:
                    async for piece in _unpacked(answer, self._limits.page_bytes):
                        self.spent.size_bytes += len(piece)
                        if self.spent.size_bytes > self._limits.total_bytes:
                            raise PullTooLarge(what="bytes", limit=self._limits.total_bytes)
                        file.write(piece)
                self.spent.pages += 1
                if self.spent.pages > self._limits.pages:
                    raise PullTooLarge(what="pages", limit=self._limits.pages)
            return Answer(answer.status_code, answer.headers, path, url)


async def _unpacked(answer: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """The body in pieces, each at most _PIECE; a packed one may not grow beyond all bounds."""
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    if packed not in {"identity", "gzip", "x-gzip", ""}:
        raise PullUnreadable(reason="content-encoding")
    unpack = zlib.decompressobj(31) if "gzip" in packed else None
    size = 0
    async for raw in answer.aiter_raw():
        rest = raw
        while rest:
            try:
                piece = unpack.decompress(rest, _PIECE) if unpack else rest
            except zlib.error as error:
                raise PullUnreadable(reason="gzip") from error
            rest = unpack.unconsumed_tail if unpack else b""
            size += len(piece)
            if size > most:
                raise PullTooLarge(what="page", limit=most)
            yield piece
    if unpack and not unpack.eof:
        raise PullUnreadable(reason="gzip")


def _judged(answer: Answer) -> Answer:
    """The answer, unless it says no."""
    status = answer.status
    if status in {httpx.codes.OK, httpx.codes.NOT_MODIFIED}:
        return answer
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise PullDenied(status=status)
    if status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
        raise PullAbsent(what=_short(urlsplit(answer.url).path))
    raise PullRefused(answer=f"HTTP {status}")


def told(error: Exception) -> LandDataError:
    """What went wrong on the way, by its kind: the words of an error may quote an address with a secret in it."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFull()  # of our own disk
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return PullTimedOut(seconds=int(_SILENCE_SECONDS))
    return PullUnreachable(reason=type(error).__name__)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises PullLeadsAway for anything but plain http(s)."""
    try:
        parts = urlsplit(url)
        port = parts.port or _SECURE.get(parts.scheme, 0)
    except ValueError:
        raise PullLeadsAway(where="?") from None
    if parts.scheme not in _SECURE or not parts.hostname or "@" in parts.netloc:
        raise PullLeadsAway(where=_short(url))
    return parts.scheme, parts.hostname.lower(), port


def _short(text: str) -> str:
    """Enough of an address to know it by; never its query, which may hold a secret."""
    return re.sub(r"[^\x21-\x7e]", "?", text.partition("?")[0])[:100] or "?"


# Where a name leads


async def lookup(host: str, port: int, *, secure: bool, networks: Sequence[Network]) -> list[str]:
    """The addresses behind a name, all of them allowed. Raises PullForbiddenAddress, PullUnreachable."""
    where = addresses.Target(secure, host, port, "/")
    try:
        found = await asyncio.to_thread(addresses.resolve, where)
        addresses.require(where, found, networks)
    except WebhookUnfit as error:
        raise PullForbiddenAddress(**error.details) from error
    except (OSError, UnicodeError) as error:
        raise PullUnreachable(reason="name") from error
    return found


class _Pinned(httpx.AsyncHTTPTransport):
    """Calls the very address that was judged: a name server that answers otherwise a moment later leads nowhere."""

    def __init__(self, networks: Sequence[Network], **more: Any) -> None:
        super().__init__(**more)
        self._networks = networks
        self._found: dict[tuple[str, int], list[str]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        host, secure = url.host, url.scheme == "https"
        port = url.port or _SECURE[url.scheme]
        if (host, port) not in self._found:
            self._found[host, port] = await lookup(host, port, secure=secure, networks=self._networks)
        failure: Exception = httpx.ConnectError("nowhere")
        for address in self._found[host, port]:
            there = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,  # Host among them, by the name
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await super().handle_async_request(there)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure


@asynccontextmanager
async def client(networks: Sequence[Network]) -> AsyncIterator[httpx.AsyncClient]:
    """A client for one host: connections are kept, so another host behind the same address must not share them."""
    transport = _Pinned(networks, trust_env=False, limits=httpx.Limits(max_connections=2, max_keepalive_connections=1))
    async with httpx.AsyncClient(transport=transport, timeout=_TIMEOUT, trust_env=False) as http:
        yield http
