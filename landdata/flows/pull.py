"""One pull of a province's own service: rows or files become deliveries like any other, once, however often it is killed."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from landdata.connectors import addresses, credentials, wire
from landdata.connectors.oapif import Oapif
from landdata.connectors.wfs import Wfs
from landdata.connectors.wire import Wire
from landdata.errors import (
    BackfillNotAllowed,
    CommunesUnfit,
    ConnectionSecretUnreadable,
    ConnectionUnknown,
    DeclarationsUnreadable,
    DeliveryEmpty,
    DeliveryKeyReused,
    DeliveryTooLarge,
    LandDataError,
    OfficeUnknown,
    OfficeWithoutUnits,
    PullFailed,
    PullTimedOut,
    UnknownUnit,
    UnknownZone,
)
from landdata.flows import receive, sources
from landdata.flows.check import scratch_of
from landdata.flows.harvest import Harvest, Source, gather
from landdata.model import connections as model
from landdata.model.clients import ProvinceOffice
from landdata.model.connections import FAILING_AFTER, Connection, Outcome, PullLimits, Spent, Standing, Terms, Way
from landdata.model.deliveries import Declaration, Kind
from landdata.model.sources import Cause
from landdata.reading import features, members
from landdata.settings import Settings
from landdata.store import connections, disks
from landdata.store.engine import Database
from landdata.store.keys import Keys

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_MOST_PAGES = 100_000
_LOOK_SECONDS = 0.5
# What is for the office or the ministry to mend; all else is this machine's, and the job is tried again.
EXPECTED = (
    PullFailed, ConnectionSecretUnreadable, BackfillNotAllowed, CommunesUnfit, DeclarationsUnreadable, DeliveryEmpty,
    DeliveryKeyReused, DeliveryTooLarge, OfficeUnknown, OfficeWithoutUnits, UnknownUnit, UnknownZone,
)  # fmt: skip


class Stopped(Exception):
    """The worker is told to end: the pull is left, and begun anew by the next one."""


@dataclass(slots=True)
class Running:
    """A pull under way: what it may use, what it has received, which deliveries came of it."""

    db: Database
    keys: Keys
    settings: Settings
    connection: Connection
    pull_no: int
    folder: Path
    networks: Sequence[addresses.Network]
    spent: Spent = field(default_factory=Spent)
    deliveries: list[UUID] = field(default_factory=list)
    everything: bool = True

    @property
    def limits(self) -> PullLimits:
        return limits_of(self.settings)

    def hand_in(self, path: Path, declaration: Declaration) -> UUID:
        """Take a file in as from the office itself; the same key and bytes again are the same delivery."""
        receipt = receive.receive(
            self.db,
            data_dir=self.settings.data_dir,
            keys=self.keys,
            caller=ProvinceOffice(client_id="", office_code=self.connection.office_code, token_id="", address=""),
            chunks=_chunks(path),
            declaration=declaration,
            max_bytes=self.settings.delivery_max_bytes,
            simulated=self.settings.simulated,
            raw_copy=self.settings.raw_copy,
        )
        self.deliveries.append(receipt.delivery_uid)
        return receipt.delivery_uid

    def remember(self, memory: dict[str, Any]) -> None:
        """Keep what the next pull asks by, before the end of this one."""
        with self.db.write() as tx:
            connection = self.connection
            connections.go_on(
                tx,
                connection.connection_id,
                next_at=connection.next_at or datetime.now(UTC),
                failures=connection.failures,
                memory=memory,
            )


def limits_of(settings: Settings) -> PullLimits:
    """What a pull may use."""
    return PullLimits(settings.pull_seconds, settings.pull_page_bytes, settings.delivery_max_bytes, _MOST_PAGES)


def run(
    db: Database, keys: Keys, settings: Settings, *, connection_uid: UUID, stopping: threading.Event | None = None
) -> Outcome | None:
    """Pull a connection once; what came of it, None where it is not to be pulled or the worker ends.

    Raises ConnectionUnknown, DatabaseUnavailable, DiskFull and the like; what is wrong with the service is noted.
    """
    disks.require_room(settings.disks, share=settings.disk_refuse_share)
    with db.write() as tx:
        found = connections.find(tx, connection_uid)
        if found is None:
            raise ConnectionUnknown(connection=str(connection_uid))
        # Asked for before a person suspended it, or paused its source.
        if found.standing is not Standing.ACTIVE or not sources.at_work(tx, found.office_id):
            return None
        connections.lock(tx, found.connection_id)
        pull_no = connections.begin(tx, found.connection_id)
    scratch = scratch_of(settings)
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pull-", dir=scratch) as name:
        networks = addresses.networks(settings.pull_networks)
        running = Running(db, keys, settings, found, pull_no, Path(name), networks)
        try:
            memory = asyncio.run(_guarded(running, stopping or threading.Event()))
        except Stopped:
            return None
        except EXPECTED as error:
            return _failed(running, error)
    return _done(running, memory)


async def _guarded(running: Running, stopping: threading.Event) -> dict[str, Any]:
    """The pull within its time; a service that sends a byte now and then would outlast every time-out of a part."""
    seconds = running.limits.seconds
    work = asyncio.ensure_future(_files(running) if running.connection.terms.way is Way.SFTP else _rows(running))
    ends = asyncio.get_running_loop().time() + seconds
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=_LOOK_SECONDS)
            if stopping.is_set() and not work.done():
                raise Stopped
            if asyncio.get_running_loop().time() > ends and not work.done():
                raise PullTimedOut(seconds=int(seconds))
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await work
    return work.result()


# Rows


async def _rows(running: Running) -> dict[str, Any]:
    connection = running.connection
    terms, memory = connection.terms, dict(connection.memory)
    running.everything = _everything_due(running)
    target = running.folder / "rows.geojson"
    async with wire.client(running.networks) as http:
        source = source_of(
            terms,
            Wire(
                terms.address,
                http=http,
                authorization=credentials.authorization(terms, running.settings.key_folder, running.networks),
                limits=running.limits,
                folder=running.folder,
                spent=running.spent,
            ),
        )
        harvest = await gather(
            source,
            terms,
            memory,
            everything=running.everything,
            target=target,
            limits=running.limits,
            spent=running.spent,
        )
    running.everything = harvest.everything
    if harvest.path is None:
        return harvest.memory
    return _handed_in(running, harvest, memory)


def _handed_in(running: Running, harvest: Harvest, memory: dict[str, Any]) -> dict[str, Any]:
    """Deliver what was gathered. The key holds what came before: rows that are again what they once were are new again."""
    terms, path = running.connection.terms, harvest.path
    before = memory.get("delivery", "")
    words = f"{running.connection.connection_uid} {before} {harvest.kind.value} {harvest.sha256.hex()}"
    declaration = Declaration(
        idempotency_key=f"pull-{hashlib.sha256(words.encode()).hexdigest()[:40]}",
        file_name=f"{terms.way.value.lower()}-{''.join(c if c.isalnum() else '_' for c in terms.collection)[:60]}.geojson",
        kind=harvest.kind,
        epsg=terms.epsg,
        effective_on=terms.effective_on,
    )
    if path is not None:
        uid = running.hand_in(path, declaration)
        return {**harvest.memory, "delivery": str(uid), "kind": harvest.kind.value}
    return harvest.memory


def source_of(terms: Terms, line: Wire) -> Source:
    """What speaks to the service."""
    if terms.way is Way.OAPIF:
        return Oapif(line, terms, document=features.document, read=features.read)
    return Wfs(line, terms, read=members.read)


def _everything_due(running: Running) -> bool:
    """Whether all rows are asked for: what was removed, or what came back of a delivery of changes, only shows so."""
    connection = running.connection
    if not connection.terms.changed_by or connection.full_at is None:
        return True
    if datetime.now(UTC) - connection.full_at >= timedelta(days=connection.terms.full_every_days):
        return True
    memory = connection.memory
    if memory.get("kind") != Kind.CHANGES.value:
        return False
    with running.db.read() as tx:
        return not connections.delivered_whole(tx, UUID(memory["delivery"]))


# Files


async def _files(running: Running) -> dict[str, Any]:
    from landdata.flows.pull_files import take  # asyncssh is heavy, and most services are no drop areas

    return await take(running)


# The end


def _done(running: Running, memory: dict[str, Any]) -> Outcome:
    outcome = Outcome.DELIVERED if running.deliveries else Outcome.UNCHANGED
    connection = running.connection
    with running.db.write() as tx:
        connections.end(
            tx,
            connection.connection_id,
            running.pull_no,
            outcome=outcome,
            everything=running.everything,
            spent=running.spent,
            deliveries=running.deliveries,
        )
        connections.go_on(
            tx,
            connection.connection_id,
            next_at=model.next_at(connection.terms, datetime.now(UTC), failures=0),
            failures=0,
            memory=memory,
            everything=running.everything,
        )
        sources.note(tx, office_id=connection.office_id, cause=Cause.PULLED, delivery_id=None)
    return outcome


def _failed(running: Running, error: LandDataError) -> Outcome:
    connection = running.connection
    failures = connection.failures + 1
    log.warning("pull of %s (%s): %s", connection.office_code, connection.terms.way.value, error.code)
    with running.db.write() as tx:
        connections.end(
            tx,
            connection.connection_id,
            running.pull_no,
            outcome=Outcome.FAILED,
            everything=running.everything,
            spent=running.spent,
            code=error.code,
            details=error.details,
        )
        connections.go_on(
            tx,
            connection.connection_id,
            next_at=model.next_at(connection.terms, datetime.now(UTC), failures=failures),
            failures=failures,
        )
        if failures >= FAILING_AFTER:
            sources.note(
                tx, office_id=connection.office_id, cause=Cause.PULL_FAILED, delivery_id=None, reason=error.code
            )
    return Outcome.FAILED


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
