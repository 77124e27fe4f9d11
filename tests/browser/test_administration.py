"""The administrator's day: agreements by two persons, clients, offices, people, thresholds, the queue, the sandbox's moods."""

from __future__ import annotations

import json

import httpx
import officeworld
import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import expect

from landdata.flows import agreements, alerts, clients, coverage_rules, jobs, people
from landdata.model.agreements import AgreementState
from landdata.model.jobs import Promise
from landdata.model.people import FRESH, Role
from landdata.model.terms import terms_of
from landdata.store.jobs import Taken
from landdata.store.queue import enqueue

pytestmark = pytest.mark.browser

ADMINISTRATOR = Role.ADMINISTRATOR
CODE = "TT/2026 số 1"


@pytest.fixture(scope="module")
def world(house):
    officeworld.to_administer(house)
    house.approver()
    jobs.keep(house.desk.db, [Promise("seal", 120, "niêm phong", "sealed", "* * * * *", "seal")])
    return house


def test_an_agreement_is_drafted_by_one_and_put_in_force_by_another(world, desk, axe):
    desk.quiet = False  # a draft without fields is refused
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/thoa-thuan")
    page.get_by_role("link", name="Soạn thỏa thuận mới").click()
    for label, said in (
        ("Số thỏa thuận", CODE), ("Mục đích", "Tra cứu cư trú"), ("Căn cứ pháp lý", "Luật Cư trú 2020"),
        ("Mã thủ tục", "CU-TRU-01, CU-TRU-02"), ("Mã cơ quan", "CA-24"), ("Từ ngày", "1/1/2026"),
        ("Số công dân mỗi ngày", "500"), ("Chỉ các đơn vị", "2025:province:24"),
        ("Lý do (được giữ mãi)", "Công văn 12"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(said)
    page.get_by_label("Hệ thống của bên khai thác").select_option("he-thong-xem")
    quota = page.get_by_label("Số công dân mỗi ngày")
    quota.fill("nhiều")
    page.get_by_role("button", name="Gửi dự thảo").click()
    expect(page.locator(".refusal")).to_contain_text("“nhiều” không phải là số")
    expect(page.locator("[aria-invalid]")).to_have_attribute("name", "han_muc")  # which of fourteen fields it is
    quota.fill("500")
    page.get_by_role("button", name="Gửi dự thảo").click()
    expect(page.locator(".refusal")).to_contain_text("18")  # no field was chosen
    assert page.get_by_label("Số công dân mỗi ngày").input_value() == "500"
    for number in ("1.", "4."):
        page.locator(".eighteen label", has_text=number).first.locator("input").check()
    page.get_by_role("button", name="Gửi dự thảo").click()
    page.wait_for_url("**/quan-tri/thoa-thuan/xem?so=*")
    expect(page.locator("h1")).to_have_text(CODE)
    expect(page.locator("#cho ~ .chip, .card-head .chip").first).to_have_text("Chờ người thứ hai")
    assert page.locator(".eighteen li:not(.shut)").count() == 2
    # Who drafts it is not asked whether it may be.
    assert page.get_by_text("Duyệt", exact=True).count() == 0
    assert axe(page) == []
    second = officeworld.approver_at(desk, world, "/quan-tri")
    second.get_by_role("link", name=CODE).click()
    second.locator("summary", has_text="Duyệt").click()
    second.locator("#o-ly_do-approve").fill("đủ căn cứ")
    second.get_by_role("button", name="Duyệt").click()
    expect(second.locator(".card-head .chip")).to_have_text("Đang có hiệu lực")
    [version] = agreements.show(world.desk.db, code=CODE).versions
    assert (version.state, version.drafted_by, version.approved_by, version.terms.daily_quota) == (
        AgreementState.ACTIVE, world.person(ADMINISTRATOR), officeworld.APPROVER, 500,
    )  # fmt: skip
    assert [(one.code, one.level) for one in version.terms.units] == [("24", "province")]
    page.reload()
    page.locator("summary", has_text="Tạm dừng").click()
    page.locator("#o-ly_do-suspend").fill("sự cố")
    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.locator(".card-head .chip")).to_have_text("Tạm dừng")
    expect(page.locator("tbody tr").first).to_contain_text("sự cố")


def test_what_was_turned_down_is_shown_with_why_mended_and_handed_in_again(world, desk, axe):
    code, terms = "TT/2026 số 9", {
        "client_id": "he-thong-xem", "purpose": "Đối chiếu hộ khẩu", "legal_ground": "Luật Cư trú", "fields": ("area_m2",),
        "service_codes": ("CU-TRU-01",), "agency_codes": ("CA-24",), "daily_quota": 700, "valid_from": officeworld.DAY,
        "units": [{"division": "2023", "level": "province", "code": "24"}],
    }  # fmt: skip
    administrator = world.person(ADMINISTRATOR)
    agreements.draft(
        world.desk.db, code=code, terms=terms_of(officeworld.said(terms)), by=administrator, reason="công văn 9"
    )
    second = officeworld.approver_at(desk, world, "/cho-duyet")
    second.get_by_role("link", name=code).click()
    expect(second.locator(".facts")).to_contain_text("Tỉnh Bắc Giang (24, phân chia 2023)")  # since 2025 another has it
    second.locator("summary", has_text="Trả lại").click()
    second.locator("#o-ly_do-reject").fill("thiếu điều khoản")
    second.get_by_role("button", name="Trả lại").click()
    expect(second.locator(".card-head .chip")).to_have_text("Bị trả lại")
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/thoa-thuan")
    expect(page.locator("tbody tr", has_text=code)).to_contain_text("Bị trả lại")
    page.goto(f"{world.url}/quan-tri")
    page.locator("#tra + ul").get_by_role("link", name=code).click()
    expect(page.locator("main")).to_contain_text("thiếu điều khoản")
    expect(page.locator(".facts")).to_contain_text("Đối chiếu hộ khẩu")
    assert axe(page) == []
    page.get_by_role("link", name="Sửa và gửi lại").click()
    assert page.get_by_label("Số công dân mỗi ngày").input_value() == "700"
    page.get_by_label("Căn cứ pháp lý").fill("Luật Cư trú 2020, điều 20")
    page.get_by_label("Lý do (được giữ mãi)").fill("bổ sung điều khoản")
    page.get_by_role("button", name="Gửi dự thảo").click()
    expect(page.locator(".card-head .chip")).to_have_text("Chờ người thứ hai")
    [_, again] = agreements.show(world.desk.db, code=code).versions
    assert (again.terms.legal_ground, again.terms.daily_quota) == ("Luật Cư trú 2020, điều 20", 700)
    agreements.approve(world.services.pools.admin, code=code, by="minh", reason="đủ")
    agreements.amend(
        world.desk.db, code=code, said=officeworld.said({"daily_quota": 9000}), by=administrator, reason="nhiều"
    )
    agreements.reject(world.desk.db, code=code, by="minh", reason="quá nhiều")
    page.reload()  # what is in force stays, and what was wanted beside it is not lost
    expect(page.locator(".card-head .chip")).to_have_text(["Bị trả lại", "Đang có hiệu lực"])
    agreements.end(world.desk.db, code=code, by="minh", reason="thôi")
    page.reload()
    expect(page.locator(".card-head .chip")).to_have_text("Đã kết thúc")
    expect(page.locator(".facts")).to_contain_text("Đối chiếu hộ khẩu")
    assert page.get_by_role("link", name="Sửa và gửi lại").count() == 0, "its number is used up"


def test_nobody_approves_the_own_draft_whatever_is_sent(world):
    """The page offers no such button; a form that is made by hand is refused all the same."""
    second = officeworld.APPROVER
    agreements.amend(
        world.desk.db, code="TT-XEM", said=officeworld.said({"daily_quota": 3000}), by=second, reason="thử"
    )
    for who, path, status in (
        (second, "duyet", 422),
        (world.person(ADMINISTRATOR), "duyet", 403),
        (world.person(Role.INSPECTOR), "buoc", 403),
    ):
        found = officeworld.posted(world, who, f"/quan-tri/thoa-thuan/{path}", so="TT-XEM", buoc="approve")
        assert found == status, (who, path)
    [waiting] = [
        one for one in agreements.show(world.desk.db, code="TT-XEM").versions if one.state is AgreementState.DRAFT
    ]
    assert waiting.approved_by is None
    # Another does, as the pages' own role: the version before it ends, and who watches its citizens goes on.
    agreements.approve(world.services.pools.admin, code="TT-XEM", by="minh", reason="đủ căn cứ")
    states = [one.state for one in agreements.show(world.desk.db, code="TT-XEM").versions]
    assert (states[-1], states.count(AgreementState.ACTIVE)) == (AgreementState.ACTIVE, 1)


def test_a_client_is_registered_by_public_keys_and_no_secret_is_shown(world, desk):
    desk.quiet = False  # a private key is refused
    page = desk.signed_in(world, ADMINISTRATOR, "/en/administration/clients")
    key = ECKey.generate_key("P-256", auto_kid=True)
    page.get_by_label("Client id").fill("may-chu-moi")
    page.get_by_label("Office", exact=True).select_option("C06")
    page.get_by_label("Public keys (JWKS)").fill(json.dumps(key.as_dict(private=True)))
    page.locator("label", has_text="land.residency.read").locator("input").check()
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".refusal")).to_contain_text("private key")
    page.get_by_label("Public keys (JWKS)").fill(json.dumps({"keys": [key.as_dict(private=False)]}))
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/clients/may-chu-moi")
    expect(page.locator(".said")).to_contain_text(str(key.kid))
    # Changed without a gap: the new key beside the old one, then the old one ends; the last cannot.
    other = ECKey.generate_key("P-256", auto_kid=True)
    assert page.get_by_role("button", name="End it").count() == 0
    page.get_by_label("Public keys (JWKS)").fill(json.dumps(other.as_dict(private=False)))
    page.get_by_role("button", name="Add the key").click()
    expect(page.locator(".keys > li")).to_have_count(2)
    page.locator(".keys summary", has_text=str(key.kid)).click()
    page.get_by_role("button", name=f"End it {key.kid}").click()
    expect(page.locator(".keys > li")).to_have_count(1)
    expect(page.locator(".keys")).to_contain_text(str(other.kid))
    page.locator("#pham-vi ~ form label", has_text="land.statistics.read").locator("input").check()
    page.get_by_role("button", name="Change the scopes").click()
    expect(page.locator("#biet")).to_be_visible()
    found = next(one for one in clients.list_clients(world.desk.db) if one.client_id == "may-chu-moi")
    assert (found.scopes, [one["kid"] for one in found.jwks["keys"]]) == (
        {"land.residency.read", "land.statistics.read"}, [other.kid],
    )  # fmt: skip
    page.get_by_role("button", name="Stop this client").click()
    expect(page.locator(".card-head .chip")).to_have_text("Off")
    found = next(one for one in clients.list_clients(world.desk.db) if one.client_id == "may-chu-moi")
    assert not found.enabled
    page.goto(f"{world.url}/quan-tri/khoa")
    expect(page.locator("tbody tr", has_text="number-index")).to_contain_text("Đang dùng")
    for file in world.services.settings.key_folder.glob("*.key"):
        assert file.read_text(errors="ignore").split()[-1] not in page.content()


def test_a_secret_of_a_reader_of_statistics_is_told_once_and_changed(world, desk, axe):
    def kept() -> tuple[bytes, ...]:
        return next(one for one in clients.list_clients(world.desk.db) if one.client_id == "toa-soan").secret_digests

    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/he-thong")
    page.get_by_label("Mã hệ thống").fill("toa-soan")
    page.get_by_label("Cơ quan", exact=True).select_option("C06")
    page.get_by_label("Cách chứng minh").select_option("client_secret_basic")
    page.get_by_role("button", name="Đăng ký").click()
    first = page.locator(".secret").inner_text()
    assert kept() == (clients.digest_of(first),)
    assert axe(page) == []
    page.goto(f"{world.url}/quan-tri/he-thong/toa-soan")
    assert first not in page.content(), "told once"
    page.get_by_role("button", name="Tạo mật khẩu mới").click()
    second = page.locator(".secret").inner_text()
    assert kept() == (clients.digest_of(second), clients.digest_of(first))
    page.get_by_role("button", name="Bỏ mật khẩu cũ").click()
    expect(page.get_by_role("button", name="Bỏ mật khẩu cũ")).to_have_count(0)
    assert kept() == (clients.digest_of(second),)


def test_people_are_invited_given_roles_and_helped_by_somebody_else(world, desk):
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/can-bo")
    page.get_by_label("Tên đăng nhập").fill("tran.thi.moi")
    page.get_by_label("Họ tên").fill("Trần Thị Mới")
    page.get_by_label("Cơ quan").select_option("MAE")
    page.get_by_role("button", name="Mời").click()
    code = page.locator(".secret").inner_text()
    assert len(code) > 8
    page.goto(f"{world.url}/quan-tri/can-bo/tran.thi.moi")
    assert code not in page.content(), "told once"
    page.locator("#o-vai_tro").select_option("INSPECTOR")
    page.locator("#o-ly_do").fill("quyết định 7")
    page.get_by_role("button", name="Cấp").click()
    expect(page.locator("#vai + ul")).to_contain_text("Thanh tra")
    page.locator("summary", has_text="Khóa tài khoản").click()
    page.locator("#o-disable-").fill("nghỉ việc")
    page.get_by_role("button", name="Khóa", exact=True).click()
    expect(page.locator("#ai + dl")).to_contain_text("Đã khóa")
    [made] = [one for one in people.every(world.desk.db) if one.login == "tran.thi.moi"]
    assert (made.disabled, made.roles) == (True, (Role.INSPECTOR,))
    page.goto(f"{world.url}/quan-tri/can-bo/{world.person(ADMINISTRATOR)}")
    assert page.locator("main form").count() == 0, "nobody changes the own account"


def test_a_land_office_is_registered_with_its_provinces(world, desk):
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/co-quan")
    for label, said in (("Mã", "LO-38"), ("Tên tiếng Việt", "Văn phòng Thanh Hóa"), ("Mã các tỉnh phụ trách", "38")):
        page.get_by_label(label, exact=True).fill(said)
    page.get_by_role("button", name="Đăng ký").click()
    expect(page.locator("tbody tr", has_text="LO-38")).to_contain_text("Văn phòng Thanh Hóa")
    assert world.desk.scalar(
        "SELECT count(*) FROM sync.source JOIN org.office USING (office_id) WHERE code = 'LO-38'"
    ) == 1  # fmt: skip


def test_a_form_outlives_the_proof_that_ran_out_while_it_was_filled_in(world, desk):
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/co-quan")
    page.get_by_label("Mã", exact=True).fill("CQ-7")
    page.get_by_label("Loại").select_option("CONSUMER")
    page.get_by_label("Tên tiếng Việt").fill("Sở Tư pháp “Ữ”")
    world.clock.ahead += FRESH.total_seconds() + 1
    page.get_by_role("button", name="Đăng ký").click()
    page.wait_for_url("**/xac-nhan?**")
    page.get_by_label("Mã trong ứng dụng").fill(world.code(world.person(ADMINISTRATOR)))
    page.get_by_role("button", name="Xác nhận").click()
    page.wait_for_url("**/quan-tri/co-quan")
    expect(page.get_by_role("status")).to_contain_text("điền lại")
    assert page.get_by_label("Tên tiếng Việt").input_value() == "Sở Tư pháp “Ữ”"
    assert page.get_by_label("Loại").input_value() == "CONSUMER"
    page.get_by_role("button", name="Đăng ký").click()
    expect(page.locator("tbody tr", has_text="CQ-7")).to_contain_text("Sở Tư pháp")
    # It went through: nothing of it stands in any form again, and nothing is kept.
    page.reload()
    assert page.get_by_label("Mã", exact=True).input_value() == ""
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_thresholds_change_with_a_reason_and_rungs_from_a_day_to_come(world, desk):
    desk.quiet = False  # a day that has passed is refused
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/nguong")
    page.locator("#canh-bao summary").click()
    page.get_by_label("Quy tắc", exact=True).select_option("REFUSED_SHARE_ROSE")
    page.get_by_label("Ngưỡng mới").fill("12,5")
    page.locator("#canh-bao").get_by_label("Lý do").fill("mùa cao điểm")
    page.get_by_role("button", name="Đổi quy tắc").click()
    page.wait_for_url("**#canh-bao")
    expect(page.locator("#canh-bao .said")).to_contain_text("mùa cao điểm")
    [rule] = [one for one in alerts.thresholds(world.desk.db) if one.code == "REFUSED_SHARE_ROSE"]
    assert rule.threshold == 0.125
    page.locator("#bac summary").click()
    page.locator("#o-bac").select_option("LIVE")
    page.locator("#o-tu").fill("1/1/2020")
    page.locator("#bac").get_by_label("Không cũ hơn (ngày)").fill("20")
    page.locator("#o-ly_do-bac").fill("chặt hơn")
    page.get_by_role("button", name="Thêm phiên bản").click()
    expect(page.locator(".refusal")).to_contain_text("2020-01-01")
    page.locator("#bac summary").click()
    page.locator("#o-tu").fill("1/1/2099")
    page.locator("#o-ly_do-bac").fill("chặt hơn")
    page.get_by_role("button", name="Thêm phiên bản").click()
    expect(page.locator("#bac tbody tr").first).to_contain_text("sắp dùng")
    newest = coverage_rules.every(world.desk.db)[-1]
    assert (newest.rung, newest.terms.within_days, newest.by) == ("LIVE", 20, world.person(ADMINISTRATOR))


def test_a_periodic_job_is_asked_for_once(world, desk):
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/hang-doi")
    row = page.locator("tbody tr", has_text="seal")
    row.get_by_role("button").click()
    expect(row.locator("td").first).to_have_text("1")
    assert row.get_by_role("button").count() == 0


def test_a_job_given_up_is_tried_again_from_the_queue(world, desk):
    db = world.desk.db
    jobs.keep(db, [jobs.show(db, "seal").promise, Promise("withdraw", 3600, "đã rút lại", "is withdrawn")])
    with db.write() as tx:
        enqueue(tx, task="withdraw", lock=None, once=None, delivery_uid="a")
    queue_id = world.desk.scalar("SELECT max(id) FROM procrastinate_jobs")
    with (
        pytest.raises(OSError, match="disk"),
        jobs.noted(db, Taken("withdraw", queue_id, 10, "x/1"), again=lambda _: False),
    ):
        raise OSError("disk")
    with db.write() as tx:
        tx.connection.exec_driver_sql(f"UPDATE procrastinate_jobs SET status = 'failed' WHERE id = {queue_id}")
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/hang-doi")
    row = page.locator("#hong ~ .scroll tbody tr", has_text="withdraw")
    expect(row).to_contain_text("OSError")
    row.get_by_role("button").click()
    expect(row).to_be_visible()
    assert row.get_by_role("button").count() == 0, "asked once"
    assert world.desk.scalar(f"SELECT status FROM procrastinate_jobs WHERE id = {queue_id}") == "todo"


def test_a_form_without_a_fresh_proof_leads_to_it(world, desk):
    page = desk.signed_in(world, ADMINISTRATOR, "/quan-tri/he-thong")
    world.clock.ahead += 11 * 60
    page.goto(f"{world.url}/quan-tri/thoa-thuan/xem?so=TT-XEM")
    assert page.locator("main form").count() == 0
    # A form that stood open in another window is not taken either.
    form = page.locator("input[name=ma_bieu_mau]").first.get_attribute("value")
    sid = next(one["value"] for one in page.context.cookies() if one["name"] == "sid")
    headers = {"Origin": world.url, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=world.url, cookies={"sid": sid}, headers=headers, trust_env=False) as late:
        for path in (
            "he-thong",
            "co-quan",
            "can-bo",
            "nguong",
            "hang-doi",
            "mo-phong",
            "thoa-thuan/buoc",
            "nguong/bac",
        ):
            answer = late.post(f"/quan-tri/{path}", data={"ma_bieu_mau": form})
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/xac-nhan"), path
    page.get_by_role("link", name="Xác nhận là bạn").click()
    page.locator("#o-ma").fill(world.code(world.person(ADMINISTRATOR)))
    page.get_by_role("button", name="Xác nhận").click()
    page.wait_for_url("**/quan-tri/thoa-thuan/xem?so=TT-XEM")
    assert page.locator("main form").count() >= 1
