"""The map of faulty parcels as one SVG: a card for each commune, a picture for each place; self-contained, bounded in size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from landdata.model.crs import zone
from landdata.model.faults import Fault, FaultMap, Faulty
from landdata.writing import ink
from landdata.writing.places import Place, places

WIDTH, MARGIN, GAP, COLUMNS = 1200, 32, 18, 3
CELL = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
PICTURE = 270.0
MOST_DRAWN, MOST_PLACES = 240, 36
_MOST_NEIGHBOURS, _MOST_OVERVIEW, _MOST_LISTED = 250, 4_000, 5
_HEAD = 194
_MARK = (
    '<g transform="translate(1128 24)" fill="none" stroke="#e0b453" stroke-width="2">'
    '<path d="M0 0h40v36H0zM0 16l40 5M18 0l-3 36"/></g>'
)
_SHAPE = {Fault.REFUSED: ("r", "rl", "bad", "■"), Fault.WARNED: ("w", "wl", "warn", "▲")}
_LEGEND = (
    ("r", "bị từ chối / refused"),
    ("w", "có cảnh báo / warning"),
    ("n", "thửa khác / other parcels"),
    ("gap", "khe hở / gap"),
    ("frame", "vị trí các ô / the pictures"),
)


def write(parcels: FaultMap, target: Path, *, title: str, names: dict[str, str]) -> None:
    """Draw the refused parcels and then those warned about, at most MOST_DRAWN, and say how many there are.

    `title` names the delivery; `names` are the communes' by code, as far as they are known.
    """
    found = places(parcels, most=MOST_DRAWN, most_places=MOST_PLACES, aspect=CELL / PICTURE)
    body, y = [], float(_HEAD)
    tree = shapely.STRtree(parcels.shapes)
    for commune in dict.fromkeys(one.commune for one in found):
        here = [one for one in found if one.commune == commune]
        y += 34
        said = f"Xã / commune {commune} {names.get(commune, '')}".rstrip()
        body.append(ink.text(MARGIN, y, said, "h2"))
        y += 14
        cells = [_picture(parcels, tree, place) for place in here]
        if len(here) > 1:
            cells.insert(0, _overview(parcels, here))
        for start in range(0, len(cells), COLUMNS):
            line = cells[start : start + COLUMNS]
            for at, (picture, _) in enumerate(line):
                x = MARGIN + at * (CELL + GAP)
                body.append(f'<g transform="translate({x:.1f} {y:.1f})">{picture}</g>')
            y += max(height for _, height in line) + GAP
    drawn = sum(len(one.faulty) for one in found)
    head, height = _head(parcels, title, drawn), round(y + MARGIN)
    target.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" lang="vi" aria-labelledby="t d"><title id="t">Bản đồ thửa lỗi / Map of faulty parcels</title>'
        f'<desc id="d">{drawn} / {len(parcels.faulty)}</desc><style>{ink.STYLE}</style>'
        f'<rect width="{WIDTH}" height="{height}" fill="#f4f6f2"/>{head}{"".join(body)}</svg>\n',
        encoding="utf-8",
    )


def _head(parcels: FaultMap, title: str, drawn: int) -> str:
    refused = sum(one.worst is Fault.REFUSED for one in parcels.faulty)
    warned = len(parcels.faulty) - refused
    shapeless = sum(parcels.shapes[one.at] is None for one in parcels.faulty)
    parts = [
        f'<rect width="{WIDTH}" height="84" fill="#0b443b"/><rect y="84" width="{WIDTH}" height="3" fill="#c8962e"/>',
        ink.text(MARGIN, 39, "Bản đồ thửa lỗi", "h1"),
        ink.text(MARGIN, 63, f"Map of faulty parcels · {ink.short(title, 90)}", "sub"),
        _MARK,
    ]
    x, y = float(MARGIN), 116
    for kind, words in _LEGEND:
        if kind == "gap":
            parts.append(
                f'<path d="M{x + 11} {y - 5}m-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M{x + 2} {y - 5}h18" class="gap"/>'
            )
        else:
            parts.append(f'<rect x="{x}" y="{y - 12}" width="22" height="14" class="{kind}"/>')
        parts.append(ink.text(x + 29, y, words, "t13"))
        x += 29 + 7.1 * len(words) + 20
    counted = f"{_number(refused)} thửa bị từ chối / refused · {_number(warned)} có cảnh báo / warned about"
    if shapeless:
        counted += f" · {_number(shapeless)} không có hình để vẽ / without a shape to draw"
    parts.append(ink.text(MARGIN, 144, counted, "t13 b"))
    plane = f"{zone(parcels.epsg).name} (EPSG:{parcels.epsg}), bắc ở trên / north is up; thước tính bằng mét / bars in metres."
    if drawn < len(parcels.faulty) - shapeless:
        many = _number(drawn)
        said = f"Chỉ vẽ {many} thửa, bản GeoJSON có đủ / Only {many} are drawn, the GeoJSON has all."
        parts.append(ink.text(MARGIN, 187, said, "t13 b bad"))
    parts.append(ink.text(MARGIN, 166, plane, "t13 ink2"))
    return "".join(parts)


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _picture(parcels: FaultMap, tree: shapely.STRtree, place: Place) -> tuple[str, float]:
    """The picture of a place with its list below, and how high both are."""
    west, south, east, north = place.view
    scale = CELL / (east - west)
    seen = tree.query(shapely.box(west, south, east, north))
    plain = seen[parcels.worst[seen] == Fault.NONE][:_MOST_NEIGHBOURS]
    marked = sorted(seen[parcels.worst[seen] != Fault.NONE], key=lambda at: parcels.worst[at])[:_MOST_NEIGHBOURS]
    outline = "".join(ink.path(parcels.shapes[at], scale, west, north) for at in plain)
    parts = [_opening(PICTURE), f'<path d="{outline}" class="n" fill-rule="evenodd"/>' if outline else ""]
    for at in marked:
        kind = _SHAPE[Fault(parcels.worst[at])][0]
        parts.append(
            f'<path d="{ink.path(parcels.shapes[at], scale, west, north)}" class="{kind}" fill-rule="evenodd"/>'
        )
    for x, y in parcels.gaps:
        if west < x < east and south < y < north:
            at_x, at_y = (x - west) * scale, (north - y) * scale
            parts.append(f'<path d="M{at_x:.1f} {at_y:.1f}m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0m-5 0h28" class="gap"/>')
    parts += _labels(parcels, place, scale)
    parts += [ink.scale_bar(scale, PICTURE - 4), "</svg>", _badge(place.number)]
    height = PICTURE + 20
    parts.append(
        ink.text(
            28, height, f"E {_number(round((west + east) / 2))} · N {_number(round((south + north) / 2))}", "t12 ink2"
        )
    )
    for one in place.faulty[:_MOST_LISTED]:
        parts.append(_entry(one, height + 22))
        height += 38
    if len(place.faulty) > _MOST_LISTED:
        height += 20
        more = len(place.faulty) - _MOST_LISTED
        parts.append(ink.text(2, height, f"và {more} thửa nữa / and {more} more", "t12 ink2"))
    return "".join(parts), height + 12


def _labels(parcels: FaultMap, place: Place, scale: float) -> list[str]:
    """The numbers of parcels, the gravest first; one that would cover another is left to the list below."""
    west, _, _, north = place.view
    taken: list[tuple[float, float, float]] = []
    parts = []
    for one in place.faulty:
        x, y = _inside(parcels.shapes[one.at])
        at_x, at_y, half = (x - west) * scale, (north - y) * scale, 4.2 * len(one.number[:8]) + 1
        if any(abs(at_x - x) < half + other and abs(at_y - y) < 14 for x, y, other in taken):
            continue
        taken.append((at_x, at_y, half))
        parts.append(ink.text(at_x, at_y + 4.5, one.number[:8], f"l {_SHAPE[one.worst][1]}"))
    return parts


def _entry(one: Faulty, y: float) -> str:
    _, _, kind, mark = _SHAPE[one.worst]
    row = f"dòng/row {one.rows[0]}" + (f" +{len(one.rows) - 1}" if len(one.rows) > 1 else "")
    more = f" +{len(one.codes) - 1}" if len(one.codes) > 1 else ""
    return (
        ink.text(2, y, mark, f"t12 {kind}")
        + ink.text(18, y, ink.short(f"Tờ {one.sheet} thửa {one.number} · {row} · {one.codes[0]}{more}", 46), "t12 b")
        + ink.text(18, y + 15, ink.short(one.why[0], 52), "t12 ink2")
    )


def _overview(parcels: FaultMap, here: list[Place]) -> tuple[str, float]:
    """Where the pictures of a commune are, among its other parcels."""
    frames = shapely.box(*np.array([place.box for place in here]).T)
    of = parcels.commune == parcels.commune[here[0].faulty[0].at]
    drawn = of & ~shapely.is_missing(parcels.shapes)
    centre = shapely.get_coordinates(shapely.centroid(shapely.envelope(parcels.shapes[drawn & (parcels.worst > 0)])))
    # All faults but the odd one that lies far away: it would make dots of the rest.
    most = np.concatenate([np.quantile(centre, 0.02, axis=0), np.quantile(centre, 0.98, axis=0)])
    west, south, east, north = shapely.total_bounds(np.append(frames, shapely.box(*most)))
    room = max((east - west) / CELL, (north - south) / PICTURE, 0.05) * 1.2
    middle = ((west + east) / 2, (south + north) / 2)
    west, north, scale = middle[0] - room * CELL / 2, middle[1] + room * PICTURE / 2, 1 / room
    shapes = parcels.shapes[drawn]
    plain = shapes[:: max(1, len(shapes) // _MOST_OVERVIEW)]
    outline = "".join(ink.path(one, scale, west, north) for one in plain)
    parts = [_opening(PICTURE), f'<path d="{outline}" fill="#dde3dc" fill-rule="evenodd"/>']
    for kind, fault in (("dw", Fault.WARNED), ("dr", Fault.REFUSED)):
        at = np.flatnonzero(drawn & (parcels.worst == fault))[:_MOST_OVERVIEW]
        x, y = shapely.get_coordinates(shapely.centroid(shapely.envelope(parcels.shapes[at]))).T
        dots = zip((x - west) * scale, (north - y) * scale, strict=True)
        parts.append(f'<path d="{"".join(f"M{a - 1.5:.1f} {b - 1.5:.1f}h3v3h-3z" for a, b in dots)}" class="{kind}"/>')
    taken: list[tuple[float, float]] = []
    for place in here:
        left, bottom, right, top = place.box
        x, y = (left - west) * scale, (north - top) * scale
        wide, high = max(10.0, (right - left) * scale), max(8.0, (top - bottom) * scale)
        worst = max(one.worst for one in place.faulty)
        parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" class="frame"/>')
        x, y = x + wide / 2, y + high / 2
        if not any(abs(x - a) < 20 and abs(y - b) < 13 for a, b in taken):
            taken.append((x, y))
            parts.append(ink.text(x, y + 4.5, str(place.number), f"l {_SHAPE[worst][1]}"))
    parts += [ink.scale_bar(scale, PICTURE - 4), "</svg>"]
    parts.append(ink.text(2, PICTURE + 20, f"Toàn cảnh {len(here)} ô / overview of {len(here)} pictures", "t12 ink2"))
    return "".join(parts), PICTURE + 32


def _opening(height: float) -> str:
    size = f'width="{CELL:.1f}" height="{height:.0f}"'
    return f'<svg {size} viewBox="0 0 {CELL:.1f} {height:.0f}"><rect {size} rx="8" class="cell"/>'


def _badge(number: int) -> str:
    return (
        f'<rect x="0" y="{PICTURE + 6:.0f}" width="22" height="19" rx="4" class="badge"/>'
        f'<text x="11" y="{PICTURE + 20:.0f}" class="badge-t">{number}</text>'
    )


def _inside(shape: shapely.Geometry) -> tuple[float, float]:
    """A point inside, for the number; of what crosses itself the middle."""
    point = shapely.point_on_surface(shape) if shapely.is_valid(shape) else shapely.centroid(shapely.box(*shape.bounds))
    return float(shapely.get_x(point)), float(shapely.get_y(point))
