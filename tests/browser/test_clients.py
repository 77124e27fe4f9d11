"""Clients as an administrator finds them, and the webhook of one: set, renewed, tried again, removed, by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import officeworld
import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from landdata.flows import webhooks
from landdata.model.people import Role

if TYPE_CHECKING:
    from landdata.model.webhooks import Webhook

pytestmark = pytest.mark.browser

ADMINISTRATOR = Role.ADMINISTRATOR


@pytest.fixture(scope="module")
def world(house):
    officeworld.to_administer(house)
    house.approver()
    return house


def test_clients_are_sought_by_words_and_by_what_they_are(world, desk):
    """A plain form, sent without a script; what was asked for stands in it again."""
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/he-thong", java_script_enabled=False)
    every = page.locator("tbody tr").count()
    assert every >= 3
    page.get_by_label("Tìm hệ thống hoặc cơ quan").fill("nen tang")  # Nền tảng dân cư, without accents
    page.get_by_label("Chứng minh bằng").select_option("client_secret_basic")
    page.get_by_role("button", name="Lọc").click()
    shown = page.locator("tbody th").all_inner_texts()
    assert "thong-ke-xem" in shown
    assert "he-thong-xem" not in shown
    assert page.get_by_label("Tìm hệ thống hoặc cơ quan").input_value() == "nen tang"
    expect(page.get_by_role("status").last).to_contain_text(f"{len(shown)}/{every}")
    for asked, found in (
        ("loc=C06&bao=DISABLED", ["he-thong-bao"]), ("loc=HE-THONG-B", ["he-thong-bao"]), ("bao=FAILING", []),
        ("loai=LAND_OFFICE&tt=ON", []), ("tt=OFF&loc=thong-ke", []), ("tt=NOSUCH&loc=thong-ke", ["thong-ke-xem"]),
    ):  # fmt: skip
        page.goto(f"{world.url}/quan-tri/he-thong?{asked}")
        assert page.locator("tbody th").all_inner_texts() == found, asked
    for path, told in (
        ("/quan-tri/he-thong", "Không có hệ thống nào khớp."),
        ("/en/administration/clients", "No client fits."),
    ):
        page.goto(f"{world.url}{path}?loc=khongco&loai=CONSUMER")
        expect(page.locator("main .empty").first).to_have_text(told)
        assert page.locator("select[name=loai]").input_value() == "CONSUMER"


def test_a_webhook_is_set_renewed_tried_again_and_removed(world, desk):
    def kept(client: str = "he-thong-xem") -> Webhook | None:
        return webhooks.find(world.desk.db, client_id=client)

    desk.quiet = False  # an address inside is refused
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/he-thong/he-thong-xem")
    for address, refused in (("https://10.0.0.1/", "mạng riêng"), ("http://8.8.8.8/", "https")):
        page.get_by_label("Địa chỉ", exact=True).fill(address)
        page.get_by_role("button", name="Đặt webhook").click()
        expect(page.locator(".refusal")).to_contain_text(refused)
        assert page.get_by_label("Địa chỉ", exact=True).input_value() == address
    assert kept() is None
    page.get_by_label("Địa chỉ", exact=True).fill("https://8.8.8.8/bao")
    page.get_by_role("button", name="Đặt webhook").click()
    first, keys = page.locator(".secret").inner_text(), world.services.number_keys
    assert first == webhooks.secret(keys, "he-thong-xem", 1)
    page.goto(f"{world.url}/en/administration/clients/he-thong-xem")
    assert first not in page.content(), "told once"
    expect(page.locator("#webhook ~ .chip")).to_have_text("In use")
    expect(page.locator("section:has(#webhook) .facts")).to_contain_text("no message yet")
    page.get_by_label("Address", exact=True).fill("https://1.1.1.1/bao")
    page.get_by_role("button", name="Change the address").click()
    expect(page.locator("section:has(#webhook) .facts")).to_contain_text("https://1.1.1.1/bao")
    assert page.locator(".secret").count() == 0, "the consumer has it"
    page.locator("summary", has_text="Renew the secret").click()
    page.get_by_role("button", name="Make a new secret").click()
    assert page.locator(".secret").inner_text() == webhooks.secret(keys, "he-thong-xem", 2) != first
    assert (kept().url, kept().key_no) == ("https://1.1.1.1/bao", 2)
    page.locator("summary", has_text="Remove the webhook").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator("section:has(#webhook) .empty")).to_be_visible()
    assert kept() is None
    # One that was given up tells since when and why, and is tried again where it was.
    page.goto(f"{world.url}/quan-tri/he-thong/he-thong-bao")
    expect(page.locator("#webhook ~ .chip")).to_have_text("Đã thôi gửi")
    expect(page.locator("section:has(#webhook) .facts")).to_contain_text("không trả lời trong 5 giây")
    page.get_by_role("button", name="Gửi lại tới địa chỉ này").click()
    expect(page.locator("#webhook ~ .chip")).to_have_text("Đang dùng")
    assert (kept("he-thong-bao").url, kept("he-thong-bao").key_no) == ("https://8.8.8.8/bao", 1)
    with world.desk.db.write() as tx:
        tx.connection.execute(text(officeworld.GIVEN_UP))
    # Who only reads statistics has no change feed to be told of.
    page.goto(f"{world.url}/quan-tri/he-thong/thong-ke-xem")
    assert page.locator("#webhook").count() == 0


def test_a_webhook_is_an_administrators_and_every_change_is_noted(world, caplog):
    said = {"viec": "set-webhook", "dia_chi": "https://8.8.8.8/khac"}
    path, headers = "/quan-tri/he-thong/he-thong-bao", {"Origin": world.url, "Sec-Fetch-Site": "same-origin"}
    others = [role for role in officeworld.NAMES if role is not ADMINISTRATOR]
    for who in (*others, officeworld.APPROVER):
        with httpx.Client(base_url=world.url, cookies={"sid": world.session(who)}, trust_env=False) as person:
            form = person.get("/tai-khoan").text.split('name="ma_bieu_mau" value="')[1].split('"')[0]
            for act in ("set-webhook", "renew-webhook", "remove-webhook"):
                answer = person.post(path, data={**said, "viec": act, "ma_bieu_mau": form}, headers=headers)
                assert answer.status_code == 403, (who, act)
            assert person.get(path).status_code == 403, who
    found = webhooks.find(world.desk.db, client_id="he-thong-bao")
    assert (found.url, found.key_no) == ("https://8.8.8.8/bao", 1)
    sid = world.session(ADMINISTRATOR)
    with httpx.Client(base_url=world.url, cookies={"sid": sid}, headers=headers, trust_env=False) as person:
        form = person.get("/tai-khoan").text.split('name="ma_bieu_mau" value="')[1].split('"')[0]
        answer = person.post(path, data={"viec": "renew-webhook", "ma_bieu_mau": form})
        assert answer.status_code == 200
        assert "whsec_" in answer.text
        [line] = [one.getMessage() for one in caplog.records if "renew-webhook" in one.getMessage()]
        assert "he-thong-bao" in line
        assert world.person(ADMINISTRATOR) in line
        assert "whsec_" not in caplog.text
        # Without a fresh proof nothing is done.
        world.clock.ahead += 11 * 60
        late = person.post(path, data={"viec": "remove-webhook", "ma_bieu_mau": form})
        assert (late.status_code, late.headers["location"].partition("?")[0]) == (303, "/xac-nhan")
    assert webhooks.find(world.desk.db, client_id="he-thong-bao").key_no == 2
