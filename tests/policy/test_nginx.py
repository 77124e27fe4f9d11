"""The proxy's configuration is read by a real nginx, and keeps its promises to the API behind it."""

from __future__ import annotations

import http.client
import http.server
import socket
import ssl
import subprocess
import threading
import time

import pytest

from tests import nginx

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed")


class Backend(http.server.BaseHTTPRequestHandler):
    """Stands for the API: keeps the headers it was given, and notes when the first byte of a body came."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]] = []  # noqa: RUF012 - one list for the one server of a test
    first_bytes: list[bytes] = []  # noqa: RUF012

    def do_GET(self):
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self):
        self.first_bytes.append(self.rfile.read(5))
        self.rfile.read(int(self.headers["Content-Length"]) - 5)
        self.do_GET()

    def log_message(self, *_: object):
        pass


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return nginx.written(tmp_path_factory.mktemp("nginx"))


def test_nginx_reads_it_without_a_warning(files):
    folder, _ = files
    done = subprocess.run(nginx.command(folder, "-t"), capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "[warn]" in line or "[emerg]" in line]
    # Started by root it drops to its own account; in the container there is no root.
    assert not [line for line in said if "user" not in line]


@pytest.fixture(scope="module")
def running(files):
    folder, ports = files
    server = http.server.ThreadingHTTPServer(("127.0.0.1", ports["api"]), Backend)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with nginx.started(folder, ports):
            yield {**ports, "context": ssl.create_default_context(cafile=folder / "certificate.pem")}
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(running, method, path, *, body=None, headers=None):
    context = running["context"]
    connection = http.client.HTTPSConnection("127.0.0.1", running["tls"], context=context, timeout=15)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_nobody_can_claim_a_certificate_or_an_address(running):
    claimed = {
        "X-Client-Cert": "stolen", "X-Client-Verify": "SUCCESS", "X-Client-Cert-DER-B64": "stolen",
        "X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9",
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Request-Id": "kept-as-it-is",
    }  # fmt: skip
    Backend.seen.clear()
    assert ask(running, "GET", "/v1/coverage", headers=claimed) == 200
    (seen,) = Backend.seen
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "https"
    assert seen["x-request-id"] == "kept-as-it-is"
    assert seen.get("x-client-verify", "NONE") == "NONE"
    given = " ".join(seen.values())
    assert not [word for word in ("stolen", "SUCCESS", "203.0.113.9", "evil.example") if word in given]


def test_figures_of_the_process_stay_inside(running):
    assert ask(running, "GET", "/metrics") == 404


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/oauth2/token", 16 * 1024, 200),
        ("/oauth2/token", 16 * 1024 + 1, 413),
        ("/v1/residency/land-records:lookup", 64 * 1024 + 1, 413),
        ("/v1/deliveries", 1024 * 1024, 200),
    ],
)
def test_sizes_have_ends(running, path, size, status):
    assert ask(running, "POST", path, body=b"x" * size) == status


def test_a_delivery_streams_through(running):
    """The first bytes reach the API while the sender still holds the rest: nginx keeps no file."""
    Backend.first_bytes.clear()
    context = running["context"]
    raw = socket.create_connection(("127.0.0.1", running["tls"]), timeout=10)
    with raw, context.wrap_socket(raw, server_hostname="127.0.0.1") as sender:
        sender.sendall(b"POST /v1/deliveries HTTP/1.1\r\nHost: land\r\nContent-Length: 10\r\n\r\nfirst")
        deadline = time.monotonic() + 5
        while not Backend.first_bytes and time.monotonic() < deadline:
            time.sleep(0.02)
        assert Backend.first_bytes == [b"first"]
        sender.sendall(b"-last")
        assert sender.recv(100).startswith(b"HTTP/1.1 200")


def test_a_slow_caller_is_cut_off(running):
    """Headers that do not end within five seconds are not waited for."""
    context = running["context"]
    raw = socket.create_connection(("127.0.0.1", running["tls"]), timeout=10)
    started = time.monotonic()
    with raw, context.wrap_socket(raw, server_hostname="127.0.0.1") as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nHost: land\r\nX-Slow:")
        try:
            answer = sender.recv(100)
        except ConnectionResetError:
            answer = b""
    assert answer == b"" or b" 408 " in answer
    assert 3 < time.monotonic() - started < 9


def test_plain_http_only_points_to_tls(running):
    connection = http.client.HTTPConnection("127.0.0.1", running["plain"], timeout=5)
    connection.request("POST", "/oauth2/token", body=b"x", headers={"Host": "land.example"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 308
    assert answer.getheader("Location") == "https://land.example/oauth2/token"
