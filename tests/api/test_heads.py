"""What a consumer holds of the access log: a head with every answer and signed counts; and no answers without anchors."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text

from landdata.flows import seal

PATH, LOOKUP, BATCH = (
    f"/v1/residency/{one}" for one in ("access-log/heads", "land-records:lookup", "land-records:batch")
)
FINAL = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > (SELECT max(tx) FROM audit.access_event)"


def words() -> dict[str, object]:
    return {
        "request_id": str(uuid4()), "agency_code": "CA-24", "officer_code": "CB-1", "service_code": "1.004222",
        "case_file_no": "HS-1", "id_number": "024090000001", "full_name": "Nguyễn Thị Thúy", "birth_year": 1990,
    }  # fmt: skip


@pytest.fixture
def sql(database):
    """Statements with all triggers off: time passes faster then."""

    def run(statement: str) -> object:
        with database.write() as tx:
            done = tx.connection.execute(text(statement))
            return done.scalar() if done.returns_rows else None

    return run


def sealed(api, database, sql) -> None:
    while not sql(FINAL):
        time.sleep(0.01)
    seal.seal(database, settings=api.settings)


def later(sql, table: str, column: str, where: str = "true") -> None:
    sql(f"ALTER TABLE audit.{table} DISABLE TRIGGER append_only")
    sql(f"UPDATE audit.{table} SET {column} = {column} - interval '5 hours' WHERE {where}")
    sql(f"ALTER TABLE audit.{table} ENABLE TRIGGER append_only")


def test_every_answer_carries_the_newest_head_and_the_heads_are_signed(api, consumer, database, sql):
    bearer = consumer.bearer()
    first = api.http.post(LOOKUP, json=words(), headers=bearer)
    assert "access-log-head" not in first.headers
    assert api.http.get(PATH, headers=bearer).json()["head"] is None
    sealed(api, database, sql)
    api.app.state.services.heads.asked()
    said = api.http.get(PATH, headers=bearer)
    assert (said.status_code, said.headers["cache-control"]) == (200, "no-store")
    head, (key,) = said.json()["head"], said.json()["keys"]
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public_key"]))
    public.verify(bytes.fromhex(head["signature"]), bytes.fromhex(head["head"]))
    shown = f"{head['seal_no']};sha-256={head['head']}"
    refused = api.http.post(LOOKUP, json=words() | {"service_code": "9.9"}, headers=bearer)
    batch = api.http.post(BATCH, json={"requests": [words()]}, headers=bearer)
    for answer, status in ((api.http.post(LOOKUP, json=words(), headers=bearer), 200), (refused, 403), (batch, 200)):
        assert (answer.status_code, answer.headers["access-log-head"]) == (status, shown)
    held = "SELECT count(*) FROM audit.anchor WHERE kind = 'CONSUMER' AND place = '{}' AND NOT complete"
    assert sql(held.format(consumer.client_id)) == 1
    assert api.http.get(PATH, headers=bearer).status_code == 200
    assert sql(held.format(consumer.client_id)) == 1


def test_a_consumer_reads_its_own_counts_only(api, consumer, database, sql):
    bearer = consumer.bearer()
    for _ in range(3):
        api.http.post(LOOKUP, json=words(), headers=bearer)
    sql("ALTER TABLE audit.access_event DISABLE TRIGGER append_only")
    sql("UPDATE audit.access_event SET at = at - interval '1 day'")
    sql("UPDATE audit.access_event SET client_id = 'another' WHERE access_id = 3")
    sealed(api, database, sql)
    (one,) = api.http.get(PATH, params={"days": 5}, headers=bearer).json()["statements"]
    day = (datetime.now(UTC) + timedelta(hours=7)).date() - timedelta(days=1)
    assert f'"client_id":"{consumer.client_id}","day":"{day}","entries":2' in one["body"]
    assert api.http.get(f"{PATH}?days=0", headers=bearer).status_code == 422
    assert api.http.get(PATH).json()["code"] == "TOKEN_MISSING"


def test_after_four_hours_without_an_anchor_nothing_personal_leaves_until_the_sealer_is_back(
    api, consumer, database, sql
):
    bearer = consumer.bearer()
    assert api.http.post(LOOKUP, json=words(), headers=bearer).status_code == 200
    sealed(api, database, sql)
    for table, column in (("anchor", "at"), ("seal", "sealed_at")):
        later(sql, table, column)
    # Idle for five hours: nothing waits, nothing stops.
    assert api.http.post(LOOKUP, json=words(), headers=bearer).status_code == 200
    later(sql, "access_event", "at", "access_id = 2")
    stopped = api.http.post(LOOKUP, json=words(), headers=bearer)
    assert (stopped.status_code, stopped.json()["code"]) == (503, "ACCESS_LOG_UNANCHORED")
    assert stopped.headers["retry-after"] == "300"
    lines = api.http.post(BATCH, json={"requests": [words()]}, headers=bearer)
    assert '"ACCESS_LOG_UNANCHORED"' in lines.text
    # The refusals are logged, too, and the figures tell.
    assert (
        sql("SELECT count(*) FROM audit.access_event WHERE reason = 'ACCESS_LOG_UNANCHORED' AND fields_mask = 0") == 2
    )
    told = api.http.get("/metrics").text
    assert float(told.split("\nlanddata_access_log_unanchored_seconds ")[1].split()[0]) > 4 * 3600
    assert api.app.state.services.heads.asked().stopped
    sealed(api, database, sql)
    assert api.http.post(LOOKUP, json=words(), headers=bearer).status_code == 200
