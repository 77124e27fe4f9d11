"""A form with a file, read while it comes: whatever way its bytes are cut, and when it is no such form."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from api.problems import HttpError
from api.web.multipart import FileForm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONTENT = b"\r\n--x\r\n-- \x00\xff\r\n" * 700
FIELDS = {"key": "abc", "communes": "", "kind": "full"}


def sent(name: str = "b\u1ea3n \u0111\u1ed3.zip") -> tuple[bytes, str]:
    """The form as another program makes it."""
    request = httpx.Request("POST", "http://x", data=FIELDS, files={"file": (name, CONTENT)})
    return request.read(), request.headers["content-type"]


def read(body: bytes, kind: str, size: int) -> tuple[dict[str, str], str, bytes]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async def take() -> tuple[dict[str, str], str, bytes]:
        form = FileForm(kind, chunks())
        fields = await form.fields()
        return fields, form.file_name, b"".join([piece async for piece in form.content()])

    return asyncio.run(take())


@pytest.mark.parametrize("size", [1, 7, 64, 4096, 1 << 20])
def test_it_is_read_whatever_way_it_is_cut(size):
    body, kind = sent()
    assert read(body, kind, size) == (FIELDS, "b\u1ea3n \u0111\u1ed3.zip", CONTENT)


def test_a_name_is_no_path():
    body, kind = sent("../../etc/passwd")
    assert read(body, kind, 100)[1] == "passwd"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda body: body[:-20], 400),  # breaks off
        (lambda body: body[:40], 400),
        (lambda _: b"", 400),
        (lambda body: body.replace(b'name="key"', b'name="communes"'), 400),  # twice
        (lambda body: body.replace(b"abc", b"a\x00c"), 400),
        (lambda body: body.replace(b"abc", b"a" * 40_000), 400),
        (lambda body: body.replace(b"form-data", b"form"), 400),
    ],
)
def test_what_is_no_such_form_is_refused(change, status):
    body, kind = sent()
    with pytest.raises(HttpError) as refused:
        read(change(body), kind, 500)
    assert refused.value.kind.status == status


@pytest.mark.parametrize("kind", ["", "multipart/form-data", "application/json", "multipart/form-data; boundary="])
def test_another_kind_of_body_is_refused(kind):
    with pytest.raises(HttpError) as refused:
        read(b"x", kind, 10)
    assert refused.value.kind.status == 415
