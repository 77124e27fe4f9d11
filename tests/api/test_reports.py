"""Reports over HTTP and on their pages: asked for, made by the job, given out whole; for people of the ministry alone."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.people import csrf_token
from landdata.flows import offices
from landdata.model.people import Role, Session, SignedIn, Stage, now
from landdata.model.reports import NAMES
from landdata.store import report_keys, roles
from landdata.store.engine import Database
from sync.jobs import reports as job

PATH = "/v1/reports"
SID = {"Cookie": "sid=x"}
ASKED = {"on": "2026-06-30", "division": "2025", "before_on": "2026-03-31"}


@pytest.fixture
def database(country):
    """One with the registers, which a report needs."""
    offices.register_office(country, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    offices.register_person(country, login="lan", full_name="Lan", office_code="MAE")
    return country


@pytest.fixture
def sign_in(monkeypatch):
    def made(roles_=(Role.MINISTRY_VIEWER,), office="MINISTRY") -> None:
        at = now()
        session = Session(uuid4(), Stage.OPEN, at, at, at + timedelta(hours=1), "127.0.0.1", "")
        held = SignedIn(1, "lan", "Lan", "MAE", office, frozenset(roles_), session, at, by_issuer=False)
        monkeypatch.setattr("landdata.flows.sessions.find", lambda _entrance, _token: held)

    return made


def work(api, database: Database) -> None:
    """What the worker does when the job comes."""
    worker = roles.connect(database.engine.url.render_as_string(hide_password=False), roles.Role.WORKER, pool_size=3)
    try:
        job.run(SimpleNamespace(db=worker, settings=api.settings))
    finally:
        worker.close()


def test_asked_for_made_and_given_out(api, database, sign_in):
    sign_in()
    report_keys.make(api.settings.key_folder, "thử")
    proven = {**SID, "X-CSRF-Token": csrf_token("x")}
    asked = api.http.post(PATH, json=ASKED, headers=proven)
    assert (asked.status_code, asked.headers["location"]) == (202, f"{PATH}/1")
    assert asked.json() | {"asked_at": "", "now": "", "before": ""} == {
        "number": 1, "kind": "ON_DEMAND", "period_from": "2026-04-01", "now": "", "before": "", "against": None,
        "asked_by": "lan", "asked_at": "", "made_at": None, "steps": [], "rule": None, "content_sha256": None,
        "signer": None, "files": [],
    }  # fmt: skip
    with database.read() as tx:
        waiting = tx.connection.scalars(text("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'")).all()
    assert waiting == ["reports"], "the worker is asked in the same transaction"
    early = api.http.get(f"{PATH}/1/files/vi.pdf", headers=SID)
    assert (early.status_code, early.json()["code"]) == (404, "REPORT_FILE_UNKNOWN")
    assert "Đang chờ" in api.http.get("/bao-cao/1", headers=SID).text

    work(api, database)
    found = api.http.get(f"{PATH}/1", headers=SID).json()
    assert found["steps"] == ["FIGURES", "VI", "EN"]
    assert found["signer"] == "CN=thử,C=VN"
    assert {one["name"] for one in found["files"]} == set(NAMES)
    for one in found["files"]:
        got = api.http.get(f"{PATH}/1/files/{one['name']}", headers=SID)
        assert (got.status_code, hashlib.sha256(got.content).hexdigest()) == (200, one["sha256"])
        assert got.headers["etag"] == f'"{one["sha256"]}"'
        assert f'filename="bao-cao-1.{one["name"]}"' in got.headers["content-disposition"]
    assert got.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    shown = api.http.get("/bao-cao/1", headers=SID).text
    assert shown.count("/bao-cao/1/tep/") == len(NAMES)
    assert 'data-figure="provinces"' in shown
    assert "0</b>/34" in shown
    assert "Compared with" in api.http.get("/en/reports/1", headers=SID).text
    page = api.http.get("/bao-cao/1/tep/vi.pdf", headers=SID)
    assert page.content.startswith(b"%PDF-")
    for wrong in (
        "/bao-cao/1/tep/..%2f..%2fkeys",
        "/bao-cao/1/tep/zz.pdf",
        "/bao-cao/2",
        "/bao-cao/x",
        "/bao-cao/%C2%B2",
    ):
        assert api.http.get(wrong, headers=SID).status_code == 404, wrong

    listed = api.http.get("/bao-cao", headers=SID).text
    token = re.search(r'action="/bao-cao/yeu-cau">\s*<input type="hidden" name="ma_bieu_mau" value="([^"]+)"', listed)[
        1
    ]
    cookies = {**SID, "Referer": f"{api.url}/bao-cao", "Origin": api.url}
    form = {"ma_bieu_mau": token, "ngay": "2026-09-30", "chia": "2025", "so_sanh": "1", "ngay_truoc": ""}
    sent = api.http.post("/bao-cao/yeu-cau", data=form, headers=cookies)
    assert (sent.status_code, sent.headers["location"]) == (303, "/bao-cao/2")
    refused = api.http.post("/bao-cao/yeu-cau", data={**form, "ngay": "2999-01-01"}, headers=cookies)
    assert refused.status_code == 422
    assert "Không thể lập báo cáo này" in refused.text
    assert 'value="2999-01-01"' in refused.text
    pages = api.http.get(f"{PATH}?limit=1", headers=SID).json()
    assert [one["number"] for one in pages["reports"]] == [2]
    rest = api.http.get(f"{PATH}?limit=1&cursor={pages['next_cursor']}", headers=SID).json()
    assert ([one["number"] for one in rest["reports"]], rest["next_cursor"]) == ([1], None)
    assert pages["reports"][0]["against"] == 1


def test_who_may(api, sign_in):
    assert api.http.get(PATH).status_code == 401
    sign_in([Role.LAND_OFFICER], office="LAND_OFFICE")
    for path in (PATH, f"{PATH}/1", f"{PATH}/1/files/vi.pdf"):
        assert api.http.get(path, headers=SID).status_code == 403, path
    assert api.http.get("/bao-cao", headers=SID).status_code == 403
    proven = {**SID, "X-CSRF-Token": csrf_token("x")}
    assert api.http.post(PATH, json={}, headers=proven).status_code == 403
    sign_in()
    assert api.http.post(PATH, json={}, headers=SID).status_code == 403, "without the proof of the page"


@pytest.mark.parametrize("asked", [{"on": "2999-01-01"}, {"against": 9}, {"on": 5}, {"division": "1900"}, {"more": 1}])
def test_what_cannot_be_asked_for(api, sign_in, asked):
    sign_in()
    answer = api.http.post(PATH, json=asked, headers={**SID, "X-CSRF-Token": csrf_token("x")})
    assert answer.status_code in {404, 422}
    assert answer.json()["code"] in {"REPORT_UNFIT", "REPORT_UNKNOWN", "REQUEST_INVALID", "DIVISION_UNKNOWN"}
