"""Words and colours of the drawn map, and shapes as SVG paths; nothing here knows what is drawn where."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np
import shapely

STYLE = """
text{font-family:Inter,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",Arial,sans-serif;fill:#16241f}
.h1{font-size:25px;font-weight:700;fill:#fff}.h2{font-size:18px;font-weight:650}.sub{font-size:14px;fill:#cfe3dc}
.ink2{fill:#4b5b54}.t13{font-size:13px}.t12{font-size:12px}.b{font-weight:650}.bad{fill:#b3261e}.warn{fill:#8a5300}
.cell{fill:#fbfcfa;stroke:#d8dfd9}.n{fill:#e6eae5;stroke:#b4beb7;stroke-width:.8}
.r{fill:#b3261e;fill-opacity:.22;stroke:#b3261e;stroke-width:2}
.w{fill:#e0a030;fill-opacity:.26;stroke:#8a5300;stroke-width:1.6;stroke-dasharray:5 3}
.gap{fill:none;stroke:#8a5300;stroke-width:2}.l{font-size:13px;font-weight:700;text-anchor:middle}
.l,.m{paint-order:stroke;stroke:#fff;stroke-width:3.5px;stroke-linejoin:round}
.m{font-size:10px;text-anchor:middle;fill:#6b7a72}.rl{fill:#8c1d18}.wl{fill:#6f4300}
.dr{fill:#b3261e}.dw{fill:#c8962e}
.frame{fill:none;stroke:#0f5b4f;stroke-width:1.6}.badge{fill:#0f5b4f}.badge-t{fill:#fff;font-size:12px;font-weight:700;text-anchor:middle}
.bar{stroke:#16241f;stroke-width:1.6;fill:none}.bar-bg{fill:#fff;fill-opacity:.86}
"""


def text(x: float, y: float, words: str, kind: str = "t13") -> str:
    """A line of text with its baseline at y; the words may be anything a sender wrote."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def short(words: str, most: int) -> str:
    """The words, cut where they would run out of their room."""
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def path(shape: shapely.Geometry, scale: float, west: float, north: float) -> str:
    """Outline and holes of a polygon in pixels of a picture whose corner is (west, north); no corner closer than 0.3."""
    slim = shapely.simplify(shape, 0.3 / scale, preserve_topology=False)
    slim = shape if slim is None or shapely.is_empty(slim) else slim
    rings = shapely.get_rings(slim)
    return "".join(_ring(shapely.get_coordinates(ring), scale, west, north) for ring in rings)


def _ring(corners: np.ndarray[tuple[int, int], np.dtype[np.float64]], scale: float, west: float, north: float) -> str:
    x, y = (corners[:-1, 0] - west) * scale, (north - corners[:-1, 1]) * scale
    return f"M{'L'.join(f'{a:.1f} {b:.1f}' for a, b in zip(x, y, strict=True))}Z"


def scale_bar(scale: float, y: float) -> str:
    """A bar of a round number of metres at the left edge, about a fifth of a picture long."""
    most = 90 / scale
    power = 10.0 ** np.floor(np.log10(most))
    metres = max(step * power for step in (1, 2, 5) if step * power <= most)
    long = metres * scale
    label = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    return (
        f'<rect x="6" y="{y - 26:.0f}" width="{long + 16:.0f}" height="24" rx="4" class="bar-bg"/>'
        f'<path d="M14 {y - 12:.0f}v6h{long:.1f}v-6" class="bar"/>'
        f'<text x="{14 + long / 2:.1f}" y="{y - 13:.0f}" class="t12" text-anchor="middle">{label}</text>'
    )
