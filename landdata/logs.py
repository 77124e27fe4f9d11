"""One line of JSON for each log record, with the request it belongs to; no text of a caller, a file or a database in it."""

from __future__ import annotations

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# Set by whoever takes a request or a job in hand; threads that work for it inherit it.
REQUEST_ID: ContextVar[str] = ContextVar("landdata_request_id", default="")
TRACE_ID: ContextVar[str] = ContextVar("landdata_trace_id", default="")

_LINE = json.JSONEncoder(ensure_ascii=False, default=str)

# For logging.config; `uvicorn` hands it to every worker process, which start afresh.
CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "landdata.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "alembic": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}


class JsonLines(logging.Formatter):
    """`at` (UTC), `level`, `logger`, `message`, `request_id` and `trace_id` where there are, then the record's `fields`.

    An exception is told by its kind and where it was raised. Its message is left out: databases quote values in theirs.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        known = {"request_id": REQUEST_ID.get(), "trace_id": TRACE_ID.get()}
        line |= {name: value for name, value in known.items() if value} | getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            kind, _, where = record.exc_info
            frames = traceback.extract_tb(where)
            line["exception"] = getattr(kind, "__name__", "?")
            line["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
        return _LINE.encode(line)
