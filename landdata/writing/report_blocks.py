"""Pieces that documents of a report are made of, as the template takes them."""

from __future__ import annotations

from collections.abc import Sequence

from landdata.model.coverage import Bounded
from landdata.writing.report_tables import As, Table, shown
from landdata.writing.report_words import Speech
from landdata.writing.typeset import Block

_RIGHT = frozenset({As.NUM, As.MOVED, As.SHARE, As.DEC})


def heading(text: str, level: int = 2) -> Block:
    return {"t": "h", "level": level, "text": text}


def paragraph(text: str, *, size: float = 10, weight: int = 400, quiet: bool = False) -> Block:
    return {"t": "p", "text": text, "size": size, "weight": weight, "quiet": quiet}


def table(one: Table, say: Speech, note: str, *, size: float = 8.5, gap: float = 3) -> Block:
    """A table as it is printed: counts that are bounded in one cell."""
    columns = [{"name": column.name, "right": column.how in _RIGHT, "wide": column.wide} for column in one.columns]
    rows = [[shown(value, column, say) for value, column in zip(row, one.columns, strict=True)] for row in one.rows]
    said = say(f"{note} Nguồn: {one.source}.", f"{note} Source: {one.source}.")
    return {"t": "table", "columns": columns, "rows": rows, "total": one.total, "note": said, "size": size, "gap": gap}


def listing(
    names: Sequence[str], wide: Sequence[float], rows: Sequence[Sequence[str]], note: str, *, size: float = 8
) -> Block:
    """A table of words."""
    columns = [{"name": name, "right": False, "wide": room} for name, room in zip(names, wide, strict=True)]
    return {
        "t": "table",
        "columns": columns,
        "rows": [list(row) for row in rows],
        "total": False,
        "note": note,
        "size": size,
        "gap": 3,
    }


def tile(say: Speech, label: str, value: Bounded, total: int | None, change: str) -> Block:
    text = say.bounded(value) + (f"/{say.num(total)}" if total is not None else "")
    return {
        "label": label,
        "value": text,
        "change": change,
        "size": 17 if len(text) <= 10 else 14 if len(text) <= 13 else 11,
    }


def facts(head: tuple[str, str], rows: Sequence[tuple[str, str]]) -> Block:
    return {"t": "facts", "head": list(head), "rows": [list(row) for row in rows]}


def part(blocks: Sequence[Block], *, flipped: bool = False) -> Block:
    return {"flipped": flipped, "blocks": list(blocks)}
