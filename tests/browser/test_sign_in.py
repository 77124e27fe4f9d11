"""Signing in on the pages: first time, with a code, with what goes wrong; by keyboard, without JavaScript, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from landdata.model.people import Role

pytestmark = pytest.mark.browser

PHONE = (390, 844)


def type_in(page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"#o-{name}").fill(value)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["js", "no-js"])
def test_the_first_sign_in_goes_step_by_step(house, desk, axe, scripts):
    login = f"moi.{'js' if scripts else 'khong'}"
    code = house.invite(login, Role.SECOND_APPROVER)
    page = desk.open("/tai-khoan", PHONE, java_script_enabled=scripts)
    assert page.url.endswith("/dang-nhap?tiep=/tai-khoan")
    type_in(page, ten=login, mat_khau=code)
    expect(page.locator("h1")).to_have_text("Đặt mật khẩu của bạn")
    type_in(page, mat_khau_moi="con trâu đi trước cái cày")
    expect(page.locator("h1")).to_have_text("Yếu tố thứ hai")
    house.learn(login, page.locator(".secret").inner_text())
    type_in(page, ma=house.code(login))
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="Đã cất").click()
    expect(page).to_have_url(f"{house.url}/tai-khoan")
    expect(page.locator("h1")).to_have_text("Lý Thị Duyệt")
    page.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    expect(page).to_have_url(f"{house.url}/dang-nhap")
    page.goto("/tai-khoan")
    assert "/dang-nhap" in page.url


def test_what_is_wrong_is_said_where_the_eye_is(house, desk, axe):
    desk.quiet = False  # the browser reports the status 422 on the console
    login = house.person(Role.MATCHING_CLERK)
    house.session(Role.MATCHING_CLERK)
    page = desk.open("/en/sign-in")
    type_in(page, ten=login, mat_khau="sai")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("is not right")
    assert page.locator("#o-ten").input_value() == login
    assert page.locator("#o-mat_khau").input_value() == ""
    assert axe(page) == []
    type_in(page, mat_khau="con trâu đi trước cái cày")
    expect(page.locator("h1")).to_have_text("Authentication code")
    type_in(page, ma="000000")
    expect(alert).to_be_visible()
    type_in(page, ma=house.code(login))
    expect(page).to_have_url(f"{house.url}/en/")
    expect(page.locator(".person")).to_have_text("Account: Bùi Thị Đối")


def test_the_navigation_shows_what_the_role_may_see(house, desk, axe):
    rooms = {"Kết nối", "Giao nộp", "Đối chiếu", "Giám sát"}
    for role, seen in ((Role.INSPECTOR, rooms - {"Giao nộp"}), (Role.LAND_OFFICER, {"Kết nối", "Giao nộp"})):
        page = desk.signed_in(house, role, "/tai-khoan")
        assert page.locator(".room-nav").count() == 0
        assert rooms & set(page.locator(".main-nav a").all_inner_texts()) == seen
    page.locator(".main-nav").get_by_role("link", name="Giao nộp").click()
    pages = page.locator(".room-nav a")
    assert {"Nộp dữ liệu", "Các lần nộp", "Địa bàn"} < set(pages.all_inner_texts())
    expect(page.locator(".room-nav [aria-current=page]")).to_have_text("Nộp dữ liệu")
    assert axe(page) == []


def test_sessions_are_seen_and_ended(house, desk):
    other = house.session(Role.LAND_OFFICER)
    page = desk.signed_in(house, Role.LAND_OFFICER, "/tai-khoan")
    before = page.locator(".sessions li").count()
    page.locator(".sessions button").first.click()
    expect(page.locator(".sessions li")).to_have_count(before - 1)
    expect(page.get_by_role("status")).to_be_visible()
    assert house.who(other) is None or before > 2
