"""The change feed over HTTP: who may read it, its pages and refusals, and the figures of who lags."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from landdata.flows import agreements

PATH = "/v1/residency/changes"


@pytest.fixture
def agreed(database, consumer):
    """An agreement in force for the consumer, and five changes: three of its own, the last of them a record that is gone."""
    with database.write() as tx:
        tx.connection.execute(
            text(
                "WITH a AS (SELECT agreement_id FROM share.agreement WHERE code = :code), "
                "f AS (UPDATE share.feed SET last_no = 5) "
                "INSERT INTO share.change (change_no, agreement_id, party_id, record_version) "
                "SELECT no, agreement_id + other, 7 * no, version FROM a, (VALUES (1, 0, 'v1'), (2, 99, 'not yours'), "
                "(3, 0, 'v3'), (4, 0, NULL), (5, 99, 'not yours')) v (no, other, version)"
            ),
            {"code": f"TT-{consumer.client_id}"},
        )
    return consumer


def test_pages_to_the_end(api, agreed):
    bearer = agreed.bearer()
    first = api.http.get(PATH, params={"limit": 2}, headers=bearer)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
    said = first.json()
    assert said.keys() == {"changes", "next_cursor", "has_more", "simulated"}
    assert [(one["kind"], one["record_version"]) for one in said["changes"]] == [("CHANGED", "v1"), ("CHANGED", "v3")]
    assert said["has_more"] is True
    rest = api.http.get(PATH, params={"cursor": said["next_cursor"], "limit": 2}, headers=bearer).json()
    assert [(one["kind"], one["record_version"]) for one in rest["changes"]] == [("GONE", None)]
    assert rest["has_more"] is False
    assert len({one["record_ref"] for one in said["changes"] + rest["changes"]}) == 3
    assert "not yours" not in first.text + str(rest)


def test_whoever_has_no_agreement_reads_nothing(api, database, consumer, office):
    bearer = consumer.bearer()
    agreements.end(database, code=f"TT-{consumer.client_id}", by="lan", reason="thử")
    refused = api.http.get(PATH, headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "AGREEMENT_MISSING")
    assert api.http.get(PATH).json()["code"] == "TOKEN_MISSING"
    assert api.http.get(PATH, headers=office.bearer()).json()["code"] == "SCOPE_INSUFFICIENT"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("cursor=abcd", 422, "CURSOR_INVALID"),
        ("cursor=%00", 422, "REQUEST_INVALID"),
        ("limit=0", 422, "REQUEST_INVALID"),
        ("limit=1001", 422, "REQUEST_INVALID"),
        ("since=2023", 422, "REQUEST_INVALID"),
        ("limit=1&limit=2", 400, "PARAMETER_REPEATED"),
    ],
)
def test_refusals(api, agreed, query, status, code):
    answer = api.http.get(f"{PATH}?{query}", headers=agreed.bearer())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_old_cursor_is_gone_for_good(api, agreed, database):
    bearer = agreed.bearer()
    cursor = api.http.get(PATH, params={"limit": 1}, headers=bearer).json()["next_cursor"]
    with database.write() as tx:
        tx.connection.execute(text("UPDATE share.change SET at = at - interval '92 days' WHERE change_no <= 4"))
    answer = api.http.get(PATH, params={"cursor": cursor}, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (410, "CURSOR_EXPIRED")
    assert {"detail", "detail_en", "mend", "mend_en"} <= answer.json().keys()


def test_the_lag_stands_in_the_metrics(api, agreed):
    api.http.get(PATH, params={"limit": 1}, headers=agreed.bearer())
    figures = api.http.get("/metrics").text
    assert f'landdata_feed_outstanding{{client="{agreed.client_id}"}} 2.0' in figures
    assert f'landdata_feed_behind_seconds{{client="{agreed.client_id}"}}' in figures


def test_the_description_has_examples_in_both_languages(api):
    described = api.http.get("/openapi.json").json()
    media = described["paths"][PATH]["get"]["responses"]["200"]["content"]["application/json"]
    assert media["schema"] == {"$ref": "#/components/schemas/FeedOut"}
    assert media["example"]["changes"][1]["record_version"] is None
    message = described["webhooks"]["changes-available"]["post"]
    assert {one["name"] for one in message["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
