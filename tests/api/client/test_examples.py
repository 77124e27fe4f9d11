"""The examples of docs/client.md run against the service, one after the other, as a reader would run them."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "client.md"


def test_the_page_runs(api, consumer, agree, tmp_path, monkeypatch, capsys):
    """Under an agreement as most have it: a token without a binding would be refused."""
    agree(consumer.client_id, agency_codes=["CA-24-001"], daily_quota=5000)
    (tmp_path / "key.pem").write_bytes(consumer.key.as_pem(private=True))
    monkeypatch.setenv("LAND_KEY", str(tmp_path / "key.pem"))
    examples = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    scope: dict[str, object] = {}
    for example in examples:
        here = example.replace("https://land.example", api.url).replace("population-platform", consumer.client_id)
        exec(compile(here, str(PAGE), "exec"), scope)  # noqa: S102 - our own page
    said = capsys.readouterr().out
    assert len(examples) == 6
    assert said.count("NOT_COVERED") == 1 + 2500 + 1 + 3, said[:500]
    assert isinstance(scope["cursor"], str)
