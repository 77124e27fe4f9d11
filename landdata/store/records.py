"""New versions of records: made ready for COPY beside the database's own work, then written table by table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlalchemy import text

from landdata.model.parcels import Integers, Records
from landdata.model.persons import missing
from landdata.store.copying import Image, copy, image, send
from landdata.store.engine import Writer
from landdata.store.keys import INDEX, PERSON, Keys, identity_under, index_under

NO_CITIZENS = frozenset({"3", "4"})  # organisations and communities are not in the population database
# In the order in which foreign keys let them be filled.
_TABLES = ("parcel", "purpose", "lineage", "certificate", "holder", "land_right", "asset")
_CURRENT = frozenset({"parcel", "certificate", "holder"})
_CLAIMS = "new_claim"


@dataclass(frozen=True, slots=True)
class Ready:
    """New versions as COPY takes them; only the publication they come with is not said yet.

    `changing`: whether claims may stand on record under another version of the key.
    """

    versions: pa.Table
    tables: tuple[Image, ...]
    claims: Image
    changing: bool


def new_ids(tx: Writer, count: int) -> Integers:
    """Ids for so many new versions."""
    numbers = tx.connection.scalars(text("SELECT nextval('land.record_ids') FROM generate_series(1, :n)"), {"n": count})
    return np.fromiter(numbers, dtype=np.int64, count=count)


def ready(records: Records, ids: Integers, *, zone_epsg: int, keys: Keys) -> Ready:
    """New versions with all they hold as COPY takes them; asks no database, so it may be done beside its work.

    Numbers are sealed here, before anything reaches the database.
    """
    tables = {name: _of_records(name, records, ids) for name in _TABLES}
    tables["holder"], claims, changing = _sealed(tables["holder"], keys)
    return Ready(
        _versions(records, ids, zone_epsg),
        tuple(image(f"land.{name}", tables[name]) for name in _TABLES),
        image(_CLAIMS, claims),
        changing,
    )


def write(tx: Writer, made: Ready, *, publication_id: int) -> None:
    """Write versions with all they hold, and note what their holders claim where none before them claimed it."""
    since = pa.array(np.full(made.versions.num_rows, publication_id))
    copy(tx, "land.record", made.versions.append_column("since_pub", since))
    for one in made.tables:
        send(tx, one)
    _note_claims(tx, made)


def _note_claims(tx: Writer, made: Ready) -> None:
    if not made.claims.rows:
        return
    tx.connection.execute(
        text(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {_CLAIMS} (identity_key uuid, name text, id_number_sealed bytea, "
            "birth_date date, birth_year smallint, status text, reasons text[], key_version smallint, former uuid[]) "
            "ON COMMIT DELETE ROWS"
        )
    )
    send(tx, made.claims)
    if made.changing:
        _keep_standing(tx, made.versions)
    columns = "identity_key, name, id_number_sealed, birth_date, birth_year, status, reasons, key_version"
    tx.connection.execute(
        text(
            # In order, so that two publications never wait for each other.
            f"INSERT INTO match.claim ({columns}) SELECT {columns} FROM {_CLAIMS} ORDER BY identity_key "
            "ON CONFLICT (identity_key) DO NOTHING"
        )
    )


def _keep_standing(tx: Writer, versions: pa.Table) -> None:
    """Give holders the claim that stands on record under another version of the key, not a second one."""
    tx.connection.execute(
        text(
            f"WITH standing AS (DELETE FROM {_CLAIMS} n USING match.claim c WHERE c.identity_key = ANY (n.former) "
            "  AND NOT EXISTS (SELECT FROM match.claim o WHERE o.identity_key = n.identity_key) "
            "  RETURNING n.identity_key AS made, c.identity_key AS standing) "
            "UPDATE land.holder h SET identity_key = s.standing FROM standing s WHERE h.identity_key = s.made "
            "AND h.commune_id = ANY(:communes) AND h.record_id = ANY(:records)"
        ),
        {"communes": versions["commune_id"].unique().to_pylist(), "records": versions["record_id"].to_pylist()},
    )


def _versions(records: Records, ids: Integers, zone_epsg: int) -> pa.Table:
    size = len(ids)
    hashes = np.ascontiguousarray(records.content_hash).view(np.uint8).reshape(size, 16)
    return pa.table(
        {
            "commune_id": records.commune_id,
            "record_id": ids,
            "content_hash": ["\\x" + row.tobytes().hex() for row in hashes],
            "hash_version": np.full(size, records.hash_version),
            "zone_epsg": np.full(size, zone_epsg),
            "row_count": records.row_count,
        }
    )


def _of_records(name: str, records: Records, ids: Integers) -> pa.Table:
    table = records.tables[name]
    record = table["record"].to_numpy()
    table = table.drop_columns(["record"])
    table = table.append_column("commune_id", pa.array(records.commune_id[record]))
    table = table.append_column("record_id", pa.array(ids[record]))
    if name in _CURRENT:
        table = table.append_column("is_current", pa.array(np.ones(table.num_rows, dtype=np.bool_)))
    return table


def _sealed(table: pa.Table, keys: Keys) -> tuple[pa.Table, pa.Table, bool]:
    """Holders with sealed numbers and identity keys, the different claims they make, and whether the latter's key changes.

    Each column is under one version, whatever becomes the active one meanwhile.
    """
    index_key, (person_key, *former) = keys.usable(INDEX)[0], keys.usable(PERSON)
    numbers = table["id_number"].to_pylist()
    dates, years = table["birth_date"].to_pylist(), table["birth_year"].to_pylist()
    births = [born or str(year or "") for born, year in zip(dates, years, strict=True)]
    said = list(zip(table["name"].to_pylist(), (number or "" for number in numbers), births, strict=True))
    natural = [kind not in NO_CITIZENS for kind in table["holder_kind"].to_pylist()]
    identity = [identity_under(person_key, *one) if asked else None for one, asked in zip(said, natural, strict=True)]
    sealed = [f"\\x{keys.seal(number).hex()}" if number else None for number in numbers]
    index = [index_under(index_key, number) if number else None for number in numbers]
    table = (
        table.append_column("id_number_sealed", pa.array(sealed, pa.string()))
        .append_column("id_number_bidx", pa.array(index, pa.string()))
        .append_column("bidx_version", pa.array(np.full(len(index), index_key.number)))
        .append_column("identity_key", pa.array(identity, pa.string()))
    )
    first = list({key: row for row, key in reversed(list(enumerate(identity))) if key is not None}.values())
    claims = _claims(table.take(pa.array(first, pa.int64())))
    claims = claims.append_column("key_version", pa.array(np.full(len(first), person_key.number)))
    if former:
        others = [f"{{{','.join(identity_under(one, *said[row]) for one in former)}}}" for row in first]
        claims = claims.append_column("former", pa.array(others, pa.string()))
    return table.drop_columns(["id_number"]), claims, bool(former)


def _claims(holders: pa.Table) -> pa.Table:
    """What holders claim, each another thing."""
    lacking = [
        ",".join(missing(number, year))
        for number, year in zip(holders["id_number"].to_pylist(), holders["birth_year"].to_pylist(), strict=True)
    ]
    claims = holders.select(["identity_key", "name", "id_number_sealed", "birth_date", "birth_year"])
    claims = claims.append_column(
        "status", pa.array(["INCOMPLETE" if one else "PENDING" for one in lacking], pa.string())
    )
    return claims.append_column("reasons", pa.array([f"{{{one}}}" for one in lacking], pa.string()))
