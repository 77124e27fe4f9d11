"""A sender's text in a table that people open: no spreadsheet program runs it, and read again it is what was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What OWASP names, and the wide forms that some programs take for them; marks of ours in front change nothing.
_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"'*[+-]?\d+(?:[.,]\d+)?%?\Z")


def runs(text: str) -> bool:
    """Whether a spreadsheet program may take a cell for a formula; a plain number with its sign is none."""
    return _RUNS.match(text) is not None and _NUMBER.match(text) is None


def harmless(text: str) -> str:
    """The text with an apostrophe in front where it could run. `as_sent` takes it away again, whatever the text was."""
    return f"'{text}" if runs(text) else text


def as_sent(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and runs(text) else text


def harmless_row(cells: Iterable[object]) -> list[object]:
    """The cells of a row; what is no text is left alone."""
    return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]
