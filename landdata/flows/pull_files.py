"""One look into an office's SFTP drop area: each complete file becomes a delivery and is put away; killed anywhere, once."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from landdata.connectors import credentials, sftp
from landdata.connectors.sftp import Drop, Found
from landdata.errors import LandDataError, PullFailed
from landdata.flows.drop import declarations
from landdata.flows.pull import EXPECTED, Running
from landdata.model.deliveries import Declaration

log = logging.getLogger(__name__)

# The rest waits for the next look: others shall have their turn.
_MOST_FILES = 20


async def take(running: Running) -> dict[str, Any]:
    """Take what is complete. Raises a PullFailed; what is wrong with one file alone is noted and the others go on."""
    terms, memory = running.connection.terms, dict(running.connection.memory)
    taken: dict[str, list[Any]] = dict(memory.get("taken") or {})
    key = credentials.secret(running.settings.key_folder, terms.secret_file)
    refused: LandDataError | None = None
    async with sftp.opened(terms, key, networks=running.networks, limits=running.limits, spent=running.spent) as drop:
        seen = {name: (stamp[0], stamp[1]) for name, stamp in (memory.get("seen") or {}).items()}
        found = await drop.look(seen)
        names = {one.name for one in found}
        taken = {name: one for name, one in taken.items() if name in names}
        memory["seen"] = {one.name: list(one.stamp) for one in found}
        for one in found:
            known = taken.get(one.name)
            if known and tuple(known[:2]) == one.stamp:
                # Taken in before: a worker was killed before it was put away, or the office lets us move nothing.
                if await drop.put_away(one.name, known[2]):
                    del taken[one.name]
                continue
            if not one.complete or len(running.deliveries) >= _MOST_FILES:
                continue
            try:
                mark = await _one(running, drop, one)
            except PullFailed:
                raise
            except EXPECTED as error:
                log.warning("drop area of %s: a file was refused: %s", running.connection.office_code, error.code)
                refused, mark = error, "refused"
            taken[one.name] = [*one.stamp, mark]
            # From here on the file is taken, whatever becomes of the moving.
            running.remember(memory | {"taken": taken})
            if await drop.put_away(one.name, mark):
                del taken[one.name]
    running.remember(memory | {"taken": taken})
    if refused is not None and not running.deliveries:
        raise refused
    return memory | {"taken": taken}


async def _one(running: Running, drop: Drop, one: Found) -> str:
    """Take one file in; by what it is marked. Its key is made of all there is of it: the same file is the same delivery."""
    terms = running.connection.terms
    said = declarations(await drop.declarations(one.said) if one.said else None)
    target = running.folder / "file"
    await drop.fetch(one.name, target)
    words = [str(running.connection.connection_uid), one.name, *one.stamp, _digest(target)]
    key = said.pop("key", None) or f"pull-{hashlib.sha256(json.dumps(words).encode()).hexdigest()[:40]}"
    uid = running.hand_in(
        target,
        Declaration(idempotency_key=key, file_name=one.name[:200], **{"effective_on": terms.effective_on, **said}),
    )
    return str(uid)[:8]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
