"""The inspector's and the security officer's day: seals, a verification, a search, evidence, the citizen's sheet."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from landworld import COMMUNES, row
from logworld import add, sealed
from playwright.sync_api import expect

from landdata.flows import verifications
from landdata.model.people import Role
from landdata.store import roles

pytestmark = pytest.mark.browser

INSPECTOR, SECURITY = Role.INSPECTOR, Role.SECURITY_OFFICER
NUMBER = "024070000001"


@pytest.fixture(scope="module")
def asked(house):
    """Look-ups of two citizens, one of them refused, under an agreement; all sealed."""
    from landworld import Desk

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
        house.desk.deliver([row(COMMUNES[3], 1), row(COMMUNES[3], 2)])
    house.desk.agree()
    for number in (NUMBER, "024070000002", NUMBER):
        house.desk.ask(number)
    house.desk.ask(NUMBER, service_code="LA-99")
    add(house.desk, 0)
    while not sealed(house.desk):
        pass
    return house.desk


def looks(house) -> list[tuple[str, str, str]]:
    with house.desk.db.read() as tx:
        return [
            tuple(one)
            for one in tx.connection.exec_driver_sql(
                "SELECT kind, reason, sought FROM audit.inspection ORDER BY inspection_id"
            )
        ]


def explain(page) -> None:
    """Why, and under which file."""
    page.get_by_label("Lý do (được giữ mãi)").fill("khiếu nại 12")
    page.get_by_label("Số hồ sơ kiểm tra").fill("TT-2026-3")


def test_an_inspector_finds_an_entry_and_takes_its_evidence_away(house, asked, desk, axe, tmp_path):
    page = desk.signed_in(house, INSPECTOR, "/nhat-ky-truy-cap/tim")
    before = len(looks(house))
    explain(page)
    page.get_by_label("Hệ thống").fill("police")
    page.get_by_role("button", name="Tìm", exact=True).click()
    expect(page.locator(".entries tbody tr")).to_have_count(4)
    assert axe(page) == []
    assert len(looks(house)) == before + 1
    page.get_by_label("Kết quả").select_option("REFUSED")
    page.get_by_role("button", name="Tìm", exact=True).click()
    expect(page.locator(".entries tbody tr")).to_have_count(1)
    expect(page.locator(".entries .state")).to_contain_text("PROCEDURE_NOT_AGREED")
    with page.expect_download() as file:
        page.get_by_role("button", name="CSV").click()
    assert "PROCEDURE_NOT_AGREED" in Path(file.value.path()).read_text(encoding="utf-8-sig")
    page.locator(".entries form button").click()
    expect(page.locator("h1")).to_contain_text("Dòng nhật ký")
    expect(page.locator("main")).to_contain_text("khiếu nại 12")
    assert axe(page) == []
    with page.expect_download() as file:
        page.get_by_role("button", name="Tải bằng chứng").click()
    evidence = tmp_path / "evidence.json"
    file.value.save_as(evidence)
    head = json.loads(evidence.read_text())["chain"][-1]
    with page.expect_download() as file:
        page.get_by_role("link", name="verify_evidence.py").click()
    check = tmp_path / file.value.suggested_filename
    file.value.save_as(check)
    given = [sys.executable, check, evidence, "--head", f"{head['words'][0]};sha-256={head['head']}"]
    assert subprocess.run(given, capture_output=True, check=False).returncode == 0
    # Every one of these was a look of its own, with its reason.
    kinds = [(kind, reason) for kind, reason, _ in looks(house)[before:]]
    assert kinds == [("SEARCH", "khiếu nại 12")] * 4 + [("EVIDENCE", "khiếu nại 12")]


def test_a_citizen_is_sought_without_the_number_staying_anywhere(house, asked, desk):
    page = desk.signed_in(house, INSPECTOR, "/nhat-ky-truy-cap/tim")
    explain(page)
    page.get_by_label("Số định danh công dân").fill(NUMBER)
    page.get_by_role("button", name="Tìm", exact=True).click()
    # Three look-ups, and every look that the inspection itself has had at this citizen.
    expect(page.locator(".entries tbody tr", has_text="police")).to_have_count(3)
    assert NUMBER not in page.content()
    assert NUMBER not in page.url
    assert NUMBER not in json.dumps(looks(house))
    page.locator(".entries tr", has_text="police").first.locator("form button").click()
    page.get_by_role("button", name="Mọi lượt về công dân này").click()
    # The looks of the inspection itself are among them now.
    expect(page.locator(".entries tbody tr", has_text="police")).to_have_count(3)
    assert page.locator(".entries tbody tr", has_text="landdata:inspection").count() >= 2


def test_a_look_without_a_reason_or_an_aim_is_refused_and_shows_nothing(house, asked):
    with httpx.Client(base_url=house.url, cookies={"sid": house.session(INSPECTOR)}, trust_env=False) as person:
        form = person.get("/nhat-ky-truy-cap/tim").text.split('name="ma_bieu_mau" value="')[1].split('"')[0]
        before = len(looks(house))
        headers = {"Origin": house.url, "Sec-Fetch-Site": "same-origin"}
        for said in (
            {"he_thong": "police"},
            {"ly_do": "x", "he_thong": "police"},
            {"ly_do": "x", "so_ho_so": "y"},
            {"ly_do": "x", "so_ho_so": "y", "tu": "32/1/2026"},
            {"ly_do": "x", "so_ho_so": "y", "so_dinh_danh": "12"},
        ):
            answer = person.post("/nhat-ky-truy-cap/tim", data={"ma_bieu_mau": form} | said, headers=headers)
            assert (answer.status_code, "entries" in answer.text) == (422, False), said
        for path in ("dong", "bang-chung"):
            said = {"ma_bieu_mau": form, "ly_do": "x", "so_ho_so": "y", "so": "999999"}
            answer = person.post(f"/nhat-ky-truy-cap/{path}", data=said, headers=headers)
            assert (answer.status_code, "999999" in answer.text) == (422, True)
        assert len(looks(house)) == before


def test_what_stands_out_is_told_and_recorded(house, asked, desk, axe):
    page = desk.signed_in(house, INSPECTOR, "/nhat-ky-truy-cap/tim")
    explain(page)
    page.get_by_role("button", name="Tìm điều bất thường").click()
    officers = page.locator("#bat-thuong section", has_text="Cán bộ hỏi nhiều nhất")
    # Whoever tried look-ups out in this house before has a line of their own.
    busiest = officers.locator("tbody tr", has=page.get_by_role("rowheader", name="CA-24 · CB-1", exact=True))
    expect(busiest.locator("td").nth(0)).to_have_text("4")
    expect(busiest.locator("td").nth(2)).to_have_text("1 25,0%")
    expect(page.locator("#bat-thuong")).to_contain_text("PROCEDURE_NOT_AGREED")
    assert axe(page) == []
    assert '"patterns": true' in looks(house)[-1][2]


def test_the_citizens_sheet_fits_paper_and_tells_no_officer(house, asked, desk, axe):
    page = desk.signed_in(house, INSPECTOR, "/en/access-log/citizen")
    for label, said in (
        ("Citizen number", NUMBER), ("Who asks for it", "Nguyễn Văn A"), ("File of the request", "YC-7"),
        ("Why (kept for good)", "đơn của công dân"),
    ):  # fmt: skip
        page.get_by_label(label).fill(said)
    page.get_by_role("button", name="Make the sheet").click()
    rows = page.locator(".sheet tbody tr")
    expect(rows.first).to_be_visible()
    text = page.locator(".sheet").inner_text()
    assert rows.filter(has_text="cư trú").count() == 3
    for told in ("••• 001", "Nguyễn Văn A", "YC-7", "Luật Cư trú", "Ai đã hỏi / Who asked"):
        assert told in text, told
    for kept in (NUMBER, "CB-1", house.person(INSPECTOR), "10.0.0.1"):
        assert kept not in text, kept
    assert axe(page) == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 900})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 688
    assert not page.locator(".top, .button, .crumb").locator("visible=true").count()
    sheet = page.pdf(prefer_css_page_size=True)
    wide, high = map(float, re.search(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", sheet).groups())
    assert (round(wide), round(high)) == (595, 842), "upright"
    assert len(re.findall(rb"/Type /Page\b", sheet)) <= 2, "a dozen looks need two sheets at most"
    kind, reason, sought = looks(house)[-1]
    assert (kind, NUMBER in reason + sought) == ("CITIZEN", False)
    assert "Nguyễn Văn A" in reason


def test_a_verification_is_asked_for_watched_and_kept(house, asked, desk):
    page = desk.signed_in(house, SECURITY, "/nhat-ky-truy-cap")
    assert page.locator(".ways a").count() == 1, "who watches the seals does not search"
    expect(page.locator("#dang-nhap")).to_be_visible()
    page.get_by_label("Lý do").fill("kiểm tra định kỳ")
    page.get_by_role("button", name="Yêu cầu kiểm tra").click()
    page.wait_for_url("**/nhat-ky-truy-cap#kiem-tra")
    expect(page.locator("#kiem-tra tbody tr").first).to_contain_text("kiểm tra định kỳ")
    expect(page.locator("#kiem-tra .upload")).to_contain_text("Chờ tới lượt")
    assert house.desk.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'verify'") == 1
    url = house.desk.db.engine.url.render_as_string(hide_password=False)
    sealer = roles.connect(url, roles.Role.SEALER, pool_size=2)
    done = verifications.run(sealer, settings=house.desk.settings)
    sealer.close()
    assert (done.outcome, done.asked_by) == ("INTACT", house.person(SECURITY))
    # The page asks again by itself.
    expect(page.locator("#kiem-tra tbody tr").first).to_contain_text("Nguyên vẹn")
    assert page.locator("#kiem-tra .upload").count() == 0
    page.reload()
    expect(page.locator(".tiles-row")).to_contain_text("Nguyên vẹn")
    inspector = desk.signed_in(house, INSPECTOR, "/nhat-ky-truy-cap")
    assert inspector.locator("#dang-nhap").count() == 0, "who signed in is for security alone"
    assert inspector.locator(".ways a").count() == 4
