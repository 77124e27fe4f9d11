"""Many provinces with services of their own, one worker that pulls them all, and whoever kills any of the three."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg2
from landworld import row, square
from provinceworld import Hostile, feature, free_port, hostile
from servers import fall
from sqlalchemy import text
from syncworld import DAY, Process, value

from fixtures.generators import register
from landdata.errors import DatabaseUnavailable
from landdata.flows import connections, offices
from landdata.store.engine import Database

if TYPE_CHECKING:
    from servers import Server

ROWS = 6


def code_of(province: str) -> str:
    return f"LO-{province}"


def rows(province: str, many: int) -> list[dict[str, Any]]:
    """So many parcels in one commune of the province."""
    commune = register.province(province).communes[0].code
    return [
        feature(f"{province}-{n}", row(commune, n, ring=square(commune, n, province=province)))
        for n in range(1, many + 1)
    ]


def begin(db: Database, service: Hostile, moods: Mapping[str, str], **terms: Any) -> dict[str, UUID]:
    """An office for each province and its connection, by the mood of its service; two persons agreed to it."""
    offices.register_office(db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("first", "second"):
        offices.register_person(db, login=login, full_name=login, office_code="MAE")
    found = {}
    for province, mood in moods.items():
        office, epsg = code_of(province), register.province(province).epsg
        offices.register_land_office(db, code=office, name_vi=office, name_en=office, provinces=[(province, DAY)])
        offices.grant_backfill(db, office_code=office, reason="x", requested_by="first", approved_by="second")
        address = {"address": "http://127.0.0.1:9/down"} if mood == "down" else {}
        said = service.terms(f"{mood}-{province}", epsg=epsg, effective_on=DAY, **address, **terms)
        found[province] = connections.add(db, office_code=office, terms=said, login="first", reason="x")
        connections.approve(db, connection_uid=found[province], login="second", reason="x")
    return found


def outcomes(db: Database, uids: Mapping[str, UUID]) -> dict[str, str | None]:
    """What came of each province's last pull: its code where it failed."""
    last = {one.connection_uid: one.last for one in connections.listed(db)}
    pulls = {province: last[uid] for province, uid in uids.items()}
    return {province: one and (one.code or one.outcome) for province, one in pulls.items()}


def standing(db: Database) -> dict[str, int]:
    """Parcels by province, as published."""
    with db.read() as tx:
        found = tx.connection.execute(
            text(
                "SELECT o.code, count(*) AS parcels FROM land.parcel p JOIN land.record r USING (commune_id, record_id) "
                "JOIN land.publication b ON b.publication_id = r.since_pub JOIN intake.delivery d USING (delivery_id) "
                "JOIN org.office o USING (office_id) WHERE p.is_current GROUP BY o.code"
            )
        )
        return {one.code.removeprefix("LO-"): one.parcels for one in found}


@dataclass
class Trouble:
    """Kills the worker, the database or the provinces' services, each while a pull or its delivery is under way."""

    folder: Path
    server: Server | None
    process: Process
    planned: list[str]
    port: int = field(default_factory=free_port)
    done: list[str] = field(default_factory=list)
    _services: ExitStack = field(default_factory=ExitStack)
    _chance: random.Random = field(default_factory=lambda: random.Random(2026))

    def start(self) -> Hostile:
        return self._services.enter_context(hostile(self.folder, port=self.port))

    def end(self) -> None:
        self._services.close()

    def strike(self) -> None:
        if not self.planned:
            return
        time.sleep(self._chance.uniform(0.0, 0.8))
        what = self.planned.pop(0)
        if what == "server" and self.server is not None:
            fall(self.server)
        elif what == "service":
            self._services.close()
            time.sleep(self._chance.uniform(0.0, 0.5))
            self.start()
        else:
            self.process.end(signal.SIGKILL)
        self.done.append(what)


def pull_rounds(
    db: Database, service: Hostile, trouble: Trouble, uids: Mapping[str, UUID], rounds: Sequence[int]
) -> None:
    """In each round every service has so many rows, and is pulled until that stands; kills fall wherever they do."""
    each = len(trouble.planned) / len(rounds)
    for number, many in enumerate(rounds, 1):
        for province in uids:
            service.put(*rows(province, many), province=province)
        left = len(trouble.planned) - round(each) if number < len(rounds) else 0
        _until_it_stands(db, trouble, uids, many, left)


def _until_it_stands(db: Database, trouble: Trouble, uids: Mapping[str, UUID], many: int, left: int) -> None:
    give_up = time.monotonic() + 240
    while time.monotonic() < give_up:
        if not trouble.process.alive():
            trouble.process.start()
        with suppress(psycopg2.OperationalError, DatabaseUnavailable):
            now = standing(db)
            late = [province for province in uids if now.get(province) != many]
            if not late and _at_rest(db):
                return
            _ask(db, [uids[province] for province in late])
        if len(trouble.planned) > left:
            trouble.strike()
        time.sleep(0.3)
    raise AssertionError(f"{standing(db)} {outcomes(db, uids)}")


def _ask(db: Database, uids: Sequence[UUID]) -> None:
    """As an operator would: a pull now, for what is not there yet and is not on its way."""
    for uid in uids:
        connections.ask(db, connection_uid=uid)


def _at_rest(db: Database) -> bool:
    of_it = "queue_name IN ('deliveries', 'pulls') AND status IN ('todo', 'doing')"
    return bool(value(db, f"SELECT count(*) FROM procrastinate_jobs WHERE {of_it}") == 0)
