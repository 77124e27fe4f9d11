"""The envelope of every request: its id, body limits, log line and metrics, and strict reading of JSON."""

from __future__ import annotations

import json
import logging
import re
import time
import unicodedata
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from anyio import to_thread
from fastapi import Request

from api import errors, problems, tracing
from api.metrics import Metrics, method_of
from landdata import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import Span
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    # A page about a problem for who looks with a browser; None for a program.
    ToPeople = Callable[[Request, problems.Kind], Response | None]

logger = logging.getLogger("api.requests")

# Larger than any legal body of its kind: an assertion has under 2 kB, a look-up under 4 kB.
TOKEN_BODY_BYTES = 16 * 1024
BODY_BYTES = 64 * 1024
# A thousand look-ups.
BATCH_BYTES = 4 * 1024 * 1024
# A table of indicators: some thousand rows.
TABLE_BYTES = 1024 * 1024
BATCH_PATH = "/v1/residency/land-records:batch"
DELIVERIES_PATH = "/v1/deliveries"
UPLOADS_PATH = "/v1/uploads"
# What a line that lets only GET and POST through may say to an upload instead: the tus protocol's core names the header.
# No page of another site can send it unasked, and all that guards these methods is asked of them as of their own.
_OVERRIDE, _OVERRIDDEN = b"x-http-method-override", frozenset({b"DELETE", b"HEAD", b"PATCH"})
INDICATORS_PATH = "/v1/indicators/"
# Requests that may wait for a thread. Each thread is free within a second of having found no connection.
MOST_WAITING = 8
_NEVER_TURNED_AWAY = ("/health", "/v1/residency/")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")
# 9 or 12 digits by themselves: a request id is written to the log, where no citizen's number may stand.
_NUMBER = re.compile(rb"(?<![0-9A-Za-z])([0-9]{9}|[0-9]{12})(?![0-9A-Za-z])")
_UUID = re.compile(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
# Characters that turn text around: a name that reads like another one (Trojan Source, CVE-2021-42574).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Envelope:
    """Outermost ASGI layer: gives the request its id, counts its bytes, and leaves no error unanswered."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        delivery_bytes: int,
        forms_with_files: frozenset[str] = frozenset(),
        forms_with_tables: frozenset[str] = frozenset(),
        to_people: ToPeople = lambda *_: None,
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.delivery_bytes = delivery_bytes
        self.forms_with_files = forms_with_files
        self.forms_with_tables = forms_with_tables
        self.to_people = to_people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = _as_meant(scope)
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        logs.REQUEST_ID.set(request_id)
        with tracing.request_span(scope, request_id) as span:
            logs.TRACE_ID.set(tracing.trace_id_of(span))
            await self._serve(scope, receive, send, request_id, span)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str, span: Span) -> None:
        started, status, limit, taken = time.perf_counter(), 0, self._limit(scope), 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise problems.HttpError(problems.BODY_TOO_LARGE, headers={"Connection": "close"})
            return message

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    # What the judge of the caller has to tell it, whichever way the route answers.
                    *(
                        (name.encode(), value.encode())
                        for name, value in scope["state"].get("answer_headers", {}).items()
                    ),
                ]
            await send(message)

        try:
            if _overloaded(scope["path"]):
                refused = errors.of_kind(problems.OVERLOADED, request_id, headers={"Connection": "close"})
                await refused(scope, receive, marked)
            elif _declared_length(scope) > limit:
                refused = errors.of_kind(problems.BODY_TOO_LARGE, request_id, headers={"Connection": "close"})
                await refused(scope, receive, marked)
            else:
                await self.app(scope, counted, marked)
        except Exception as error:  # noqa: BLE001 - the last one that can answer
            # Starlette's own last handler answers and then raises again, and the server logs the message with
            # everything that the database quoted in it; so errors end here.
            answer = errors.crash(error, request_id)
            if status:
                raise BrokenAnswerError from None
            await (self._page(scope) or answer)(scope, receive, marked)
        finally:
            self._note(scope, status, time.perf_counter() - started, span)

    def _page(self, scope: Scope) -> Response | None:
        """The crash as a page for a person, if pages are not what crashed."""
        try:
            return self.to_people(Request(scope), problems.INTERNAL)
        except Exception as error:  # noqa: BLE001 - there is the other answer
            errors.crash(error, scope["state"]["request_id"])
            return None

    def _limit(self, scope: Scope) -> int:
        if scope["path"] == DELIVERIES_PATH or scope["path"].startswith(UPLOADS_PATH):
            return self.delivery_bytes
        if scope["path"] in self.forms_with_files:
            return self.delivery_bytes + BODY_BYTES  # the fields around the file
        if scope["path"].startswith(INDICATORS_PATH) or scope["path"] in self.forms_with_tables:
            return TABLE_BYTES + BODY_BYTES
        if scope["path"] == BATCH_PATH:
            return BATCH_BYTES
        return TOKEN_BODY_BYTES if scope["path"].startswith("/oauth2/") else BODY_BYTES

    def _note(self, scope: Scope, status: int, seconds: float, span: Span) -> None:
        # The template of the route, never the path: paths and queries are the caller's input.
        route = getattr(scope.get("route"), "path", "unmatched")
        method = method_of(scope["method"])
        self.metrics.count(method, route, status, seconds)
        tracing.end(span, method=method, route=route, status=status)
        line = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        logger.info("request", extra={"fields": line})


class BrokenAnswerError(Exception):
    """An error came after the answer had begun; the connection is cut: nobody takes a part for the whole."""


def _overloaded(path: str) -> bool:
    """Whether so many requests wait for a thread that one more would only make the row longer.

    Look-ups have lanes and limits of their own, and signs of life are given without a thread: neither is turned away.
    """
    if path.startswith(_NEVER_TURNED_AWAY):
        return False
    return to_thread.current_default_thread_limiter().statistics().tasks_waiting >= MOST_WAITING


def _as_meant(scope: Scope) -> Scope:
    """The request with the method that a POST to an upload says it stands for; a copy: the server goes by what came."""
    if scope["method"] != "POST" or not scope["path"].startswith(f"{UPLOADS_PATH}/"):
        return scope
    said = [value for name, value in scope["headers"] if name == _OVERRIDE]
    return {**scope, "method": said[0].decode()} if len(said) == 1 and said[0] in _OVERRIDDEN else scope


def _request_id(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"x-request-id"]
    if len(given) == 1 and _REQUEST_ID.match(given[0]) and (_UUID.match(given[0]) or not _NUMBER.search(given[0])):
        text: str = given[0].decode()
        return text
    return uuid4().hex


def length_of(request: Request) -> int | None:
    """Bytes of the body, where the sender says so beforehand."""
    return int(said) if (said := request.headers.get("content-length", "")[:20]).isdigit() else None


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


async def refuse_repeats(request: Request) -> None:
    """Refuse a query parameter sent twice: Starlette would keep the last one, other readers the first."""
    if request.scope["query_string"] and len(request.query_params.multi_items()) != len(request.query_params):
        raise problems.HttpError(problems.PARAMETER_REPEATED)


def refuse_encoding(request: Request) -> None:
    """Refuse a compressed body: bytes are kept and hashed as they come."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise problems.HttpError(problems.MEDIA_TYPE_UNSUPPORTED)


async def strict_json(request: Request) -> bytes:
    """The body, when it is one JSON object that can mean only one thing. Raises HttpError 400 or 415."""
    refuse_encoding(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise problems.HttpError(problems.MEDIA_TYPE_UNSUPPORTED)
    body = await request.body()
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
        if not isinstance(value, dict):
            _refuse("")
        _refuse_odd_text(value)
    except (ValueError, RecursionError):
        raise problems.HttpError(problems.REQUEST_MALFORMED) from None
    return body


def is_plain(text: str) -> bool:
    """Whether text holds no control characters, lone surrogates or characters that turn it around."""
    return (text.isascii() and text.isprintable()) or not any(
        letter in _BIDI or unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn"} for letter in text
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _refuse(_: str) -> None:
    raise ValueError


def _refuse_odd_text(value: Any) -> None:
    if isinstance(value, str):
        if not is_plain(value):
            raise ValueError
    elif isinstance(value, list):
        for one in value:
            _refuse_odd_text(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            _refuse_odd_text(name)
            _refuse_odd_text(one)
