"""Entities of a `vbdlis` GeoPackage as they were sent, those of refused records only; runs in the child only."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyogrio

from landdata.model.parcels import folded
from landdata.model.vbdlis import ENTITIES, PARCEL, REASONS
from landdata.reading.entities import clean, in_order, named_as
from landdata.writing.reaching import named, reached, rows_of

_DRIVER = "GPKG"


def write(source: Path, target: Path, told: pa.Table) -> None:
    """Copy the rows that records told of reach, layer by layer with the sender's own columns; `told` is a table beside.

    `told` has columns of reasons and last what each row came from.
    """
    sent: dict[str, tuple[str, pa.Table, dict[str, str | None]]] = {}
    texts: dict[str, pa.Table] = {}
    for layer in (str(name) for name in pyogrio.list_layers(source)[:, 0]):
        name = named_as(layer)
        if name is None:
            continue
        meta, table = pyogrio.read_arrow(source, layer=layer)
        geometry = meta["geometry_name"] or None
        sent[name] = (
            layer,
            table,
            {"crs": meta["crs"], "geometry_name": geometry, "geometry_type": meta["geometry_type"]},
        )
        texts[name] = clean(name, in_order(name, table, geometry or "wkb_geometry")[0])
    texts = {name: texts.get(name, clean(name, None)) for name in ENTITIES}
    seeds = {one for row in named(told.columns[-1].to_pylist()) for one in row}
    chosen = reached(texts, seeds)
    for name, (layer, table, options) in sent.items():
        kept = table.filter(rows_of(texts[name], name, chosen))
        if kept.num_rows or name == PARCEL:
            _add(target, layer, kept, **options)
    _add(target, REASONS, told, crs=None, geometry_name=None, geometry_type=None)


def _add(target: Path, layer: str, table: pa.Table, **options: str | None) -> None:
    taken = {folded(name) for name in table.column_names}
    pyogrio.write_arrow(
        table,
        target,
        layer=layer,
        driver=_DRIVER,
        append=target.exists(),
        layer_options={"FID": next(name for name in ("fid", "ogc_fid", "fid_1") if folded(name) not in taken)},
        **options,
    )
