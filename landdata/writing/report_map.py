"""The map of a report as one vector picture: provinces in five steps of grey-safe green, and both archipelagos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landdata.writing.outlines import INSET_WIDTH, ProvinceMap

WIDTH, HEIGHT = 530, 812
BREAKS = (0.2, 0.4, 0.6, 0.8)
NONE = "n"
STEPS = (*"43210", NONE)
# One hue that only grows darker: the order stays legible in grey and to whoever sees no green.
_FILLS = {"0": "#dcebe5", "1": "#aed0c3", "2": "#76ad9b", "3": "#3b826f", "4": "#0f4a40"}
_INSET_HEIGHT, _NAME = 124.0, 15.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """The picture as SVG, and how many provinces have each step."""

    svg: str
    counts: Mapping[str, int]


def step_of(share: float, *, connected: bool) -> str:
    """The class of a share of communes, 0..1; a hatched one for a province that is not connected."""
    return str(sum(share >= one for one in BREAKS)) if connected else NONE


def swatch(step: str) -> str:
    """A field of the legend."""
    return _svg(36, 24, f'<rect x="1" y="1" width="34" height="22" {_paint(step)}/>')


def draw(country: ProvinceMap, steps: Mapping[str, str]) -> Drawn:
    """The country; a province without a step is drawn as not connected, never left out."""
    parts = [f'<path d="{one.path}" {_paint(steps.get(one.code, NONE))}/>' for one in country.outlines]
    for inset in country.insets:
        step = steps.get(inset.archipelago.province_code, NONE)
        ink = "#4d5b57" if step == NONE else _FILLS[max(step, "2")]
        dots = "".join(f'<circle cx="{x}" cy="{y + _NAME}" r="2.1"/>' for x, y in inset.points)
        parts.append(
            f'<g transform="translate({inset.left} {inset.top})">'
            f'<rect width="{INSET_WIDTH}" height="{_INSET_HEIGHT}" rx="3" fill="#f6f8f7" stroke="#9aa8a3"/>'
            f'<g fill="{ink}">{dots}</g>'
            f'<text x="{INSET_WIDTH / 2}" y="{_INSET_HEIGHT - 18}" font-size="12.5" font-weight="600" text-anchor="middle" '
            f'font-family="Inter" fill="#1d2b27">{inset.archipelago.name_vi}</text>'
            f'<text x="{INSET_WIDTH / 2}" y="{_INSET_HEIGHT - 5}" font-size="10" text-anchor="middle" font-family="Inter" '
            f'fill="#4d5b57">({inset.archipelago.province_vi})</text></g>'
        )
    counts = dict.fromkeys(STEPS, 0)
    for outline in country.outlines:
        counts[steps.get(outline.code, NONE)] += 1
    return Drawn(_svg(WIDTH, HEIGHT, "".join(parts)), counts)


def _paint(step: str) -> str:
    fill = "url(#h)" if step == NONE else _FILLS[step]
    return (
        f'fill="{fill}" stroke="#ffffff" stroke-width="0.8"'
        if step != NONE
        else (f'fill="{fill}" stroke="#8a9691" stroke-width="0.7"')
    )


def _svg(width: int, height: int, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="-4 -4 {width + 8} {height + 8}">'
        '<defs><pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse">'
        '<rect width="5" height="5" fill="#ffffff"/><path d="M-1 1 1 -1M0 5 5 0M4 6 6 4" stroke="#8a9691" stroke-width="0.9"/>'
        f"</pattern></defs>{body}</svg>"
    )
