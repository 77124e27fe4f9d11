"""Spans of requests: continued from the caller's traceparent, without a word about anyone, and nothing without an SDK."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from landdata.logs import JsonLines

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PLANTED = "024090000017"


@pytest.fixture
def spans(monkeypatch):
    """The SDK as an operator installs it, for one test."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return lambda many=1: exactly(many, exporter.get_finished_spans)


def exactly(many: int, seen: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """What is seen, once it is so many: the last word of a request comes after its answer."""
    deadline = time.monotonic() + 10
    while len(seen()) < many:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert len(seen()) == many
    return seen()


def test_a_span_continues_the_callers_trace(api, spans):
    api.http.get("/v1/units/province/99", headers={"traceparent": PARENT, "X-Request-Id": "abcdefgh"})
    (span,) = spans()
    assert (span.name, span.kind) == ("GET /v1/units/{level}/{code}", SpanKind.SERVER)
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert dict(span.attributes) == {
        "http.request.method": "GET", "http.route": "/v1/units/{level}/{code}", "http.response.status_code": 404,
        "landdata.request_id": "abcdefgh",
    }  # fmt: skip
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("parent", ["", "00-zz", "x" * 5000, PARENT + "-é"])
def test_a_parent_that_cannot_be_read_begins_a_trace(api, spans, parent):
    api.http.get("/health", headers={"traceparent": parent.encode()})
    (span,) = spans()
    assert span.context.trace_id


def test_spans_hold_nothing_of_the_caller(api, consumer, spans, monkeypatch):
    def fail(*_args: object, **_named: object) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr("landdata.flows.observe.national", fail)
    api.http.get(f"/v1/{PLANTED}?x={PLANTED}", headers={"User-Agent": PLANTED, "tracestate": f"a={PLANTED}"})
    api.http.get(f"/v1/coverage?on={PLANTED}", headers={"traceparent": PARENT})
    assert (
        api.http.get("/v1/coverage", headers={"traceparent": PARENT, "tracestate": f"a={PLANTED}"}).status_code == 500
    )
    found = spans(3)
    assert [one.status.status_code for one in found].count(StatusCode.ERROR) == 1
    for span in found:
        assert not span.events
        assert PLANTED not in f"{span.name} {dict(span.attributes)} {span.status.description}"


def test_without_an_sdk_the_trace_id_still_reaches_the_log(api, caplog, monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr(caplog.handler, "emit", lambda record: lines.append(JsonLines().format(record)))
    with caplog.at_level(logging.INFO, logger="api.requests"):
        api.http.get("/health", headers={"traceparent": PARENT, "X-Request-Id": "abcdefgh"})
        exactly(1, lambda: [one for one in lines if "api.requests" in one])
    (line,) = exactly(1, lambda: [one for one in lines if "api.requests" in one])
    assert '"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"' in line
    assert '"request_id": "abcdefgh"' in line
