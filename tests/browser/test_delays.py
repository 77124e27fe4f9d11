"""Lawful delays on their page: asked for by one person, decided by another, ended, and read by the inspector."""

from __future__ import annotations

from datetime import date

import officeworld
import pytest
from playwright.sync_api import expect

from landdata.flows import inspections
from landdata.model.people import Role

pytestmark = pytest.mark.browser

ADMINISTRATOR = Role.ADMINISTRATOR


@pytest.fixture(scope="module")
def world(house):
    officeworld.to_administer(house)
    house.approver()
    return house


def test_a_delay_is_asked_for_by_one_decided_by_another_and_seen_by_the_inspector(world, desk, axe):
    desk.quiet = False  # one without a limit is refused
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/hoan-cho-xem")
    page.get_by_label("Hệ thống của bên khai thác").select_option("he-thong-xem")
    for label, said in (
        ("Chỉ thủ tục này", "CU-TRU-02"),
        ("Căn cứ pháp lý", "Điều 9"),
        ("Lý do (được giữ mãi)", "vụ án 7"),
    ):
        page.get_by_label(label, exact=True).fill(said)
    page.get_by_role("button", name="Đề nghị").click()
    expect(page.locator(".refusal")).to_contain_text("đúng một giới hạn")
    page.get_by_label("Hoặc đến ngày").fill("1/1/2030")
    page.get_by_role("button", name="Đề nghị").click()
    mine = page.locator("section", has_text="vụ án 7")
    expect(mine.locator(".chip")).to_have_text("Chờ người thứ hai")
    assert axe(page) == []
    # Who asked is offered no decision, and the administrator none at all; by hand it is refused.
    assert page.get_by_role("button", name="Duyệt").count() == 0
    number = inspections.delays(world.desk.db)[-1].secrecy_id
    for who, status in ((world.person(ADMINISTRATOR), 403), (world.person(Role.INSPECTOR), 403)):
        assert officeworld.posted(world, who, "/quan-tri/hoan-cho-xem/duyet", so=number, buoc="APPROVED") == status
    ended = officeworld.posted(world, officeworld.APPROVER, "/quan-tri/hoan-cho-xem/duyet", so=number, buoc="ENDED")
    assert ended == 422
    assert inspections.delays(world.desk.db)[-1].state == "ASKED"
    second = officeworld.approver_at(desk, world, "/quan-tri")
    second.get_by_role("link", name=f"Hoãn cho công dân xem {number}").click()
    mine = second.locator("section", has_text="vụ án 7")
    mine.locator("summary", has_text="Duyệt").first.click()
    mine.locator(f"#o-ly_do-approved-{number}").fill("có quyết định khởi tố")
    mine.get_by_role("button", name="Duyệt", exact=True).click()
    expect(second.locator("section", has_text="vụ án 7").locator(".chip")).to_have_text("Đã duyệt")
    found = inspections.delays(world.desk.db)[-1]
    assert (found.approved_by, found.terms.until, [one.reason for one in found.moves]) == (
        officeworld.APPROVER, date(2030, 1, 1), ["vụ án 7", "có quyết định khởi tố"],
    )  # fmt: skip
    inspector = desk.signed_in(world, Role.INSPECTOR, "/quan-tri/hoan-cho-xem")
    expect(inspector.locator("section", has_text="vụ án 7")).to_contain_text("có quyết định khởi tố")
    assert inspector.get_by_role("button", name="Chấm dứt").count() == 0
    page.reload()
    mine = page.locator("section", has_text="vụ án 7")
    mine.locator("summary", has_text="Chấm dứt").click()
    mine.locator("textarea").fill("hết vụ án")
    mine.get_by_role("button", name="Chấm dứt").click()
    expect(page.locator("section", has_text="vụ án 7").locator(".chip")).to_have_text("Đã chấm dứt")
