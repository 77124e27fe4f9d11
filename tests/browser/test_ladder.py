"""The pages of the ladder and of why a figure moved: who is told what, figures that add up, look, use without JavaScript."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pytest
from playwright.sync_api import expect

from landdata.model.people import Role

pytestmark = pytest.mark.browser

MARCH = "ngay=2023-03-28"
SPAN = f"tu=2022-09-01&{MARCH}"
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def ask(nation):
    """The text at an address, as somebody with a role sees it."""
    sessions = {role: nation.session(role) for role in (Role.MINISTRY_VIEWER, Role.LAND_OFFICER)}

    def asked(path: str, role: Role | None = None) -> str:
        cookies = {"sid": sessions[role]} if role else {}
        answer = httpx.get(nation.url + path, cookies=cookies, timeout=60, trust_env=False)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode("utf-8-sig")

    return asked


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_is_shown_the_rungs_that_the_api_shows(ask):
    own, other = f"{MARCH}&dv=24", f"{MARCH}&dv=01"
    for query, role, many in (
        (MARCH, None, 3),
        (own, None, 3),
        (other, Role.MINISTRY_VIEWER, 9),
        (own, Role.LAND_OFFICER, 9),
        (other, Role.LAND_OFFICER, 3),
    ):
        html = ask(f"/bac-thang?{query}&sap=khop", role)
        assert len(re.findall(r'data-rung="', html)) == many, (query, role)
        assert ("6 bậc nữa" in html) == (many == 3)
        if query != MARCH:
            assert len({row["Rung"] for row in rows(ask(f"/en/ladder.csv?{query}", role))}) == many


def test_figures_of_units_add_up_to_those_above_and_lead_to_the_commune(desk, ask, nation):
    page = desk.signed_in(nation, Role.MINISTRY_VIEWER, f"/en/ladder?{MARCH}")
    assert page.locator("[data-rung=CONNECTED] .rung-units b").first.inner_text() == "4,829"
    for below in (63, 10, None):
        table = rows(ask(f"/en/ladder.csv?{page.url.split('?')[1]}", Role.MINISTRY_VIEWER))
        for rung in ("CONNECTED", "MATCHED", "USED"):
            own, *units = [row for row in table if row["Rung"] == rung]
            assert below is None or len(units) == below
            for name in ("Communes (at least)", "Parcels (at least)", "Numerator"):
                assert int(own[name] or 0) == sum(int(row[name] or 0) for row in units), (rung, name)
            assert own["Formula"]
        link = page.locator("tbody th a").first
        name = link.inner_text()
        link.click()
        expect(page.locator("h1")).to_contain_text(name)
    assert page.locator(".crumbs li").count() == 4
    assert page.locator("[data-rung=CONNECTED] .chip").inner_text() == "Stands"
    assert page.locator("tbody tr").count() == 0


def test_no_basis_is_said_and_a_rung_sorts_without_javascript(desk, nation):
    path = "/bac-thang?ngay=2022-12-25&dv=01"
    page = desk.signed_in(nation, Role.MINISTRY_VIEWER, path, java_script_enabled=False)
    assert "Không có cơ sở" in page.locator("[data-rung=MATCHED]").inner_text()
    assert page.locator("[data-rung=CONNECTED] .rung-units b").count() == 2
    page.locator("#ngay").fill("28/3/2023")
    page.locator(".day button").click()
    assert "ngay=2023-03-28" in page.url
    assert page.locator(".rung-nothing").count() == 0
    page.get_by_role("columnheader", name="Sạch").get_by_role("link").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Sạch")
    shares = [int(one.rstrip("%")) for one in page.locator("tbody tr td:nth-child(8) .rung-pct").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("path", [f"/bac-thang?{MARCH}", f"/en/why?{SPAN}"])
def test_paper_says_that_it_is_a_simulation(desk, nation, path):
    page = desk.signed_in(nation, Role.MINISTRY_VIEWER, path)
    page.emulate_media(media="print")
    assert not page.locator(".head-tools").is_visible()
    assert page.get_by_role("note").is_visible()


@pytest.mark.parametrize(
    ("query", "count"), [(SPAN, 171), (f"{SPAN}&dv=40", 5), ("tu=2022-09-01&ngay=2025-08-01&dv=24", 7)]
)
def test_causes_add_up_exactly_for_every_figure(ask, query, count):
    for metric in ("", "&chi_so=thua", "&chi_so=gcn", "&chi_so=nguoi"):
        found = rows(ask(f"/en/why.csv?{query}{metric}"))
        assert metric or len(found) == count
        for end in ("(at least)", "(at most)"):
            change, then = (
                next(key for key in found[0] if key.startswith(one) and end in key) for one in ("Change", "Then")
            )
            assert int(found[0][then]) + sum(int(row[change]) for row in found[1:-1]) == int(found[-1][then]), metric
            assert found[-2][then] == found[-1][then]
    if "dv=24" in query:  # across 1 July 2025 the code has another meaning
        assert "Units rearranged" in {row["Cause"] for row in found}
        assert "Tỉnh Bắc Giang → Tỉnh Bắc Ninh" in ask(f"/vi-sao?{query}")


def test_whose_a_delivery_was_is_told_to_the_ministry_only(ask):
    for path in (f"/vi-sao?{SPAN}", f"/vi-sao.csv?{SPAN}"):
        assert not UID.search(ask(path))
        assert not UID.search(ask(path, Role.LAND_OFFICER))  # another office's
        assert UID.search(ask(path, Role.MINISTRY_VIEWER))
        assert not UID.search(ask(path))  # nor is what the ministry saw kept for all


def test_differences_lead_to_what_makes_them_up(desk):
    page = desk.open(f"/?{MARCH}")
    shown = page.locator("[data-tile=commune] .tile-value span").first.inner_text()
    gained = page.locator("[data-tile=commune] .tile-change b").inner_text()
    page.locator("[data-tile=commune] .why").click()
    expect(page.locator("[data-tile=end] .tile-value")).to_have_text(shown)
    assert page.locator("[data-tile=added] .tile-value").inner_text() == gained
    page.goto(f"/so-sanh?tu=2022-10-01&{MARCH}")
    cell = page.locator("tbody tr").first.locator(".parcels .why")
    gained = cell.inner_text().split()[-1]
    cell.click()
    assert page.locator("[data-tile=added] .tile-value").inner_text() == gained
    assert page.locator(".which [aria-current]").inner_text() == "Thửa"


def test_a_long_list_has_leaves_that_carry_over(desk):
    page = desk.open("/vi-sao?tu=2022-09-01&ngay=2025-08-01")
    last = page.locator("tbody tr").last.locator(".then").inner_text()
    page.get_by_role("link", name="Trang sau").click()
    page.wait_for_url("**trang=2**")
    expect(page.locator("tbody tr").first.locator(".then")).to_have_text(last)
    expect(page.locator("tbody tr").last).to_contain_text("Cuối cùng")
