"""OpenTelemetry hooks: one span a request, by the API package only; without an SDK of the operator's they do nothing.

A caller's W3C `traceparent` is continued. Spans hold the route's template, method, status and request id: never an
address, a query, a header or a message, for all of these may name a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.metrics import method_of

if TYPE_CHECKING:
    from starlette.types import Scope

# The framework's own spans hold paths, and its records hold messages of exceptions and what did not validate.
NONE_OF_THE_FRAMEWORK: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
_PROPAGATOR = TraceContextTextMapPropagator()
# An address can be thousands of letters long; a traceparent has 55.
_MOST = 512


@contextmanager
def request_span(scope: Scope, request_id: str) -> Iterator[Span]:
    """The span of one request, current while it is worked on; named by its method until the route is known."""
    carrier = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in {b"traceparent", b"tracestate"} and len(value) <= _MOST
    }
    if not carrier and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield trace.INVALID_SPAN  # nobody traces, neither here nor the caller
        return
    method = method_of(scope["method"])
    # Asked for each time: an operator may install an SDK after this module was read.
    tracer = trace.get_tracer("landdata.api")
    with tracer.start_as_current_span(
        method,
        context=_PROPAGATOR.extract(carrier),
        kind=SpanKind.SERVER,
        attributes={"http.request.method": method, "landdata.request_id": request_id},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


def trace_id_of(span: Span) -> str:
    """The trace's id in hexadecimal; empty when there is none."""
    context = span.get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


def end(span: Span, *, method: str, route: str, status: int) -> None:
    """What is known when the answer has been sent."""
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= 500 or not status:
            span.set_status(Status(StatusCode.ERROR))
