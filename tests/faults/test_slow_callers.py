"""Hundreds of callers that never end their headers or bodies are cut off by nginx, and nobody else notices (F6)."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path
from statistics import median

import httpx
import pytest
from faultworld import World, question
from syncworld import Process

from tests import nginx

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed: `./run test` brings it")

CUT_IN, SERVED_IN = 12, 0.2  # seconds; the design's F6
HEADERS = b"GET /v1/coverage HTTP/1.1\r\nHost: land\r\nX-Slow:"
BODY = (
    b"POST /v1/residency/land-records:lookup HTTP/1.1\r\nHost: land\r\nContent-Type: application/json\r\n"
    b"Content-Length: 5000\r\n\r\n{"
)


@pytest.fixture(scope="module")
def front(world, tmp_path_factory):
    """The API behind nginx: its process, nginx's port, and a context that believes its certificate."""
    folder, ports = nginx.written(tmp_path_factory.mktemp("nginx"), api=world.port)
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    with world.serving() as api, nginx.started(folder, ports):
        world.wait()
        yield api, ports["tls"], context


async def _hold(port: int, context: ssl.SSLContext, begun: bytes, number: int, *, drip: bool) -> float:
    """Open a connection, begin to say something (and go on by a letter now and then); seconds until it was cut off."""
    # From several addresses: nginx counts what each holds open, and refuses one more.
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="127.0.0.1", local_addr=(f"127.0.1.{1 + number % 8}", 0)
    )
    writer.write(begun)
    await writer.drain()
    start = time.monotonic()
    try:
        while True:
            try:
                if not await asyncio.wait_for(reader.read(1024), 2):
                    break
            except TimeoutError:
                if drip:
                    writer.write(b"x")
                    await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.transport.abort()
    return time.monotonic() - start


def _open_files(api: Process) -> int:
    return len(list(Path(f"/proc/{api.running.pid}/fd").iterdir()))


async def _served(front: tuple) -> list[float]:
    """Seconds that others wait for an answer."""
    _, port, context = front
    took = []
    for _ in range(5):
        start = time.monotonic()
        async with httpx.AsyncClient(verify=context, trust_env=False, timeout=10) as http:
            answer = await http.get(f"https://127.0.0.1:{port}/health")
        assert answer.status_code == 200
        took.append(time.monotonic() - start)
    return took


async def _siege(world: World, front: tuple, begun: bytes, many: int, *, drip: bool) -> tuple[list[float], ...]:
    """How long each was let stand (none when they drip for ever and are let go), how long others took before and meanwhile."""
    api, port, context = front
    calm = await _served(front)
    held = [asyncio.ensure_future(_hold(port, context, begun, number, drip=drip)) for number in range(many)]
    await asyncio.sleep(2.5)
    assert sum(not one.done() for one in held) > many * 0.9, "the siege has not begun"
    served = await _served(front)
    with world.reader() as desk:
        assert world.logged(await asyncio.to_thread(desk.lookup, question()))
    assert _open_files(api) < 60, "they reach the API"
    if drip and begun is BODY:
        for one in held:
            one.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return [], calm, served
    return list(await asyncio.wait_for(asyncio.gather(*held), 60)), calm, served


# Bodies that drip are never cut off: nginx holds them, so many an address, and the API never hears of them.
KINDS = pytest.mark.parametrize(
    ("begun", "drip"), [(HEADERS, True), (BODY, False), (BODY, True)], ids=["headers", "bodies", "dripping bodies"]
)


@KINDS
def test_two_hundred_slow_callers(world, front, begun, drip):
    cut, calm, served = _stand(world, front, begun, 200, drip=drip)
    # The callers are of this machine too, which has other work: what it takes for itself in the calm is not theirs.
    assert cut < CUT_IN + 20 * calm
    assert served < SERVED_IN + 5 * calm


@pytest.mark.full
@KINDS
def test_nine_hundred_slow_callers(world, front, begun, drip):
    cut, _, served = _stand(world, front, begun, 900, drip=drip)
    assert cut < CUT_IN
    assert served < SERVED_IN


def _stand(world: World, front: tuple, begun: bytes, many: int, *, drip: bool) -> tuple[float, float, float]:
    """Seconds until the last was cut off, and the median that others waited, before and meanwhile."""
    cut, calm, served = asyncio.run(_siege(world, front, begun, many, drip=drip))
    found = max(cut, default=0), median(calm), median(served)
    print(
        "{} cut off after at most {:.1f} s; others served in {:.3f} s before, {:.3f} s meanwhile".format(many, *found)
    )
    return found
