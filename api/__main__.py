"""Starts the API: `python -m api --host HOST --port PORT [--workers N]`."""

from __future__ import annotations

import argparse
import socket
import sys

import uvicorn

from api.metrics import Metrics
from api.services import open_services
from landdata import logs
from landdata.errors import LandDataError
from landdata.settings import settings


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end; returns the exit status."""
    options = _options(arguments)
    try:
        # All that can be wrong with the settings, once, before any process is started that would repeat it.
        open_services(settings(), Metrics()).close()
        _probe(options.host, options.port)
    except LandDataError as error:
        said = [f"{error.sentence(language)} {error.mend(language)}" for language in ("vi", "en")]
        return _complain(*said)
    except OSError as error:
        return _complain(
            f"Không mở được {options.host}:{options.port}: {error.strerror}. Chọn cổng khác bằng --port.",
            f"Cannot listen on {options.host}:{options.port}: {error.strerror}. Choose another --port.",
        )
    uvicorn.run(
        "api.main:create_app",
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        # Its lines hold whole addresses with their queries; api.requests writes our own line.
        access_log=False,
        log_config=logs.CONFIGURATION,
        server_header=False,
        forwarded_allow_ips=options.trusted_proxy,
        timeout_graceful_shutdown=30,
        # A process that is slow to say "here" on a crowded machine is busy, not dead: ending it would cut its callers off.
        timeout_worker_healthcheck=60,
    )
    return 0


def _complain(*said: str) -> int:
    sys.stderr.write("\n".join((*said, "")))
    return 2


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m api", description="Serve the API and the pages.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--trusted-proxy", default="127.0.0.1", help="address whose X-Forwarded-For is believed")
    return parser.parse_args(arguments)


def _probe(host: str, port: int) -> None:
    """Raise OSError when the port cannot be had: uvicorn would tell so only after all else has started."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        probe.listen()


if __name__ == "__main__":
    sys.exit(main())
