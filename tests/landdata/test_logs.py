"""A log line is JSON, names its request, and never repeats what an exception says."""

from __future__ import annotations

import json
import logging
import sys

from landdata.logs import REQUEST_ID, JsonLines

PLANTED = "024090000017"


def line_of(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def record_of(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    record = logging.LogRecord("api.x", logging.WARNING, "x.py", 1, message, arguments, None)
    record.__dict__.update(more)
    return record


def test_a_line_says_when_where_and_for_which_request():
    token = REQUEST_ID.set("abcdefgh")
    try:
        line = line_of(record_of("đọc %d\ndòng", 3, fields={"status": 200}))
    finally:
        REQUEST_ID.reset(token)
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "api.x", "đọc 3\ndòng")
    assert (line["request_id"], line["status"]) == ("abcdefgh", 200)
    assert str(line["at"]).endswith("+00:00")
    assert "request_id" not in line_of(record_of("x"))


def test_an_exception_is_told_without_its_words():
    try:
        int(f"Key (id_number)=({PLANTED}) already exists")
    except ValueError:
        line = line_of(record_of("failed", exc_info=sys.exc_info()))
    assert line["exception"] == "ValueError"
    assert line["where"]
    assert PLANTED not in json.dumps(line)
