"""Asks an API over many connections at once, bounded in time, and notes how long each answer took; one process, raw sockets."""

from __future__ import annotations

import json
import os
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# Stands in every body where a request_id of its own is put, so that lengths are known beforehand.
PLACEHOLDER = "00000000-0000-4000-8000-000000000000"
_HOLE = PLACEHOLDER.encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a round gave: seconds of each answer, citizens answered, and how long it all took."""

    latencies: list[float] = field(repr=False)
    citizens: int
    seconds: float

    @property
    def rate(self) -> float:
        """Citizens a second."""
        return self.citizens / self.seconds

    @property
    def median(self) -> float:
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.latencies, n=100)[98]


class _Line:
    """One connection: a request under way and what came of its answer so far."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self.citizens = 0
        self.came = bytearray()

    def ask(self, request: bytes, citizens: int) -> None:
        self.came.clear()
        self.citizens = citizens
        self.started = time.perf_counter()
        self.socket.sendall(request)


def bodies(words: Sequence[dict[str, object]], *, together: int) -> list[bytes]:
    """One JSON body for each citizen, or for `together` of them."""
    asked = [{"request_id": PLACEHOLDER, **one} for one in words]
    if together == 1:
        return [json.dumps(one, ensure_ascii=False).encode() for one in asked]
    groups = [asked[at : at + together] for at in range(0, len(asked) - together + 1, together)]
    return [json.dumps({"requests": group}, ensure_ascii=False).encode() for group in groups]


def ask(
    url: str, *, path: str, token: str, bodies: Sequence[bytes], connections: int, seconds: float, together: int = 1
) -> Asked:
    """Keep every connection busy for `seconds`. AssertionError unless each citizen asked about is FOUND."""
    place = urlsplit(url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    asked = 0

    def request() -> bytes:
        nonlocal asked
        body = bodies[asked % len(bodies)]
        asked += 1
        return b"%b%d\r\n\r\n%b" % (head, len(body), _named(body))

    lines = [_Line((place.hostname or "", place.port or 80)) for _ in range(connections)]
    try:
        return _keep_busy(lines, request, seconds, together)
    finally:
        for line in lines:
            line.socket.close()


def _keep_busy(lines: Sequence[_Line], request: Callable[[], bytes], seconds: float, together: int) -> Asked:
    latencies: list[float] = []
    citizens, under_way = 0, len(lines)
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
        start = time.perf_counter()
        for line in lines:
            line.ask(request(), together)
        while under_way:
            ready = selector.select(30)
            assert ready, "no answer for 30 seconds"
            for key, _ in ready:
                line = key.data
                came = line.socket.recv(1 << 18)
                assert came, "the connection was closed"
                line.came += came
                if not _complete(line.came):
                    continue
                now = time.perf_counter()
                latencies.append(now - line.started)
                found = line.came.count(b'"status":"FOUND"')
                assert found == line.citizens, bytes(line.came[:600])
                citizens += found
                if now - start < seconds:
                    line.ask(request(), together)
                else:
                    under_way -= 1
        return Asked(latencies, citizens, time.perf_counter() - start)


def _named(body: bytes) -> bytes:
    """The body with request ids that were never used before."""
    pieces = body.split(_HOLE)
    ids = os.urandom(16 * (len(pieces) - 1)).hex().encode()
    named = [pieces[0]]
    for at, piece in enumerate(pieces[1:]):
        one = ids[32 * at : 32 * at + 32]
        named += (one[:8], b"-", one[8:12], b"-4", one[13:16], b"-8", one[17:20], b"-", one[20:], piece)
    return b"".join(named)


def _complete(came: bytearray) -> bool:
    end = came.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(came[:end]).lower()
    at = head.find(b"content-length:")
    if at < 0:
        return came.endswith(b"0\r\n\r\n")  # chunked
    length = int(head[at + 15 :].split(b"\r\n", 1)[0])
    return len(came) >= end + 4 + length
