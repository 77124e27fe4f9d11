"""The parcel map: found and read without a map, pointed at with one, and shown to nobody who may not see it."""

from __future__ import annotations

import httpx
import pytest
from landworld import COMMUNES
from playwright.sync_api import Page, expect

from landdata.model.people import Role

pytestmark = pytest.mark.browser
HERE = COMMUNES[0]
# What the drawing of a browser without a graphics card says of its own speed.
OF_THE_DRIVER = ("GL Driver Message", "WebGL")


@pytest.fixture(scope="module")
def world(office_day):
    return office_day


def drawn(page: Page) -> Page:
    expect(page.locator("#ban-do[data-state=drawn]")).to_be_attached(timeout=30_000)
    return page


def selected(page: Page) -> str:
    return page.locator("#thua h2").inner_text()


def test_a_parcel_is_found_and_its_life_is_read_without_scripts(house, world, desk, axe):
    page = desk.signed_in(house, Role.LAND_OFFICER, "/ban-do", java_script_enabled=False)
    page.get_by_label("Xã, số tờ/số thửa, hoặc mã thửa đất").fill(f"{HERE} 1/7")
    page.get_by_role("button", name="Tìm").click()
    assert selected(page) == "Tờ 1, thửa 7"
    expect(page.locator(".time-line .stands")).to_have_count(1)
    expect(page.locator(".facts-list")).to_contain_text("Đất ở tại nông thôn")
    page.locator("#thua .eyebrow a").click()
    expect(page.locator(".sheets [aria-current]")).to_contain_text("1")
    assert page.locator(".parcels a").count() == 40
    page.locator(".parcels a").nth(2).click()
    assert selected(page) == "Tờ 1, thửa 3"
    text = page.content()
    assert "Nguyễn" not in text.replace("Nguyễn Thị Lan", "")
    assert "DB " not in text


def test_on_the_map_one_points_at_a_parcel_and_goes_back(house, world, desk, axe):
    desk.quiet = False
    page = drawn(desk.signed_in(house, Role.LAND_OFFICER, f"/ban-do?tim={HERE}+1/7"))
    assert int(page.locator("#ban-do").get_attribute("data-parcels")) > 3
    assert selected(page) == "Tờ 1, thửa 7"
    assert axe(page) == []
    other = page.locator("#trong-khung a[data-parcel$='.1.8']")
    other.click()
    expect(page.locator("#thua h2")).to_have_text("Tờ 1, thửa 8")
    assert "thua=" in page.url
    middle = page.locator("#ban-do").bounding_box()
    drawn(page).wait_for_timeout(300)  # the map has come to rest on parcel 8
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    expect(page.locator("#thua h2")).to_have_text("Tờ 1, thửa 8")
    page.locator("#trong-khung a[data-parcel$='.1.9']").click()
    expect(page.locator("#thua h2")).to_have_text("Tờ 1, thửa 9")
    page.go_back()
    expect(page.locator("#thua h2")).to_have_text("Tờ 1, thửa 8")
    page.locator("#nen").click()
    page.locator("#gan").click()
    assert [one for one in desk.said if not any(word in one for word in OF_THE_DRIVER)] == []


def test_without_webgl_the_page_says_so_and_works(house, world, desk, axe):
    page = desk.signed_in(house, Role.LAND_OFFICER, "/tai-khoan")
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"{desk.base}/en/map?xa={HERE}&to=1")
    expect(page.locator("#khong-ve")).to_be_visible()
    expect(page.locator("#gan")).to_be_hidden()
    page.locator(".parcels a").first.click()
    assert selected(page) == "Sheet 1, parcel 1"
    assert axe(page) == []


def test_whoever_may_not_see_parcels_sees_none(house, world, desk):
    desk.quiet = False
    with httpx.Client(base_url=house.url, trust_env=False, headers={"Accept": "text/html"}) as stranger:
        assert stranger.get("/ban-do").status_code == 303
    page = desk.signed_in(house, Role.LAND_OFFICER, f"/ban-do?tim={HERE}+1/7")
    key = page.locator("#thua").get_attribute("data-key")
    for role, status in ((Role.LAND_OFFICER, 200), (Role.MINISTRY_VIEWER, 200), (Role.ADMINISTRATOR, 403)):
        with httpx.Client(base_url=house.url, cookies={"sid": house.session(role)}, trust_env=False) as who:
            assert who.get(f"/ban-do/thua/{key}").status_code == status, role
            assert who.get("/ban-do").status_code == status, role
