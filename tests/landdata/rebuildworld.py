"""A country with a past, to be rebuilt: formats, changes, second persons, withdrawals, a reform, refusals, a new key."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from carriers import carriers
from landworld import geojson, row, square
from sqlalchemy import text

from landdata.flows import decide
from landdata.model.deliveries import Decision, State
from landdata.store import key_files, keys

OLD_DAY, NEW_DAY = date(2025, 6, 30), date(2025, 7, 1)
# Bắc Giang's Thọ Xương went into the ward of Bắc Giang, in Bắc Ninh, as a whole; Hà Nội's Đức Giang was split.
MERGED, WARD, OTHER = "07201", "07210", "07204"
SPLIT, LEFT = "00124", "00118"
HANOI, BAC_NINH = "LO-01", "LO-BN"
KNOWN, NUMBER = "Nguyễn Văn A", "024070000001"


def live(desk: Any, folder: Path) -> dict[str, Any]:
    """Let it all happen; returns the deliveries by name, as they were when they were handed in."""
    folder.mkdir()
    desk.office(HANOI, "01")
    desk.office(BAC_NINH, "24", on=NEW_DAY)
    first = [row(MERGED, n) for n in range(1, 31)] + [row(OTHER, n, holder_name=f"Trần Thị {n}") for n in range(1, 4)]
    made = {"gpkg": desk.deliver(carriers(first, folder / "gpkg", "gpkg"), file_name="a.gpkg")}
    desk.people.add(NUMBER, KNOWN, "1970")
    desk.match()
    desk.agree()
    assert desk.ask(NUMBER)["status"] == "FOUND"
    hanoi = [row(SPLIT, n, ring=square(SPLIT, n, province="01")) for n in (1, 2, 3)]
    made["hanoi"] = desk.deliver(geojson(hanoi, epsg=5897), office=HANOI, effective_on=OLD_DAY)
    gone = {"commune_code": OTHER, "map_sheet_number": 1, "parcel_number": 2, "operation": "retire"}
    made["changes"] = desk.change(
        [row(OTHER, 1, holder_name="Lê Thị Bé"), row(OTHER, 3, holder_name="Trần Thị 3"), gone]
    )
    key_files.add(keys.path_of(desk.keys.folder, keys.ROW), after_seconds=0)
    desk.keys = keys.Keys(desk.keys.folder)
    spoilt = [row(OTHER, 4), row("99999", 5, ring=square(OTHER, 5))]
    made["spoilt"] = desk.deliver(carriers(spoilt, folder / "gml", "gml GML3.2"), file_name="b.gml", epsg=9214)
    # Too many go: it waits and is agreed to; the next one like it is sent back.
    made["waits"] = desk.deliver([row(MERGED, n) for n in range(1, 13)])
    desk.decide(made["waits"].delivery_uid, "approve")
    made["rejected"] = desk.deliver([row(MERGED, 1)])
    desk.decide(made["rejected"].delivery_uid, "reject")
    book = carriers([row(MERGED, n, holder_name="Phạm Văn Chín") for n in range(1, 10)], folder / "xlsx", "xlsx")
    made["xlsx"] = desk.deliver(book, file_name="c.xlsx", epsg=9214)
    assert desk.withdraw(made["xlsx"].delivery_uid) is State.WITHDRAWN
    made["refused"] = desk.deliver(b"no file of ours", file_name="d.bin")
    claimed = {"commune_old": SPLIT, "map_sheet_old": "1", "parcel_old": "1"}
    claims = geojson([row(LEFT, 11, ring=square(LEFT, 11, province="01"), **claimed)], epsg=5897)
    made["claims"] = desk.deliver(claims, office=HANOI, effective_on=NEW_DAY)
    new = {"office": BAC_NINH, "effective_on": NEW_DAY}
    made["merged"] = desk.deliver([row(WARD, n) for n in range(1, 14)], **new)
    decide.decide(
        desk.db, delivery_uid=made["merged"].delivery_uid, office_code=None, decision=Decision.APPROVE, login="minh",
        reason="thử",
    )  # fmt: skip
    desk.work(made["merged"].delivery_uid)
    made["open"] = desk.deliver([row(WARD, 1)], **new)
    desk.match()
    # Consumers were told of what became of those they asked about.
    with desk.db.write() as tx:
        assert tx.connection.scalar(text("SELECT share.note_changes(NULL, NULL)")) == 1
    return made


STATES = {
    "gpkg": "PUBLISHED", "hanoi": "PUBLISHED", "changes": "PUBLISHED", "spoilt": "PUBLISHED", "waits": "PUBLISHED",
    "rejected": "REFUSED", "xlsx": "WITHDRAWN", "refused": "REFUSED", "claims": "PUBLISHED", "merged": "PUBLISHED",
    "open": "WAITING",
}  # fmt: skip
