"""Writes joined entities the way the child writes every file: rows as Arrow, what was found beside them, a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from landdata.model.deliveries import Profile
from landdata.model.vbdlis import ENTITIES, MANAGING
from landdata.reading.child import NOTED
from landdata.reading.entities import GEOMETRY, Entities
from landdata.reading.stored import pieces
from landdata.reading.vbdlis import rows


def write(name: str, entities: Entities, target: Path) -> dict[str, Any]:
    """Join the entities, write rows to `target` and findings beside; the report says what is not taken over."""
    table, noted = rows(entities)
    for path, content in ((target, table), (target.with_name(NOTED), noted)):
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as writer:
            for batch in content.combine_chunks().to_batches():
                for piece in pieces(batch):
                    writer.write_batch(piece)
    return {
        "layer": name,
        "crs": entities.system,
        "geometry": GEOMETRY,
        "profile": Profile.VBDLIS,
        "unknown": sorted({*entities.unknown, *_left(entities)}),
    }


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
