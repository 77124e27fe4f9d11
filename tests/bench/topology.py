"""Overlaps: shared edges and GEOS against an ST_Overlaps self-join with a GiST index over the very same parcels."""

from __future__ import annotations

import argparse
import io
from contextlib import closing

import numpy as np
import psycopg2
import shapely
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own spelling

from landdata.checking import ahead
from landdata.checking.overlaps import overlaps
from landdata.model.parcels import Objects
from tests.bench.ground import Ground, Result, Side, ground, say

PURPOSE = "overlaps of neighbours, against an ST_Overlaps self-join on the same parcels (default 100,000)"

_GOAL = 8.0
_PER_SHEET = 5000
_SPOILED = 0.01
_AT_ONCE = 25_000  # whole sheets, as `checking.neighbours` takes whole communes
_JOIN = "SELECT a.id, b.id FROM bench_parcel a JOIN bench_parcel b ON a.id < b.id AND ST_Overlaps(a.geom, b.geom)"

Pairs = set[tuple[int, int]]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parcels", type=int, default=100_000, help="parcels on the map (default 100000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; medians are compared (default 3)")


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Measure; returns `topology`. AssertionError when the two sides do not find the same pairs."""
    shapes = parcels(chosen.parcels)
    with ground(admin_url) as place, closing(psycopg2.connect(place.admin_url)) as connection:
        _fill(place, connection, shapes)
        join, ours = Side(), Side()
        for number in range(chosen.rounds):
            with join.timed():
                theirs = _joined(connection)
            with ours.timed():
                found = _found(shapes)
            _compare(shapes, found, theirs)
            say(f"round {number + 1} of {chosen.rounds}: ST_Overlaps {join.seconds[-1]:.2f} s, "
                f"ours {ours.seconds[-1]:.2f} s, {len(theirs):,} pairs on both sides")  # fmt: skip
    ratio = join.median / ours.median
    detail = f"{len(shapes):,} parcels, {len(theirs):,} overlaps, the same pairs; ST_Overlaps {join}; ours {ours}"
    return [Result("topology", round(ratio, 2), f">= {_GOAL:g}", ratio >= _GOAL, detail)]


def parcels(size: int) -> Objects:
    """Sheets of neighbours with common corners, a hundredth of them shifted by up to a metre, another with a hole."""
    rng = np.random.default_rng(1)
    sheets = [_sheet(rng, min(_PER_SHEET, size - at), at // _PER_SHEET) for at in range(0, size, _PER_SHEET)]
    rings = np.concatenate(sheets)
    shifted = rng.choice(size, int(size * _SPOILED), replace=False)
    rings[shifted] += np.round(rng.uniform(-1.0, 1.0, (len(shifted), 1, 2)), 2)
    shapes: Objects = shapely.polygons(rings)
    holed = rng.choice(size, int(size * _SPOILED), replace=False)
    middle = rings[holed, :4].mean(axis=1, keepdims=True)
    holes = np.round(middle + 0.2 * (rings[holed] - middle), 2)
    shapes[holed] = [shapely.Polygon(rings[at], [hole]) for at, hole in zip(holed, holes, strict=True)]
    return shapes


def _sheet(rng: np.random.Generator, count: int, number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    columns = int(np.ceil(np.sqrt(count * 1.6)))
    rows = -(-count // columns)
    x, y = np.meshgrid(np.arange(columns + 1) * 12.0, np.arange(rows + 1) * 20.0)
    corners = np.stack([x, y], axis=-1) + rng.uniform(-1.5, 1.5, (rows + 1, columns + 1, 2))
    corners = np.round(corners + np.array([500_000 + 3_000 * number, 2_300_000]), 2)
    four = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1], corners[:-1, :-1]]
    return np.stack(four, axis=2).reshape(-1, 5, 2)[:count]


def _fill(place: Ground, connection: Connection, shapes: Objects) -> None:
    """A table with an index and statistics; none of that is counted against the database."""
    place.superuser("CREATE TABLE bench_parcel (id integer PRIMARY KEY, geom geometry)")
    lines = "".join(f"{at}\t{wkb}\n" for at, wkb in enumerate(shapely.to_wkb(shapes, hex=True)))
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY bench_parcel FROM STDIN", io.StringIO(lines))
    connection.commit()
    place.superuser("CREATE INDEX ON bench_parcel USING gist (geom)", "VACUUM (ANALYZE) bench_parcel")
    place.checkpoint()


def _joined(connection: Connection) -> Pairs:
    with connection.cursor() as cursor:
        cursor.execute(_JOIN)
        found: Pairs = set(cursor.fetchall())
    connection.commit()
    return found


def _found(shapes: Objects) -> Pairs:
    """As deliveries are checked: some communes at a time, two of these pieces at once (PostgreSQL joins in parallel, too)."""

    def pairs(start: int) -> Pairs:
        one = overlaps(shapes[start : start + _AT_ONCE])
        return set(zip((one.first + start).tolist(), (one.second + start).tolist(), strict=True))

    return set().union(*ahead.each(pairs, range(0, len(shapes), _AT_ONCE)))


def _compare(shapes: Objects, ours: Pairs, theirs: Pairs) -> None:
    """Ours also names what contains or equals; ST_Overlaps does not."""
    at = np.array(sorted(ours), dtype=np.int64).reshape(-1, 2)
    partly = at[shapely.overlaps(shapes[at[:, 0]], shapes[at[:, 1]])]
    if set(map(tuple, partly.tolist())) != theirs:
        raise AssertionError(f"not the same pairs: {len(partly)} and {len(theirs)}")
