"""Hundreds of callers that never end their headers or bodies are cut off by nginx, and nobody else notices (F6)."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import httpx
import pytest
from faultworld import World, question
from syncworld import Process

from tests import nginx

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed: `./run test` brings it")

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


async def _siege(world: World, front: tuple, begun: bytes, many: int, *, drip: bool) -> tuple[list[float], list[float]]:
    """How long each was let stand (none when they drip for ever and are let go), and how long others took meanwhile."""
    api, port, context = front
    held = [asyncio.ensure_future(_hold(port, context, begun, number, drip=drip)) for number in range(many)]
    await asyncio.sleep(2.5)
    assert sum(not one.done() for one in held) > many * 0.9, "the siege has not begun"
    served = []
    with world.reader() as desk:
        for _ in range(5):
            start = time.monotonic()
            async with httpx.AsyncClient(verify=context, trust_env=False, timeout=10) as http:
                answer = await http.get(f"https://127.0.0.1:{port}/health")
            assert answer.status_code == 200
            served.append(time.monotonic() - start)
        assert world.logged(await asyncio.to_thread(desk.lookup, question()))
    assert _open_files(api) < 60, "they reach the API"
    if drip and begun is BODY:
        for one in held:
            one.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return [], served
    return list(await asyncio.wait_for(asyncio.gather(*held), 60)), served


# Bodies that drip are never cut off: nginx holds them, so many an address, and the API never hears of them.
KINDS = pytest.mark.parametrize(
    ("begun", "drip"), [(HEADERS, True), (BODY, False), (BODY, True)], ids=["headers", "bodies", "dripping bodies"]
)


@KINDS
def test_two_hundred_slow_callers(world, front, begun, drip):
    _stand(world, front, begun, 200, drip=drip)


@pytest.mark.full
@KINDS
def test_nine_hundred_slow_callers(world, front, begun, drip):
    _stand(world, front, begun, 900, drip=drip)


def _stand(world: World, front: tuple, begun: bytes, many: int, *, drip: bool) -> None:
    cut, served = asyncio.run(_siege(world, front, begun, many, drip=drip))
    print(f"{many} cut off after at most {max(cut, default=0):.1f} s; others served in {max(served):.2f} s")
    assert max(cut, default=0) < 25
    assert max(served) < 3
