"""A consumer's endpoint as a process of its own: `python receiver.py PORT LOG [CERTIFICATE]`; the path says how it behaves.

/good takes a message, /slow and /drip do not end in time, /fail answers 500, /busy 503 with Retry-After, /gone 410,
/redirect points at /good.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_STATUS = {"/good": 204, "/fail": 500, "/busy": 503, "/gone": 410, "/redirect": 302}
_LOG = threading.Lock()


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        line = {"path": self.path, "headers": dict(self.headers), "body": body.decode()}
        with _LOG, Path(sys.argv[2]).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        if self.path == "/slow":
            time.sleep(30)
        if self.path == "/drip":
            self._drip()
            return
        self.send_response(_STATUS.get(self.path, 404))
        if self.path == "/redirect":
            self.send_header("Location", "/good")
        if self.path == "/busy":
            self.send_header("Retry-After", "900")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        """A byte of the head every half second: never silent, never through."""
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"." * 60:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.5)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # all of a test's messages come at once; a full queue of 5 resets some


def main() -> None:
    server = Server(("127.0.0.1", int(sys.argv[1])), Endpoint)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
