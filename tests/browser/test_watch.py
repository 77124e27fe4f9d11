"""Pages of sources, alerts and runs, the own source of a land office, and the ministry's approvals."""

from __future__ import annotations

import csv
import io

import pytest
from landworld import COMMUNES, Desk, geojson, row
from officeworld import NAMES
from playwright.sync_api import expect

from landdata.model.people import Role

pytestmark = pytest.mark.browser

VIEWER = Role.MINISTRY_VIEWER


@pytest.fixture(scope="module")
def house(watched):
    """The desk of these tests stands in front of that service."""
    return watched


def rows_of(page) -> list[dict[str, str]]:
    """The table of the page as its CSV."""
    address = page.locator("#tai-csv").get_attribute("href")
    return list(csv.DictReader(io.StringIO(page.request.get(address).body().decode("utf-8-sig"))))


def test_sources_are_counted_filtered_and_taken_along(desk, house):
    page = desk.signed_in(house, VIEWER, "/nguon-du-lieu?chia=2023")
    assert page.locator("[data-tile=connected] .tile-value").inner_text().replace("\n", "") == "45/63"
    assert len(rows_of(page)) == page.locator("tbody tr").count() == 63
    assert (
        page.locator("#ban-do a.unit.step-failing").count()
        == page.locator(
            "#ban-do a.unit[href='/nguon-du-lieu/LO-38'], #ban-do a.unit[href='/nguon-du-lieu/LO-58']"
        ).count()
        == 2
    )
    page.locator(".states a", has_text="Trễ hạn").click()
    page.wait_for_url("**tt=LATE**")
    assert page.locator("tbody tr").count() == len(rows_of(page)) == 5
    page.locator("#loc").fill("bac giang")
    page.wait_for_url("**loc=bac+giang**")
    expect(page.locator("tbody tr")).to_have_count(1)
    [only] = rows_of(page)
    assert (only["Mã văn phòng"], only["Trạng thái"], only["Số ngày trễ"], only["Cảnh báo đang mở"]) == (
        "LO-24",
        "Trễ hạn",
        "4",
        "1",
    )
    page.locator("tbody th a").click()
    expect(page.locator("h1")).to_contain_text("Bắc Giang")
    assert page.locator(".life li").count() == 5
    assert page.locator(".life li").first.locator("b").inner_text() == "Lỡ hạn cam kết"
    # Deliveries are for those who may see them, and in figures only.
    assert page.locator("#lan-nop").count() == 1
    assert "thua.gpkg" not in page.content()
    page = desk.signed_in(house, Role.INSPECTOR, "/nguon-du-lieu/LO-24")
    assert page.locator("#lan-nop").count() == 0


def test_34_provinces_name_every_office_of_theirs(desk, house):
    page = desk.signed_in(house, VIEWER, "/en/sources?chia=2025", java_script_enabled=False)
    table = rows_of(page)
    assert page.locator("tbody tr").count() == len(table) == 58
    assert {one["Office code"] for one in table if one["Province code"] == "24"} == {"LO-24", "LO-27"}
    page.locator("#tt").select_option("FAILING")
    page.locator(".filter button").click()
    assert [one["State"] for one in rows_of(page)] == ["Failing"] * 2
    assert page.request.get(page.locator("#tai-xlsx").get_attribute("href")).body()[:2] == b"PK"


def test_alerts_open_first_with_value_threshold_and_mend(desk, house):
    page = desk.signed_in(house, VIEWER, "/canh-bao")
    assert page.locator(".alert-cards li").count() == 7
    assert page.locator(".alert-cards li").first.get_attribute("data-rule") == "SOURCE_OVERDUE", "the oldest first"
    assert [bool(one["Khôi phục lúc"]) for one in rows_of(page)] == [False] * 7 + [True] * 3
    rose = page.locator("[data-rule=REFUSED_SHARE_ROSE]")
    assert "18,4 %" in rose.inner_text()
    assert "ngưỡng 10,0 %" in rose.inner_text()
    assert "So phiếu lỗi" in rose.inner_text()
    page.locator("#ai").select_option("OPERATOR")
    page.wait_for_url("**ai=OPERATOR**")
    expect(page.locator(".alert-cards li")).to_have_count(2)
    page.get_by_role("link", name="Quy tắc và ngưỡng").click()
    expect(page.locator("tbody tr")).to_have_count(14)
    page.goto(f"{house.url}/canh-bao?quy=SOURCE_FAILING&tt=mo")
    page.locator(".alert-about a").click()
    page.wait_for_url("**/nguon-du-lieu/LO-38")


def test_runs_tell_broken_promises_steps_and_why_it_failed(desk, house):
    page = desk.signed_in(house, VIEWER, "/tien-trinh")
    kept, every = page.locator("[data-tile=kept] .tile-value").inner_text().replace("\n", "").split("/")
    # Time goes on while tests run: jobs that promise to be done within two minutes may have joined the one that never was.
    assert (int(every), int(every) - int(kept)) == (24, page.locator("tr.broken").count())
    assert page.locator("tbody tr").first.get_attribute("data-job") == "recheck"
    now = page.locator(".way .now")
    assert now.inner_text().split() == ["Kiểm", "tra", "từng", "dòng", "18.250/42.100"]
    # It asks again by itself, a limited number of times, and stops when told to.
    waits = page.locator("#nay > span")
    assert "lan=1" in waits.get_attribute("hx-get")
    part = page.request.get(waits.get_attribute("hx-get")).text()
    assert 'id="hen-1"' in part
    assert 'id="hen-' not in page.request.get(waits.get_attribute("hx-get").replace("lan=1", "lan=40")).text()
    page.get_by_role("link", name="Dừng").click()
    page.wait_for_url("**dung=1")
    assert waits.count() == 0
    page.goto(f"{house.url}/tien-trinh?xem=nhat-ky&viec=match&kq=RETRY")
    assert page.locator("tbody tr").count() == len(rows_of(page)) == 2
    assert "PLATFORM_UNAVAILABLE" in page.locator("tbody").inner_text()
    page.goto(f"{house.url}/tien-trinh?xem=nhat-ky")
    first = page.locator("tbody tr").first.get_attribute("data-run")
    page.get_by_role("link", name="Cũ hơn").click()
    page.wait_for_url("**truoc=**")
    assert page.locator("tbody tr").first.get_attribute("data-run") != first


def test_an_office_sees_its_own_source_and_the_way_back(desk, house):
    page = desk.signed_in(house, Role.LAND_OFFICER, "/nguon-cua-toi")
    assert page.locator("#dung-hen").inner_text() == "Trễ 4 ngày"
    assert "Nộp một lần là trở lại đúng hẹn" in page.locator(".standing").inner_text()
    assert page.locator(".alert-open").count() == 1
    assert "LO-38" not in page.content()
    assert "landdata sources" not in page.content(), "the ministry's commands are not the office's"
    page.get_by_role("link", name="Nộp dữ liệu").last.click()
    page.wait_for_url("**/nop-du-lieu")


def test_attention_leads_on_for_whoever_may_go_there(desk, house):
    desk_page = desk.open("/")
    assert desk_page.locator(".attention-ways").count() == 0
    page = desk.signed_in(house, VIEWER, "/")
    assert page.locator(".attention-ways a").evaluate_all("all => all.map(one => one.pathname)") == [
        "/canh-bao",
        "/nguon-du-lieu",
    ]
    page = desk.signed_in(house, Role.LAND_OFFICER, "/en/")
    assert page.locator(".attention-ways a").evaluate_all("all => all.map(one => one.pathname)") == ["/en/own-source"]


def test_the_ministry_decides_where_an_office_has_no_second_person(desk, house, monkeypatch):
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    house.desk.deliver([row(COMMUNES[0], number) for number in range(1, 41)])
    waiting = house.desk.deliver(geojson([row(COMMUNES[0], 1)]))
    assert waiting.state == "WAITING"
    page = desk.open("about:blank")
    page.context.add_cookies([{"name": "sid", "value": house.session(house.approver()), "url": desk.base}])
    page.goto(f"{house.url}/cho-duyet")
    page.locator("tbody th a").click()
    page.get_by_label("Lý do").fill("Văn phòng xác nhận bằng công văn 7")
    page.get_by_role("button", name="Đồng ý công bố").click()
    page.wait_for_url("**/cho-duyet")
    assert "Không có lần giao nộp nào chờ duyệt" in page.content()
    house.desk.work(waiting.delivery_uid)
    assert house.desk.view(waiting.delivery_uid).state == "PUBLISHED"
    assert house.desk.view(waiting.delivery_uid).decisions[-1].decided_by == NAMES[Role.SECOND_APPROVER]
