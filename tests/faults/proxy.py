"""A TCP proxy that errs on demand; run as a process: `proxy.py HOST:PORT TARGET CONTROL`.

TARGET is HOST:PORT or the path of a Unix socket, CONTROL the path of a Unix socket that takes one line: `ok`,
`latency S`, `blackhole` (takes all and hands nothing on), `reset`, `refuse`, `cut N` (the answer after N bytes).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import sys
from pathlib import Path

mode: list[float | str] = ["ok", 0.0]
living: set[asyncio.StreamWriter] = set()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool) -> None:
    """Hand bytes on as the mode of the moment says."""
    passed = 0
    try:
        while data := await source.read(65536):
            if mode[0] == "latency":
                await asyncio.sleep(float(mode[1]) * random.uniform(0.5, 1.5))
            while mode[0] == "blackhole":  # noqa: ASYNC110 - any order ends it
                await asyncio.sleep(0.02)
            passed += len(data)
            if mode[0] == "cut" and answers and passed > float(mode[1]):
                sink.write(data[: max(0, int(float(mode[1])) - passed)])
                await sink.drain()
                break
            sink.write(data)
            await sink.drain()
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        sink.close()


async def carry(near: asyncio.StreamReader, near_out: asyncio.StreamWriter, target: str) -> None:
    """One connection."""
    if mode[0] == "refuse":
        near_out.transport.abort()
        return
    try:
        host, _, port = target.rpartition(":")
        far, far_out = await (
            asyncio.open_unix_connection(target) if target.startswith("/") else asyncio.open_connection(host, int(port))
        )
    except OSError:
        near_out.transport.abort()
        return
    living.update((near_out, far_out))
    await asyncio.gather(pump(near, far_out, answers=False), pump(far, near_out, answers=True))
    living.difference_update((near_out, far_out))


async def obey(order: asyncio.StreamReader, reply: asyncio.StreamWriter) -> None:
    """Change the mode."""
    words = (await order.readline()).decode().split()
    mode[:] = [words[0], float(words[1]) if len(words) > 1 else 0.0]
    if words[0] == "reset":
        mode[0] = "ok"
        for one in list(living):
            with contextlib.suppress(OSError):
                # Without waiting for what is unsent: the other side gets RST.
                one.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            one.transport.abort()
    reply.write(b"done\n")
    await reply.drain()
    reply.close()


async def main(listen: str, target: str, control: str) -> None:
    """Until it is ended."""
    host, _, port = listen.rpartition(":")
    doors = [
        await asyncio.start_server(lambda near, out: carry(near, out, target), host, int(port)),
        await asyncio.start_unix_server(obey, control),
    ]
    await asyncio.gather(*(door.serve_forever() for door in doors))


def tell(control: Path, order: str) -> None:
    """From a test: change the mode of a running proxy; it is done when this returns."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(str(control))
        line.sendall(f"{order}\n".encode())
        assert line.recv(16) == b"done\n"


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
