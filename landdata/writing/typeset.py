"""Typesets documents of a report as PDF: tagged (PDF/UA-1), for the archive (PDF/A-2a), and the same bytes every time."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

_HERE = Path(__file__).parent
_TEMPLATE = _HERE / "templates" / "report.typ"
_FONTS = _HERE / "vendor" / "inter"
_STANDARDS: list[Any] = ["ua-1", "a-2a"]

Block = dict[str, Any]


@cache
def _fonts() -> typst.Fonts:
    # Only what is shipped: the same letters on every machine.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS])


def pdf(document: dict[str, Any], *, made: datetime) -> bytes:
    """The document; `made` is the moment that it bears. Everything in it is data: no text is taken for markup."""
    return typst.compile(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=_fonts(),
        format="pdf",
        sys_inputs={"doc": json.dumps(document, ensure_ascii=False)},
        pdf_standards=_STANDARDS,
        timestamp=int(made.timestamp()),
    )
