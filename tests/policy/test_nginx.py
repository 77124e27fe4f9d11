"""The proxy's configuration is read by a real nginx, and keeps its promises to the API behind it."""

from __future__ import annotations

import http.client
import http.server
import json
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from api import errors, problems
from api.requests import BATCH_BYTES, BATCH_PATH
from api.web.places import PLACES
from tests import nginx
from tests.faults.plants import Plants

pytestmark = pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed")


LARGE = 1 << 25


class Backend(http.server.BaseHTTPRequestHandler):
    """Stands for the API: keeps the headers it was given, and notes when the first byte of a body came."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]] = []  # noqa: RUF012 - one list for the one server of a test
    first_bytes: list[bytes] = []  # noqa: RUF012

    def do_GET(self):
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        content = b"x" * LARGE if self.path == "/large" else b"ok"
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

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


@contextmanager
def backend(port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Backend)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def running(files):
    folder, ports = files
    with backend(ports["api"]), nginx.started(folder, ports):
        yield {**ports, "context": ssl.create_default_context(cafile=folder / "certificate.pem")}


def sent(running, method, path, *, body=None, headers=None, door="tls"):
    """The whole answer: status, headers, body."""
    connection = http.client.HTTPSConnection("127.0.0.1", running[door], context=running["context"], timeout=15)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def ask(running, method, path, *, body=None, headers=None, door="tls"):
    return sent(running, method, path, body=body, headers=headers, door=door)[0]


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
        (BATCH_PATH, BATCH_BYTES, 200),
        (BATCH_PATH, BATCH_BYTES + 1, 413),
    ],
)
@pytest.mark.parametrize("door", ["tls", "mtls"])
def test_sizes_have_ends(running, door, path, size, status):
    assert ask(running, "POST", path, body=b"x" * size, door=door) == status


def test_a_delivery_may_be_large(running):
    for path in ("/v1/deliveries", "/v1/uploads/1", *PLACES.deliver.paths):
        assert ask(running, "POST", path, body=b"x" * 1024 * 1024) == 200, path


def test_a_thousand_look_ups_are_never_written_down(running, files):
    """nginx would put a large body, and an answer that is taken slowly, into files of its own, in plain."""
    folder, _ = files
    kept = [folder / name for name in ("body", "proxy")]
    before = [one.stat().st_mtime_ns for one in kept]
    assert ask(running, "POST", BATCH_PATH, body=b"x" * BATCH_BYTES) == 200
    connection = http.client.HTTPSConnection("127.0.0.1", running["tls"], context=running["context"], timeout=15)
    connection.request("GET", "/large")
    time.sleep(1)  # what is not taken now has to wait somewhere
    assert len(connection.getresponse().read()) == LARGE
    connection.close()
    assert [one.stat().st_mtime_ns for one in kept] == before


def said_by_nginx(kind: problems.Kind, status: int, request_id: str) -> dict:
    return errors.document(status, kind.code, (kind.vi, kind.en, kind.mend_vi, kind.mend_en), request_id, {})


def test_what_nginx_refuses_is_a_problem_document(running):
    """The same words as of the API, so that a client reads every refusal in one way."""
    for door in ("tls", "mtls"):
        for method, path, body, kind, wait in (
            ("GET", "/metrics", None, problems.NOT_FOUND, None),
            ("POST", "/oauth2/token", b"x" * 17000, problems.BODY_TOO_LARGE, None),
            ("GET", f"/v1/residency/{'x' * 9000}", None, problems.REQUEST_MALFORMED, None),
        ):
            status, headers, text = sent(running, method, path, body=body, door=door)
            assert (status, headers["content-type"]) == (kind.status, "application/problem+json")
            assert (headers.get("retry-after"), headers["cache-control"]) == (wait, "no-store")
            assert json.loads(text) == said_by_nginx(kind, kind.status, headers["x-request-id"])
            assert ("strict-transport-security" in headers) == (door == "tls")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: sent(running, "POST", "/v1/sessions", body=b"hello"), range(80)))
    refused = next(answer for answer in answers if answer[0] == 429)
    assert refused[1]["retry-after"] == "1"
    assert json.loads(refused[2]) == said_by_nginx(problems.RATE_EXCEEDED, 429, refused[1]["x-request-id"])


def test_nothing_that_a_caller_wrote_is_logged(tmp_path_factory):
    """Numbers by mistake, wherever a caller can put one; while the service answers, and while it is down (A15)."""
    folder, ports = nginx.written(tmp_path_factory.mktemp("nginx"))
    plants = Plants()

    def misplace(running, when: str) -> set[int]:
        statuses = set()

        def number(where: str) -> str:
            return plants.number(f"{where}, {when}")

        for at, (path, body, headers) in enumerate((
            (f"/v1/residency/{number('in a path')}", None, {}),
            (f"/v1/coverage?id_number={number('in a query')}", None, {}),
            ("/health", None, {"X-Request-Id": number("as a request id")}),
            ("/health", None, {"Referer": f"https://desk.example/{number('as a referrer')}"}),
            ("/health", None, {"User-Agent": number("as an agent")}),
            ("/health", None, {"Host": f"{number('as a host')}.example"}),
            ("/health", None, {"Cookie": f"sid={number('as a cookie')}"}),
            (f"/metrics?{number('at a closed address')}", None, {}),
            (f"/{number('in a long address')}{'x' * 9000}", None, {}),
            ("/v1/residency/land-records:lookup", number("in a body").encode() * 100, {}),
            ("/v1/residency/land-records:lookup", number("in a large body").encode() * 9000, {}),
            (BATCH_PATH, number("in a list").encode() * 90_000, {}),
        )):  # fmt: skip
            method = "GET" if body is None else "POST"
            statuses.add(ask(running, method, path, body=body, headers=headers, door=("tls", "mtls")[at % 2]))
            statuses.add(ask(running, method, path, body=body, headers=headers))
        return statuses

    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    with nginx.started(folder, ports):
        assert misplace({**ports, "context": context}, "down") == {400, 404, 413, 502}
        with backend(ports["api"]):
            assert misplace({**ports, "context": context}, "up") == {200, 400, 404, 413}
            raw = socket.create_connection(("127.0.0.1", ports["tls"]), timeout=10)
            with raw, context.wrap_socket(raw, server_hostname="127.0.0.1") as sender:
                sender.sendall(f"{plants.number('as no request at all')}\r\n\r\n".encode())
                assert b" 400 " in sender.recv(100)
    assert plants.in_folders([folder]) == set()
    lines = (folder / "access.log").read_text().splitlines()
    assert {line.split()[3] for line in lines} >= {"residency", "other"}
    assert len(lines) > 40


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
