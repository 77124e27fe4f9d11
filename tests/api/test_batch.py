"""Lists of citizens over HTTP, and what the service says when it cannot write down who asked."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

BATCH, LOOKUP = "/v1/residency/land-records:batch", "/v1/residency/land-records:lookup"
UNWRITABLE = """
CREATE FUNCTION audit.full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON audit.access_event FOR EACH STATEMENT EXECUTE FUNCTION audit.full();
"""


def question(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "request_id": str(uuid4()), "agency_code": "CA-24", "officer_code": "CB-1", "service_code": "1.004222",
        "case_file_no": "H24/0007", "id_number": f"024090{number:06d}", "full_name": "Nguyễn Thị Thúy", "birth_year": 1990,
    } | changed  # fmt: skip


def lines(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def logged(database: Any) -> int:
    with database.read() as tx:
        return int(tx.connection.scalar(text("SELECT count(*) FROM audit.access_event")))


def test_a_thousand_citizens_in_the_order_asked(api, database, consumer):
    asked = [question(number) for number in range(1000)]
    answer = api.http.post(BATCH, json={"requests": asked}, headers=consumer.bearer())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    said = lines(answer)
    assert [one["position"] for one in said] == list(range(1000))
    assert [one["request_id"] for one in said] == [one["request_id"] for one in asked]
    assert len({one["access_id"] for one in said}) == 1000 == logged(database)


def test_one_line_spoils_no_other(api, database, consumer):
    asked = [question(1), question(2, service_code="closed"), question(3, birth_year=None), "nonsense", question(4)]
    said = lines(api.http.post(BATCH, json={"requests": asked}, headers=consumer.bearer()))
    codes = [one.get("code", one["status"]) for one in said]
    assert codes[1:4] == ["PROCEDURE_NOT_AGREED", "REQUEST_INVALID", "REQUEST_INVALID"]
    assert codes[0] == codes[4] in {"NO_RECORD", "NOT_COVERED"}
    assert logged(database) == 3, "what could not be read was not asked"
    assert "024090000003" not in json.dumps(said[2])


@pytest.mark.parametrize("requests", [[], [{}] * 1001, "x", None])
def test_lists_that_are_none(api, consumer, requests):
    refused = api.http.post(BATCH, json={"requests": requests}, headers=consumer.bearer())
    assert (refused.status_code, refused.json()["code"]) == (422, "REQUEST_INVALID")


def test_nothing_is_answered_that_cannot_be_logged(api, database, consumer):
    with database.write() as tx:
        tx.connection.execute(text(UNWRITABLE))
    one = api.http.post(LOOKUP, json=question(1), headers=consumer.bearer())
    assert one.status_code >= 500
    assert one.json()["code"] == "ACCESS_LOG_UNWRITTEN"
    many = api.http.post(BATCH, json={"requests": [question(2), question(3)]}, headers=consumer.bearer())
    for said in lines(many) if many.status_code == 200 else [many.json()]:
        assert said["code"] == "ACCESS_LOG_UNWRITTEN"
    assert logged(database) == 0
    with database.write() as tx:
        tx.connection.execute(text("DROP TRIGGER full_disk ON audit.access_event"))
    assert api.http.post(LOOKUP, json=question(1), headers=consumer.bearer()).status_code == 200
