"""The developers' pages: read without scripts, tried out against the simulation with a bound token, silent in operation."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import httpx
import pytest
from joserfc.jwk import ECKey
from landworld import AGENCY, DAY, SERVICE
from playwright.sync_api import expect

from landdata.flows import agreements, clients, offices
from landdata.model.clients import RESIDENCY_SCOPES

pytestmark = pytest.mark.browser

LOOKUP = "/nha-phat-trien/post-residency-land-records-lookup"
CLIENT = "sandbox-developer"
LOOKUP_EXAMPLE = re.compile(r'<textarea[^>]*id="t-than"[^>]*>(.*?)</textarea>', re.DOTALL)


@pytest.fixture(scope="module")
def key(house, tmp_path_factory):
    """The private key of a sandbox's client, as the file that a developer picks."""
    made, db = ECKey.generate_key("P-256"), house.desk.db
    offices.register_office(db, code="SANDBOX", kind="CONSUMER", name_vi="Thử", name_en="Try")
    public = {**made.as_dict(private=False), "kid": made.thumbprint()}
    clients.register(db, client_id=CLIENT, office_code="SANDBOX", jwks={"keys": [public]}, scopes=RESIDENCY_SCOPES)
    agreements.sign(
        db, code="THU", client_id=CLIENT, purpose="thử", legal_ground="không", service_codes=[SERVICE],
        agency_codes=[AGENCY], valid_from=DAY, drafted_by="lan", approved_by="minh", daily_quota=10,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("key") / "sandbox-developer.jwk"
    path.write_text(json.dumps(made.as_dict(private=True)))
    return path


def test_an_operation_is_found_read_and_its_errors_lead_on(house, desk):
    page = desk.open("/nha-phat-trien", java_script_enabled=False)
    page.locator(".operations a", has_text="land-records:lookup").click()
    expect(page.locator("h1")).to_have_text("Một công dân")
    expect(page.locator("#gui ~ .scroll tbody th", has_text="id_number")).to_be_visible()
    page.locator("summary", has_text="AGREEMENT_MISSING").click()
    page.locator("details[open] a", has_text="Mã này").last.click()
    page.wait_for_url("**/nha-phat-trien/ma-loi#AGREEMENT_MISSING")
    expect(page.locator("tr#AGREEMENT_MISSING")).to_contain_text("403")


def test_an_operation_for_anybody_is_tried(house, desk):
    page = desk.open("/en/developers/get-coverage-units")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#t-ma")).to_contain_text("200 application/json")
    assert '"level": "province"' in page.locator("#t-noi-dung").inner_text()


def test_a_look_up_is_tried_with_a_token_that_stays_in_memory(house, desk, key, axe):
    desk.quiet = False  # the first try has no token
    page = desk.open(LOOKUP)
    body = json.loads(page.locator("#t-than").input_value()) | {"agency_code": AGENCY, "service_code": SERVICE}
    page.locator("#t-than").fill(json.dumps(body))
    page.get_by_role("button", name="Gửi").click()
    expect(page.locator("#t-ma")).to_contain_text("401")
    page.locator("summary", has_text="Token của hệ thống thử").click()
    page.locator("#t-khoa").set_input_files(key)
    page.get_by_role("button", name="Lấy token").click()
    expect(page.locator("#t-token")).to_contain_text("DPoP")
    page.get_by_role("button", name="Gửi").click()
    expect(page.locator("#t-ma")).to_contain_text("200")
    answer = json.loads(page.locator("#t-noi-dung").inner_text())
    assert answer["status"] in {"NOT_COVERED", "NO_RECORD", "UNAVAILABLE"}
    assert answer["simulated"] is True
    assert axe(page) == []
    kept = page.evaluate("() => [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]")
    assert not [one for one in kept if "ey" in one]
    # It was a look-up like any other: it stands in the access log under the sandbox's client.
    assert house.desk.scalar("SELECT count(*) FROM audit.access_event WHERE client_id = 'sandbox-developer'") == 1
    # The same words again are the same question; others are a new one, under an id of their own and never the example's.
    example = json.loads(
        LOOKUP_EXAMPLE.search(httpx.get(house.url + LOOKUP, trust_env=False).text)[1].replace("&#34;", '"')
    )
    told = []
    for changed in ({}, {"case_file_no": "H24-2"}):
        body = json.loads(page.locator("#t-than").input_value())
        if changed:
            page.locator("#t-than").fill(json.dumps(body | changed))
        page.evaluate("() => { document.querySelector('#t-ma').textContent = ''; }")
        page.get_by_role("button", name="Gửi").click()
        expect(page.locator("#t-ma")).to_contain_text("200")
        told.append(json.loads(page.locator("#t-noi-dung").inner_text()))
    assert answer["request_id"] == told[0]["request_id"] != told[1]["request_id"]
    assert example["request_id"] not in {one["request_id"] for one in told}
    page.reload()
    page.locator("summary", has_text="Token của hệ thống thử").click()
    expect(page.locator("#t-token")).to_have_text("")


def test_nothing_is_tried_out_in_operation(house):
    app = house.server.config.app
    before = app.state.services
    app.state.services = replace(before, settings=before.settings.model_copy(update={"simulated": False}))
    try:
        for path in (LOOKUP, "/en/developers/get-coverage-units"):
            said = httpx.get(house.url + path, trust_env=False).text
            assert ("tryout.js" in said, "thu-ngay" in said, "curl" in said) == (False, False, True)
    finally:
        app.state.services = before
    assert "tryout.js" in httpx.get(house.url + LOOKUP, trust_env=False).text
