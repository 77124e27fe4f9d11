"""Writes joined entities the way the child writes every file: rows as Arrow, what was found beside them, a report."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from landdata.model.deliveries import Profile
from landdata.model.vbdlis import ENTITIES, MANAGING
from landdata.reading.child import NOTED
from landdata.reading.entities import GEOMETRY, Entities
from landdata.reading.stored import Tell, pieces
from landdata.reading.vbdlis import rows


def write(name: str, entities: Entities, target: Path, tell: Tell) -> None:
    """Join the entities, write findings beside and then rows to `target`; what is told also says what is not taken over."""
    table, noted = rows(entities)
    _write(noted, target.with_name(NOTED), lambda _: None)
    tell(
        {
            "layer": name,
            "crs": entities.system,
            "geometry": GEOMETRY,
            "profile": Profile.VBDLIS,
            "unknown": sorted({*entities.unknown, *_left(entities)}),
        }
    )
    _write(table, target, tell)


def _write(table: pa.Table, target: Path, tell: Tell) -> None:
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        for batch in table.combine_chunks().to_batches():
            for piece in pieces(batch):
                writer.write_batch(piece)
                tell(piece.num_rows)


def _left(entities: Entities) -> list[str]:
    """Tags of the dictionary that hold something and feed nothing; ids and ties have done their work."""
    tags = [
        f"{entity.name}.{tag.name}"
        for entity in ENTITIES.values()
        for tag in entity.tags
        if not (entity.name == MANAGING or tag.feeds or tag.ties or tag.name == entity.key)
        and entities.column(entity.name, tag.name).null_count < entities.size(entity.name)
    ]
    return [*tags, MANAGING] if entities.size(MANAGING) else tags
