"""The page of matching quality: for the ministry only; rates, reasons and drift, down to the commune."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.sync_api import expect

from landdata.model.people import Role

pytestmark = pytest.mark.browser

DAYS = "tu=2026-01-05&ngay=2026-11-01"


def test_only_the_ministry_comes_in(desk, nation):
    desk.quiet = False  # the browser reports the status 403 on the console
    page = desk.open("/chat-luong-doi-chieu")
    assert "/dang-nhap" in page.url
    for role, status in ((Role.LAND_OFFICER, 403), (Role.MINISTRY_VIEWER, 200)):
        page = desk.signed_in(nation, role, "/")
        assert page.request.get(f"/chat-luong-doi-chieu?{DAYS}").status == status
        assert page.request.get(f"/chat-luong-doi-chieu.csv?{DAYS}").status == status
        assert page.locator(".main-nav").get_by_role("link", name="Đối chiếu").count() == (status == 200)


def test_figures_add_up_and_lead_to_the_commune(desk, nation):
    page = desk.signed_in(nation, Role.MINISTRY_VIEWER, f"/en/matching-quality?{DAYS}&chia=2023")

    def rows() -> list[dict[str, str]]:
        raw = page.request.get(page.locator("#tai-csv").get_attribute("href")).body()
        assert raw.startswith(b"\xef\xbb\xbf")
        found = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
        assert {row["To"] for row in found} == {"2026-11-01"}
        return found

    def tile(name: str) -> list[int]:
        text = page.locator(f"[data-tile={name}] .tile-value").inner_text().replace(",", "")
        return [int(one) for one in text.split("/")]

    for _ in range(3):
        table = rows()
        matched, settled = tile("verified")
        assert matched == sum(int(row["Matched"]) for row in table) > 0
        assert settled == sum(int(row["Holders settled"]) for row in table)
        assert page.locator("[data-tile=rate] .tile-value").inner_text() == f"{100 * matched / settled:.1f}%"
        links = page.locator("tbody th a")
        if links.count():
            name = links.first.inner_text()
            links.first.click()
            expect(page.locator("h1")).to_contain_text(name)
    assert page.locator(".crumbs li").count() == 3
    assert not page.locator("tbody th a").count()


def test_drift_is_told_sorted_and_filtered(desk, nation):
    page = desk.signed_in(nation, Role.MINISTRY_VIEWER, f"/chat-luong-doi-chieu?{DAYS}")
    falling = int(page.locator(".attention-err b").inner_text())
    assert falling > 0
    page.locator(".attention-err a").click()
    page.wait_for_url("**tt=down**")
    assert page.locator("tbody .chip-low").count() == page.locator("tbody tr").count() == falling
    page.get_by_role("columnheader", name="Thay đổi").get_by_role("link").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Thay đổi")
    assert page.locator(".reasons dt").count() == 3
    page.goto("/chat-luong-doi-chieu?tu=2020-01-01")  # nothing can be shown for that day
    desk.quiet = False
    assert page.get_by_role("alert").is_visible()


def test_filter_without_accents_keeps_focus_and_address(desk, nation):
    page = desk.signed_in(nation, Role.MINISTRY_VIEWER, f"/chat-luong-doi-chieu?{DAYS}&chia=2023")
    field = page.locator("#loc")
    field.click()
    field.press_sequentially("dak", delay=15)
    expect(page.locator("tbody tr")).to_have_count(1)  # the other has delivered nothing
    assert page.locator("tbody th").all_inner_texts() == ["Đắk Lắk"]
    expect(field).to_be_focused()
    page.wait_for_url("**loc=dak**")
    assert "loc=dak" in page.locator("#tai-csv").get_attribute("href")


def test_works_without_javascript_and_before_anything_was_counted(desk, nation):
    page = desk.signed_in(
        nation, Role.MINISTRY_VIEWER, "/chat-luong-doi-chieu?tu=2022-01-01&ngay=2023-01-01", java_script_enabled=False
    )
    assert "chưa có số liệu" in page.locator("tbody").inner_text().lower()
    page.locator("#ngay").fill("1/11/2026")
    page.locator(".day button").click()
    assert "ngay=2026-11-01" in page.url
    assert page.locator("tbody tr").count() > 25
