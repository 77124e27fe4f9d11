"""The pages of indicators: read by anyone, filled by the ministry; a table is checked before it counts."""

from __future__ import annotations

import csv
import io

import httpx
import pytest
from playwright.sync_api import expect

from landdata.model.people import Role

pytestmark = pytest.mark.browser

DESK, PHONE = (1366, 768), (390, 844)


@pytest.fixture(autouse=True, scope="module")
def _drawn(house) -> None:
    """The maps are drawn for the first who asks."""
    for division in ("2023", "2025"):
        httpx.get(f"{house.url}/chi-tieu?chia={division}", timeout=120, trust_env=False).raise_for_status()


def rows_of(page) -> list[dict[str, str]]:
    """The table of the page as its CSV."""
    address = page.locator("#tai-csv").get_attribute("href")
    return list(csv.DictReader(io.StringIO(page.request.get(address).body().decode("utf-8-sig"))))


def test_an_indicator_is_chosen_sorted_told_in_34_provinces_and_taken_along(desk, house):
    page = desk.signed_in(house, Role.MINISTRY_VIEWER, "/chi-tieu?ct=RESULT_SYNC")
    assert page.locator("[data-tile=done] .tile-value").inner_text().replace("\n", "") == "25.746/88.151"
    assert page.locator("tbody tr[data-code]").count() == len(rows_of(page)) == 63
    assert page.locator("#ban-do a.unit").count() == 63
    assert page.locator("#khung-hoang-sa, #khung-truong-sa").count() == 2
    page.locator("thead a", has_text="Tỷ lệ").click()
    page.wait_for_url("**sap=dat**")
    assert rows_of(page)[0]["Đối tượng"] == "Hải Dương"
    page.get_by_role("link", name="34 tỉnh").click()
    page.wait_for_url("**chia=2025**")
    expect(page.locator("tbody tr[data-code]")).to_have_count(34)
    page.locator("#ct").select_option("ONLINE_PAYMENT")
    page.wait_for_url("**ct=ONLINE_PAYMENT**")
    expect(page.locator(".flags")).to_contain_text("601 so với 504+77+27 = 608")
    assert page.request.get(page.locator("#tai-xlsx").get_attribute("href")).body()[:2] == b"PK"
    assert not page.get_by_role("link", name="Nạp số liệu").count()


def test_a_table_is_checked_row_by_row_recorded_and_corrected(desk, house):
    page = desk.signed_in(house, Role.MINISTRY_BACKFILL, "/chi-tieu/nap?ct=LAND_TAX_PAYMENT")

    def hand_in(text: str) -> None:
        page.goto(house.url + "/chi-tieu/nap?ct=LAND_TAX_PAYMENT")
        page.locator("#o-nguon").fill("Báo cáo quý III năm 2026")
        page.locator("#o-ngay").fill("30/09/2026")
        # Choosing is enough: the form goes off by itself.
        page.locator("#o-file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": text.encode()})
        expect(page.locator(".draft-counts")).to_be_visible(timeout=30_000)

    hand_in("doi_tuong,trang_thai\nBắc Ninh,xong\nHuế,Hoàn thành\n")
    expect(page.locator("tr[data-row='1']")).to_contain_text("INDICATOR_STATE_UNKNOWN")
    assert not page.get_by_role("button", name="Ghi nhận").count()
    hand_in("doi_tuong,trang_thai\nBắc Ninh,TESTING\nHuế,Hoàn thành\n")
    assert page.locator("[data-change=NEW]").inner_text() == "2"
    page.get_by_role("button", name="Ghi nhận").click()
    page.wait_for_url("**/chi-tieu?ct=LAND_TAX_PAYMENT")
    expect(page.locator("tr[data-code='24']")).to_contain_text("Đang kiểm thử")
    hand_in("doi_tuong,trang_thai\nBắc Ninh,COMPLETED\n")
    page.locator("#o-ly_do").fill("Công văn đính chính")
    page.get_by_role("button", name="Ghi nhận").click()
    page.wait_for_url("**/chi-tieu?ct=LAND_TAX_PAYMENT")
    versions = page.locator("section", has=page.locator("#phien-ban"))
    expect(versions).to_contain_text("Công văn đính chính")
    hand_in("doi_tuong,trang_thai\nBắc Ninh,COMPLETED\n")
    page.get_by_role("button", name="Bỏ bảng này").click()
    page.wait_for_url("**/chi-tieu/nap")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_upload_and_its_preview_are_fit_for_eyes_and_ears(desk, house, axe, language):
    base = "/chi-tieu/nap" if language == "vi" else "/en/indicators/upload"
    page = desk.signed_in(house, Role.MINISTRY_BACKFILL, f"{base}?ct=RESULT_SYNC")
    page.locator("#o-nguon").fill("Báo cáo")
    text = "subject,done,total\nHuế,-1,5\nHà Nội,1,5\n"
    page.locator("#o-file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": text.encode()})
    expect(page.locator(".draft-counts")).to_be_visible(timeout=30_000)
    for size, scheme in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], size
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0], size
