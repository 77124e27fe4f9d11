"""JSON that could mean two things, and text that reads like another, are refused before all else."""

from __future__ import annotations

import pytest

from api.requests import is_plain

LOOKUP = "/v1/residency/land-records:lookup"
HEADERS = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":"\\u0000"}',
        b'{"a":"\\ud800"}',
        b'{"a":["x",{"b":"\\u202e"}]}',
        b'{"a\\u200f":1}',
        b'{"a":"\\n"}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"a":' + b"9" * 6000 + b"}",
    ],
)
def test_bodies_that_are_refused_as_malformed(api, consumer, body):
    answer = api.http.post(LOOKUP, content=body, headers={**HEADERS, **consumer.bearer()})
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_MALFORMED")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ],
)
def test_only_plain_json_is_taken(api, consumer, headers):
    answer = api.http.post(LOOKUP, content=b"{}", headers={**headers, **consumer.bearer()})
    assert (answer.status_code, answer.json()["code"]) == (415, "MEDIA_TYPE_UNSUPPORTED")


@pytest.mark.parametrize("text", ["", "Nguyễn Thị Thúy", "Hoà", "Hòa", "Đặng", "a b", "日本", "Nguye\u0302\u0303n"])
def test_honest_text_is_plain(text):
    assert is_plain(text)


@pytest.mark.parametrize(
    "text", ["\x00", "a\nb", "\x7f", "\x85", "\u202e", "\u2066", "\u200e", "\ud800", "\ufdd0", "\ue000"]
)
def test_odd_text_is_not(text):
    assert not is_plain(text)
