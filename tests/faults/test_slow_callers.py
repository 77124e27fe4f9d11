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
    with world.api() as api, nginx.started(folder, ports):
        world.wait()
        yield api, ports["tls"], context


async def _hold(port: int, context: ssl.SSLContext, begun: bytes) -> float:
    """Open a connection, begin to say something, and wait to be cut off; seconds that took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="127.0.0.1")
    writer.write(begun)
    await writer.drain()
    start = time.monotonic()
    try:
        # Said slowly: a letter now and then keeps no header alive.
        while True:
            try:
                if not await asyncio.wait_for(reader.read(1024), 2):
                    break
            except TimeoutError:
                writer.write(b"x")
                await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.transport.abort()
    return time.monotonic() - start


def _open_files(api: Process) -> int:
    return len(list(Path(f"/proc/{api.running.pid}/fd").iterdir()))


async def _siege(world: World, front: tuple, begun: bytes, many: int) -> tuple[list[float], list[float]]:
    api, port, context = front
    held = [asyncio.ensure_future(_hold(port, context, begun)) for _ in range(many)]
    await asyncio.sleep(2)
    assert sum(not one.done() for one in held) > many * 0.9, "the siege has not begun"
    served = []
    with world.reader() as desk:
        for _ in range(5):
            start = time.monotonic()
            # From another address: nginx counts what one address holds open, and refuses it more.
            other = httpx.AsyncHTTPTransport(verify=context, local_address="127.0.0.2")
            async with httpx.AsyncClient(transport=other, timeout=10) as http:
                answer = await http.get(f"https://127.0.0.1:{port}/health")
            assert answer.status_code == 200
            served.append(time.monotonic() - start)
        assert world.logged(await asyncio.to_thread(desk.lookup, question()))
    assert _open_files(api) < 60, "they reach the API"
    return list(await asyncio.wait_for(asyncio.gather(*held), 60)), served


@pytest.mark.parametrize("begun", [HEADERS, BODY], ids=["headers", "bodies"])
def test_two_hundred_slow_callers(world, front, begun):
    _stand(world, front, begun, 200)


@pytest.mark.full
@pytest.mark.parametrize("begun", [HEADERS, BODY], ids=["headers", "bodies"])
def test_nine_hundred_slow_callers(world, front, begun):
    _stand(world, front, begun, 900)


def _stand(world: World, front: tuple, begun: bytes, many: int) -> None:
    cut, served = asyncio.run(_siege(world, front, begun, many))
    print(f"{many} cut off after at most {max(cut):.1f} s; others served in {max(served):.2f} s")
    assert max(cut) < 25
    assert max(served) < 3
