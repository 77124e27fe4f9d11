"""The examples of docs/client.md run, one after the other, as a reader would run them."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import httpx

PAGE = Path(__file__).resolve().parents[3] / "docs" / "client.md"


def test_the_page_runs(land, bound_land, key, tmp_path, monkeypatch, capsys):
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=True))
    monkeypatch.setenv("LAND_KEY", str(tmp_path / "key.pem"))

    def serve(request: httpx.Request) -> httpx.Response:
        return (bound_land if "DPoP" in request.headers else land)(request)

    for kind in ("Client", "AsyncClient"):
        made = partial(getattr(httpx, kind), transport=httpx.MockTransport(serve))
        monkeypatch.setattr(httpx, kind, made)
    for one in (land, bound_land):
        one.client_id = "population-platform"
    change = {"record_ref": "r-1", "record_version": "v", "changed_at": "2026-11-21T00:00:00Z", "kind": "CHANGED"}
    land.pages = {None: {"changes": [change], "next_cursor": "c", "has_more": False}}
    examples = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    scope: dict[str, object] = {}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), scope)  # noqa: S102 - our own page
    said = capsys.readouterr().out
    assert len(examples) == 6
    assert said.count("NO_RECORD") == 2500 + 1 + 3
    assert "r-1" in said
