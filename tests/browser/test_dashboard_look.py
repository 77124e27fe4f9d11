"""How the dashboard looks and loads: accessibility, weight, stability, reflow, targets, islands, print."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser

DESK, PHONE = (1366, 768), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
HOMES = pytest.mark.parametrize("home", ["/", "/en/"], ids=["vi", "en"])
MARCH = "ngay=2023-03-28"
FIRST_LOAD = 150 * 1024
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@SIZES
@HOMES
def test_axe_finds_nothing_serious(desk, axe, home, size):
    page = desk.open(f"{home}?{MARCH}", size)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme


@pytest.mark.parametrize(
    "query",
    ["chia=2025", "chi_so=loi", "loc=khongco", "tt=err&sap=loi"],
    ids=["2025", "errors", "empty", "filter"],
)
def test_axe_finds_nothing_serious_in_other_states(desk, axe, query):
    page = desk.open(f"/?{MARCH}&{query}")
    page.locator("#ban-do a.unit").first.focus()
    assert page.locator("#the").is_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme


def test_axe_finds_nothing_serious_when_a_day_is_refused(desk, axe):
    desk.quiet = False  # the browser reports the status 422 on the console
    page = desk.open("/?ngay=31/02/2023")
    assert page.get_by_role("alert").is_visible()
    assert page.locator("#ngay").get_attribute("aria-invalid") == "true"
    assert axe(page) == []


@HOMES
def test_first_load_is_light_and_local(desk, home):
    page = desk.open("about:blank")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    loaded = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page.goto(f"{home}?{MARCH}")
    page.wait_for_load_state("networkidle")
    print(f"first load {home}: {sum(loaded) / 1024:.1f} KB in {len(loaded)} files")
    assert len(loaded) >= 8
    assert sum(loaded) < FIRST_LOAD


@SIZES
def test_layout_does_not_shift(desk, size):
    page = desk.open(f"/?{MARCH}", size)
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    shift = page.evaluate(
        """() => new Promise(done => {
            let sum = 0;
            new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value; })
                .observe({type: 'layout-shift', buffered: true});
            setTimeout(() => done(sum), 150);
        })"""
    )
    assert shift < 0.05


@pytest.mark.parametrize("query", [MARCH, f"{MARCH}&chia=2025&het=1"], ids=["2023", "2025"])
@HOMES
def test_no_sideways_scroll_at_any_width(desk, home, query):
    page = desk.open(f"{home}?{query}")
    for width in (320, 342, 390, 683, 768, 900, 1024, 1181, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SIDEWAYS) <= 0, width


@HOMES
@pytest.mark.parametrize("division", ["2023", "2025"])
def test_key_figures_and_map_are_above_the_fold(desk, home, division):
    page = desk.open(f"{home}?{MARCH}&chia={division}")
    tiles = page.locator(".tile")
    assert tiles.count() == 4
    for index in range(4):
        box = tiles.nth(index).bounding_box()
        assert box["y"] + box["height"] < 330
    assert page.locator("#ban-do").bounding_box()["y"] < 420
    assert page.locator("#xu-huong").bounding_box()["y"] < 420


@SIZES
def test_targets_are_large_enough(desk, size):
    page = desk.open(f"/?{MARCH}", size)
    page.locator(".top").wait_for()
    small = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select')]
            .filter(one => !one.closest('#ban-do') && !one.closest('.vh') && !one.classList.contains('skip'))
            .map(one => [one.id || one.textContent.trim(), one.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([name]) => name)"""
    )
    assert small == []


@SIZES
@pytest.mark.parametrize("division", ["2023", "2025"])
def test_archipelagos_are_on_the_map_in_their_province_colour(desk, size, division):
    page = desk.open(f"/?{MARCH}&chia={division}", size)
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


@SIZES
@HOMES
def test_simulation_is_said_on_the_page_and_on_paper(desk, size, home):
    page = desk.open(f"{home}?{MARCH}", size)
    words = "Mô phỏng: đơn vị nào" if home == "/" else "Simulation: which units"
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        assert page.get_by_role("note").get_by_text(words).is_visible()
        assert page.locator("caption").get_by_text(words).is_visible()
        assert page.locator(".sim-chip").count() == 3


@SCHEMES
def test_print_keeps_the_day_and_the_table_and_drops_controls(desk, scheme):
    page = desk.open(f"/?{MARCH}", scheme=scheme)
    page.emulate_media(media="print")
    for gone in (".top", ".head-tools", ".filter", ".segments", "#thoi-gian", ".foot"):
        assert not page.locator(gone).first.is_visible(), gone
    assert "28/03/2023" in page.locator(".eyebrow").inner_text()
    assert page.locator("#khung-hoang-sa").is_visible()
    assert page.locator("tbody tr:visible").count() == 63
    assert page.evaluate("() => getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 6
