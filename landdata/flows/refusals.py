"""What was refused because the database was away: put down on disk by the API, and logged by the worker when it is back."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

from landdata.errors import AccessLogUnwritten, DatabaseUnavailable, KeyVersionMissing, LandDataError
from landdata.model.agreements import LookupRequest, PopulationReader
from landdata.model.refusals import LateRefusal
from landdata.store import refusals, spool
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.store.spool import Spool

logger = logging.getLogger("landdata.refusals")

# What leaves no row at once, and gets one when the database is back.
LATE = (DatabaseUnavailable, AccessLogUnwritten)
# Refused look-ups on their way to the disk; whatever comes on top of them is counted as lost.
MOST_WAITING = 20_000
# How long a caller's refusal waits for the disk, in seconds; it leaves then, and the disk goes on.
PATIENCE = 1.0
# Rows of one transaction.
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class _Refused:
    caller: PopulationReader
    requests: Sequence[LookupRequest]
    reason: str
    at: datetime


class Refusals:
    """Puts refused look-ups of proven callers down, those that come together with one flush to disk, off the event loop."""

    def __init__(
        self,
        data_dir: Path,
        keys: Keys,
        *,
        observe: Callable[[str, int], None] = lambda _outcome, _many: None,
        most_bytes: int = spool.MOST_BYTES,
    ) -> None:
        """`observe` is told how many were `kept` or `lost`."""
        self._spool, self._keys, self._observe = Spool(data_dir, most_bytes=most_bytes), keys, observe
        self._lock = threading.Lock()
        self._waiting: list[_Refused] = []
        self._many = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")

    async def note(self, caller: PopulationReader, requests: Sequence[LookupRequest], error: LandDataError) -> bool:
        """Put down what was refused with an error that left no row; on disk when this returns, if the disk is not slow.

        False where the error is of another kind and nothing is put down. It raises nothing: whatever happens here, the
        caller is told why it was refused, and nothing else.
        """
        if not isinstance(error, LATE):
            return False
        if not requests:
            return True
        with self._lock:
            room = self._many + len(requests) <= MOST_WAITING
            if room:
                self._waiting.append(_Refused(caller, requests, error.code, datetime.now(UTC)))
                self._many += len(requests)
        if not room:
            self._lost(len(requests), "too many at once")
            return True
        # One thread, in order: when this call of it is over, what was added before it is on disk, or lost.
        flushed = asyncio.wrap_future(self._thread.submit(self._flush))
        await asyncio.wait({flushed}, timeout=PATIENCE)
        return True

    def close(self) -> None:
        """Wait for what is under way."""
        self._thread.shutdown(wait=True)

    def _flush(self) -> None:
        with self._lock:
            taken, many = self._waiting, self._many
            self._waiting, self._many = [], 0
        if not taken:
            return
        try:
            self._spool.add([self._line(one, request) for one in taken for request in one.requests])
        except Exception as error:  # noqa: BLE001 - a full disk, a lost key: the refusal itself must not fail for it
            self._lost(many, type(error).__name__)
        else:
            self._observe("kept", many)

    def _line(self, one: _Refused, request: LookupRequest) -> bytes:
        refusal = LateRefusal(
            line_id=uuid4(), refused_at=one.at, reason=one.reason, client_id=one.caller.client_id,
            token_jti=one.caller.token_id, address=one.caller.address or None, request_id=request.request_id,
            agency_code=request.agency_code, officer_code=request.officer_code, service_code=request.service_code,
            case_file_no=request.case_file_no, subject=UUID(self._keys.index_text(request.id_number)),
        )  # fmt: skip
        return self._keys.seal_line(refusal.text())

    def _lost(self, many: int, cause: str) -> None:
        self._observe("lost", many)
        logger.error("refusals that will have no row many=%d cause=%s", many, cause)


def write_down(db: Database, *, keys: Keys, data_dir: Path) -> int:
    """Log what waits on disk, each once however often this is stopped midway; returns how many rows were written.

    A file goes when all of it is committed. What nobody can read is kept in a file beside it, and told.
    Raises DatabaseUnavailable, KeysMissing, KeysDamaged; what waits goes on waiting then.
    """
    written = 0
    for path in spool.files(data_dir):
        with spool.held(path) as lines:
            if lines is None:
                continue
            unreadable: list[bytes] = []
            read = _read(keys, lines, unreadable)
            while together := list(islice(read, _TOGETHER)):
                with db.write() as tx:
                    written += refusals.add(tx, together)
            if unreadable:
                aside = spool.set_aside(path, unreadable)
                logger.error("lines of refusals that cannot be read many=%d file=%s", len(unreadable), aside.name)
            spool.remove(path)
    return written


def _read(keys: Keys, lines: Iterator[bytes], unreadable: list[bytes]) -> Iterator[LateRefusal]:
    for line in lines:
        try:
            yield LateRefusal.of_text(keys.open_line(line))
        except (ValueError, KeyVersionMissing):
            unreadable.append(line)
