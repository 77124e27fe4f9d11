"""Causes of a movement as CSV: the state before, a row for each cause, the state after; figures add up downwards."""

from __future__ import annotations

import csv
import io

from landdata.model.cells import harmless_row
from landdata.model.movements import NAMES, Cause, Figures, Movement, State, UnitMoved

HEAD = (
    "place", "kind", "effective_on", "recorded_at", "delivery", "office_code", "office", "resolution", "backfilled",
    "simulated", "undone", *(f"{name}_{side}" for name in NAMES for side in ("at_least", "at_most")), "units",
)  # fmt: skip


def as_csv(found: Movement) -> str:
    """The whole answer with a header; `units` are those that connected (+) or ceased to (-), as `level:code+`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerow(_state("BEFORE", found.before))
    writer.writerows(harmless_row(_row(one)) for one in found.causes)
    writer.writerow(_state("AFTER", found.after))
    return text.getvalue()


def _state(kind: str, state: State) -> list[object]:
    known = state.known_at.isoformat() if state.known_at else ""
    return [
        "",
        kind,
        state.on,
        known,
        "",
        "",
        "",
        f"division {state.division}",
        "",
        "",
        "",
        *_figures(state.figures),
        "",
    ]


def _row(one: Cause) -> list[object]:
    return [
        one.place, one.kind, one.effective_on, one.recorded_at.isoformat() if one.recorded_at else "",
        one.delivery_uid or "", one.office_code or "", one.office_name_vi or "", one.resolution or "",
        int(one.backfilled), int(one.simulated), int(one.undone), *_figures(one.moved),
        ";".join(_unit(unit) for unit in one.units),
    ]  # fmt: skip


def _figures(figures: Figures) -> list[int]:
    return [number for one in figures.all() for number in (one.at_least, one.at_most)]


def _unit(one: UnitMoved) -> str:
    """`+` or `-` behind, since a cell that begins with one would be a formula; `?` where it is only possible."""
    sign = "+" if one.moved.at_least + one.moved.at_most > 0 else "-"
    doubt = "" if one.moved.exact else "?"
    return f"{one.level}:{one.code}{sign}{doubt}"
