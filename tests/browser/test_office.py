"""A land office's day on the pages: hand a file in, watch the checks, read the result, get rows back, decide, clear a case."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from landworld import COMMUNES, Desk, geojson, row
from playwright.sync_api import expect

from landdata.model.people import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def _read_here() -> Iterator[None]:
    """Read files in this process when the desk works them off: a child for each costs seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
        yield


@pytest.fixture(scope="module")
def world(office_day):
    """Deliveries in every state, and a case."""
    return office_day


def test_a_file_is_handed_in_by_keyboard_and_watched_to_its_end(house, world, desk, axe):
    page = desk.signed_in(house, Role.LAND_OFFICER, "/nop-du-lieu")
    page.on("filechooser", lambda _: None)  # the browser is told well before the key that opens it
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.locator("#o-effective_on").fill("28/3/2023")
    page.locator("#o-file").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(
        {"name": "bàn phím.geojson", "mimeType": "application/geo+json", "buffer": geojson([row(COMMUNES[7], 1)])}
    )
    expect(page.locator("#o-ten")).to_contain_text("bàn phím.geojson")
    page.locator("#o-gui").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lan-nop/*")
    expect(page.locator("h1")).to_have_text("bàn phím.geojson")
    expect(page.locator(".stages .now")).to_contain_text("chờ tới lượt")
    expect(page.locator("#con-lai")).to_have_text(re.compile("Tới lượt kế tiếp|Trước nó còn \\d+ lần nộp"))
    assert axe(page) == []
    uid = page.url.rpartition("/")[2]
    worker = threading.Thread(target=house.desk.work, args=(uid,))
    worker.start()
    expect(page.locator("#ket-qua")).to_be_focused(timeout=30_000)
    worker.join(30)
    expect(page.locator(".balance dd").first).to_have_text("1")
    expect(page.locator(".page-head .chip")).to_have_text("Đã công bố")
    expect(page.locator(".eyebrow")).to_contain_text(house.person(Role.LAND_OFFICER))


def test_a_wrong_file_is_refused_before_anything_is_sent(house, world, desk):
    page = desk.signed_in(house, Role.LAND_OFFICER, "/en/deliver")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.locator("#o-file").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    expect(page.locator("#o-file-loi")).to_contain_text("cannot be read")
    assert page.locator("#o-file").get_attribute("aria-invalid") == "true"
    page.locator("#o-gui").click()
    expect(page.locator("#o-file")).to_be_focused()
    assert "POST" not in sent


def test_an_upload_tells_how_far_it_is_and_can_be_cancelled(house, world, desk):
    page = desk.signed_in(house, Role.LAND_OFFICER, "/nop-du-lieu")
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => told.push(document.querySelector('#o-noi').textContent))
            .observe(document.querySelector('#o-noi'), {childList: true}); }"""
    )
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 600_000}
    wire.send("Network.emulateNetworkConditions", speed)
    page.locator("#o-file").set_input_files(
        {"name": "lớn.geojson", "mimeType": "application/geo+json", "buffer": b" " * 3_000_000}
    )
    page.locator("#o-gui").click()
    expect(page.locator("#o-thanh")).to_be_visible()
    page.wait_for_function("() => document.querySelector('#o-thanh').value >= 25")
    expect(page.locator("#o-bao-nhieu")).to_contain_text("MB")
    page.locator("#o-huy").click()
    expect(page.locator("#dang-tai")).to_be_hidden()
    expect(page.locator("#o-gui")).to_be_focused()
    assert len(page.evaluate("() => told")) <= 9
    assert page.url.endswith("/nop-du-lieu")


@pytest.fixture
def _resumable(monkeypatch) -> None:
    """Small steps, and few bytes count as many."""
    monkeypatch.setattr("api.web.upload.RESUMABLE_BYTES", 500_000)
    monkeypatch.setattr("landdata.flows.uploads.STEP_BYTES", 50_000)


@pytest.mark.usefixtures("_resumable")
def test_an_upload_goes_on_by_itself_after_a_cut_and_on_request_after_the_page_was_closed(house, world, desk, tmp_path):
    desk.quiet = False  # the browser reports lost connections on the console
    page = desk.signed_in(house, Role.LAND_OFFICER, "/nop-du-lieu")
    page.on("dialog", lambda dialog: dialog.accept())
    large = tmp_path / "lớn và đứt.geojson"
    large.write_bytes(geojson([row(COMMUNES[11], 1)]) + b" " * 3_000_000)
    offsets = []
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => told.push(document.querySelector('#o-noi').textContent))
            .observe(document.querySelector('#o-noi'), {childList: true}); }"""
    )
    page.on(
        "request",
        lambda request: offsets.append(int(request.headers["upload-offset"])) if request.method == "PATCH" else None,
    )
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 600_000}

    def choose() -> None:
        wire.send("Network.emulateNetworkConditions", speed)
        page.locator("#o-file").set_input_files(large)
        page.locator("#o-gui").click()

    page.locator("summary").click()
    page.locator("#o-effective_on").fill("28/3/2023")
    choose()
    page.wait_for_function("() => document.querySelector('#o-thanh').value >= 20")
    house.cut()
    page.wait_for_function("() => told.some((one) => one.includes('tự gửi tiếp'))")
    page.wait_for_function("() => document.querySelector('#o-thanh').value >= 30", timeout=60_000)
    wire.send("Network.emulateNetworkConditions", {**speed, "uploadThroughput": 20_000})
    page.reload()
    expect(page.locator("#con-do-loi")).to_contain_text("lớn và đứt.geojson")
    assert page.locator("#o-effective_on").input_value() == "28/3/2023"
    choose()
    page.wait_for_url("**/lan-nop/*", timeout=60_000)
    expect(page.locator("h1")).to_have_text("lớn và đứt.geojson")
    assert offsets[0] == 0
    assert len(offsets) >= 2
    assert offsets == sorted(offsets)
    assert offsets[1] > 100_000
    uid = page.url.rpartition("/")[2]
    house.desk.work(uid)
    assert house.desk.view(UUID(uid)).ledger[0].rows_read == 1
    page.goto(f"{house.url}/nop-du-lieu")
    expect(page.locator("#con-do")).to_be_hidden()


def test_without_scripts_a_file_is_handed_in_and_found_again(house, world, desk):
    page = desk.signed_in(house, Role.LAND_OFFICER, "/en/deliver", java_script_enabled=False)
    page.locator("#o-file").set_input_files(
        {"name": "no script.geojson", "mimeType": "application/geo+json", "buffer": geojson([row(COMMUNES[8], 1)])}
    )
    page.locator("summary").click()
    page.locator("#o-effective_on").fill("28 Mar 2023")
    page.locator("#o-gui").click()
    expect(page.locator("h1")).to_have_text("no script.geojson")
    uid = page.url.rpartition("/")[2]
    house.desk.work(uid)
    page.goto(page.url)
    expect(page.locator(".page-head .chip")).to_have_text("Published")
    page.goto(f"{house.url}/en/deliveries")
    expect(page.locator("tbody th").first).to_have_text("no script.geojson")


def test_what_the_service_refuses_is_told_on_the_form(house, world, desk):
    desk.quiet = False  # the browser reports the status 422 on the console
    page = desk.signed_in(house, Role.LAND_OFFICER, "/nop-du-lieu")
    page.locator("summary").click()
    page.locator("#o-communes").fill("99999")
    page.locator("#o-effective_on").fill("28/3/2023")
    page.locator("#o-file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    page.locator("#o-gui").click()
    expect(page.locator("#o-file-loi")).to_contain_text("99999")
    page.locator(".more-settings summary").click()
    expect(page.locator("#o-communes")).to_be_hidden()
    page.locator("#o-gui").click()
    expect(page.locator("#o-communes")).to_be_visible()  # what is to be mended is in sight
    expect(page.locator("#dang-tai")).to_be_hidden()


def test_the_result_says_what_is_wrong_where_and_how_to_mend_it(house, world, desk):
    page = desk.signed_in(house, Role.LAND_OFFICER, f"/lan-nop/{world.published}")
    expect(page.locator(".balance dd")).to_have_text(["12", "11", "0", "0", "0", "1"])
    assert "VALUE_MISSING" in page.locator(".findings").inner_text()
    expect(page.locator(".findings .mend").first).to_contain_text("Cách sửa")
    parcel = page.locator(".places a", has_text="thửa 5").first
    expect(parcel).to_be_visible(timeout=30_000)
    parcel.click()
    target = page.locator(".fault:target")
    expect(target).to_have_count(1)
    assert page.locator(".near").first.get_attribute("d")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải hồ sơ bị trả lại").click()
    assert download.value.suggested_filename == "đợt 1-tra-lai.geojson"
    [one] = json.loads(download.value.path().read_text(encoding="utf-8"))["features"]
    assert one["properties"]["parcel_number"] == 5


def test_a_second_person_agrees_with_a_fresh_proof(house, world, desk):
    clerk = desk.signed_in(house, Role.LAND_OFFICER, f"/lan-nop/{world.waiting}")
    assert clerk.get_by_role("button", name="Đồng ý công bố").count() == 0
    page = desk.signed_in(house, Role.SECOND_APPROVER, f"/lan-nop/{world.waiting}")
    house.clock.ahead += 660
    page.reload()
    page.get_by_role("link", name="Xác nhận là bạn để duyệt").click()
    page.locator("#o-ma").fill(house.code(house.person(Role.SECOND_APPROVER)))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/lan-nop/{world.waiting}")
    page.locator("#o-ly_do").fill("đã đối chiếu sổ địa chính")
    page.get_by_role("button", name="Trả lại").click()
    expect(page.locator("#kiem-tra")).to_be_visible()
    house.desk.work(world.waiting)
    expect(page.locator(".said")).to_contain_text("đã đối chiếu sổ địa chính", timeout=15_000)
    assert house.desk.view(world.waiting).state != "WAITING"


def test_nobody_approves_what_they_handed_in(house, world, desk):
    """Who delivered as a clerk, and was made an approver since, still has to leave it to another."""
    login = house.person(Role.SECOND_APPROVER)
    uid = house.send_as(login, geojson([row(COMMUNES[9], number) for number in range(1, 41)]), "của tôi.geojson")
    house.desk.work(uid)
    mine = house.send_as(login, geojson([row(COMMUNES[9], 1)]), "của tôi 2.geojson")
    house.desk.work(mine)
    assert house.desk.view(mine).state == "WAITING"
    page = desk.signed_in(house, Role.SECOND_APPROVER, f"/lan-nop/{mine}")
    expect(page.get_by_text("Bạn đã nộp lần này")).to_be_visible()
    assert page.locator("#o-ly_do").count() == 0


def test_a_withdrawal_says_what_it_restores(house, world, desk):
    uid = house.desk.deliver([row(COMMUNES[10], 1), row(COMMUNES[10], 2)], file_name="rút.geojson").delivery_uid
    page = desk.signed_in(house, Role.SECOND_APPROVER, f"/en/deliveries/{uid}")
    expect(page.get_by_text("Restores exactly what was there before")).to_contain_text("from 2 back to 0")
    page.locator("#o-ly_do_rut").fill("sent by mistake")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("is being carried out")).to_be_visible()


def test_a_case_is_decided_with_its_evidence(house, world, desk, axe):
    desk.quiet = False  # the browser reports the status 422 on the console
    page = desk.signed_in(house, Role.MATCHING_CLERK, "/doi-chieu")
    page.locator("tbody a", has_text="Trần Văn Ân").click()
    expect(page.locator(".facts")).to_contain_text("024070000001")
    page.locator("summary", has_text="Xác nhận đúng người").click()
    page.locator("#o-vi-CONFIRM").fill("số 024070000001 là của ông Ân")
    page.locator("#o-vb-CONFIRM").fill("Biên bản 15/BB")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("số định danh")
    assert page.locator("#o-vb-CONFIRM").input_value() == "Biên bản 15/BB"
    page.locator("#o-vi-CONFIRM").fill("đã xem bản gốc")
    page.keyboard.press("Enter")
    expect(page.locator(".rulings .chip").first).to_have_text("Chờ người thứ hai")
    assert axe(page) == []
    second = desk.signed_in(house, Role.SECOND_APPROVER, page.url.removeprefix(house.url))
    second.locator(".rulings input[name=ly_do]").first.fill("đồng ý")
    second.get_by_role("button", name="Duyệt", exact=True).click()
    expect(second.locator(".rulings .chip").first).to_have_text("Đang có hiệu lực")
