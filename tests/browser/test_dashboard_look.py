"""How the pages of figures look beyond what holds for every page: other states, the fold, islands, simulation, print."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser

DESK, PHONE = (1366, 768), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
HOMES = pytest.mark.parametrize("home", ["/", "/en/"], ids=["vi", "en"])
MARCH = "ngay=2023-03-28"
PAGES = {
    "country": f"/?{MARCH}",
    "country-2025": f"/en/?{MARCH}&chia=2025",
    "province": f"/?{MARCH}&dv=48",
    "province-2025": "/en/?ngay=2025-09-01&dv=56",
    "district": f"/?{MARCH}&dv=412",
    "compare": f"/so-sanh?tu=2022-10-01&{MARCH}",
    "compare-crossing": "/en/compare?tu=2022-10-01&ngay=2025-08-01&chia=2023",
}
EVERY = pytest.mark.parametrize("path", list(PAGES.values()), ids=list(PAGES))


@pytest.mark.parametrize(
    "path",
    [
        # The states of the home page are looked at in test_every_page.py, too, but for the card of a unit.
        pytest.param(f"/?{MARCH}&chi_so=loi", id="errors", marks=pytest.mark.full),
        pytest.param(f"/?{MARCH}&loc=khongco", id="empty", marks=pytest.mark.full),
        pytest.param(f"/so-sanh?tu=2022-10-01&{MARCH}&loc=khongco", id="empty-compare"),
    ],
)
def test_axe_finds_nothing_serious_in_other_states(desk, axe, path):
    page = desk.open(path)
    page.locator("#ban-do a.unit").first.focus()
    assert page.locator("#the").is_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme


@pytest.mark.parametrize("path", ["/?ngay=31/02/2023", "/so-sanh?tu=xyz", "/?ngay=2025-09-01&dv=27"])
def test_axe_finds_nothing_serious_when_there_is_nothing_to_show(desk, axe, path):
    desk.quiet = False  # the browser reports the status 422 or 404 on the console
    page = desk.open(path)
    if "dv" not in path:
        assert page.get_by_role("alert").is_visible()
        assert page.locator("[aria-invalid=true]").count() > 0
    assert axe(page) == []


@EVERY
def test_on_the_screen_and_on_paper(desk, path):
    page = desk.open(path)
    _above_the_fold(page)
    _says_simulation(page, path)
    page.emulate_media(media="screen", color_scheme="dark")
    _prints(page)


def _above_the_fold(page) -> None:
    """The key figures, and where the map begins."""
    tiles = page.locator(".tile")
    assert tiles.count() == 4
    for index in range(4):
        box = tiles.nth(index).bounding_box()
        assert box["y"] + box["height"] < 420
    assert page.locator("#ban-do").bounding_box()["y"] < 500


@SIZES
@pytest.mark.parametrize(
    "path", [f"/?{MARCH}", f"/?{MARCH}&chia=2025", f"/so-sanh?tu=2022-10-01&{MARCH}"], ids=["2023", "2025", "compare"]
)
def test_archipelagos_are_on_the_map_in_their_province_colour(desk, size, path):
    page = desk.open(path, size)
    for media, scheme in (("screen", "light"), ("screen", "dark"), ("print", "light")):
        page.emulate_media(media=media, color_scheme=scheme)
        for key, province, name in (("hoang-sa", "48", "Hoàng Sa"), ("truong-sa", "56", "Trường Sa")):
            inset = page.locator(f"#khung-{key}")
            assert inset.is_visible()
            assert name in inset.text_content()
            colours = page.evaluate(
                "pair => pair.map(one => getComputedStyle(document.querySelector(one)).fill)",
                [f"#khung-{key} circle", f"#bd-{province} path"],
            )
            assert colours[0] == colours[1]


@pytest.mark.parametrize("day", [MARCH, "ngay=2025-09-01"])
def test_archipelago_stands_beside_its_own_province(desk, day):
    for province, key in (("48", "hoang-sa"), ("56", "truong-sa")):
        page = desk.open(f"/?{day}&dv={province}")
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            assert page.locator(f"#khung-{key}").is_visible()


def _says_simulation(page, path) -> None:
    words = "Simulation: which units" if path.startswith("/en/") else "Mô phỏng: đơn vị nào"
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        assert page.get_by_role("note").get_by_text(words).is_visible()
        assert page.locator("caption").get_by_text(words).is_visible()
        assert page.locator(".sim-chip").count() >= 2


def _prints(page) -> None:
    """The day and the table stay, and controls go, however dark the screen was."""
    rows = page.locator("tbody tr").count()
    page.emulate_media(media="print")
    for gone in (".top", ".head-tools", ".filter", ".segments", "#thoi-gian", ".foot", ".card-link"):
        assert page.locator(gone).count() == 0 or not page.locator(gone).first.is_visible(), gone
    assert page.locator(".eyebrow").is_visible()
    assert page.locator("tbody tr:visible").count() == rows
    assert page.evaluate("() => getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 6
