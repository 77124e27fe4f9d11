"""How the dashboard is used: links, slider, map, filter, without JavaScript, in the other language."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DESK, PHONE = (1366, 768), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
MARCH = "ngay=2023-03-28"


def figures(page):
    return page.locator(".tile-value").all_inner_texts()


def query(page):
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def names(page):
    return [one.split(":")[0] for one in page.locator("tbody th").all_inner_texts()]


@SIZES
def test_deep_link_gives_the_same_figures(desk, size):
    page = desk.open("/", size)
    for _ in range(2):
        before = page.locator("#ngay").input_value()
        page.locator("#lui").click()
        expect(page.locator("#ngay")).not_to_have_value(before)
    assert "ngay" in query(page)
    kept = (
        figures(page),
        page.locator(".legend").inner_text(),
        page.locator("caption").inner_text(),
        page.title(),
    )
    page.goto(page.url)
    assert kept == (
        figures(page),
        page.locator(".legend").inner_text(),
        page.locator("caption").inner_text(),
        page.title(),
    )


def test_whole_main_part_follows_the_slider_by_keyboard(desk):
    page = desk.open(f"/?{MARCH}")
    slider = page.locator("#thoi-gian")
    slider.focus()
    connected = page.locator(".tile-value").first.inner_text()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    spoken = slider.get_attribute("aria-valuetext")
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", spoken)
    assert spoken != "28/03/2023"
    assert spoken == "30/09/2022"
    expect(page.locator("caption")).to_contain_text(spoken)
    expect(page.locator(".eyebrow")).to_contain_text(spoken)
    assert page.locator("#ngay").input_value() == spoken
    assert page.locator(".tile-value").first.inner_text() != connected
    expect(page.locator(".attention b").first).to_have_text("8")
    expect(page.locator(".legend li").last).to_contain_text("8")
    expect(slider).to_be_focused()
    day = "-".join(reversed(spoken.split("/")))
    assert query(page)["ngay"] == day
    assert f"ngay={day}" in page.locator("#tai-csv").get_attribute("href")
    assert f"ngay={day}" in page.locator("#ngon-ngu").get_attribute("href")


def test_newest_day_wins_over_a_slow_older_answer(desk):
    page = desk.open(f"/?{MARCH}")
    held = []

    def hold_the_first(route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/?*_=chinh*", hold_the_first)
    page.locator("#lui").click()
    page.locator("#toi").click()
    newest = page.locator("#toi").get_attribute("aria-label").split()[-1]
    expect(page.locator(".eyebrow")).not_to_contain_text("28/03/2023")
    shown = page.locator(".eyebrow").inner_text()
    assert "31/03/2023" in shown, newest
    held[0].abort()
    page.wait_for_load_state("networkidle")
    assert page.locator(".eyebrow").inner_text() == shown
    assert "31/03/2023" in page.locator("caption").inner_text()


def test_slider_crosses_into_the_new_division_and_says_so(desk):
    page = desk.open("/?ngay=2025-06-30")
    assert page.locator(".tile").count() == 4
    assert page.locator("[data-tile=district]").count() == 1
    slider = page.locator("#thoi-gian")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".eyebrow")).to_contain_text("34 tỉnh, từ 01/7/2025")
    assert page.locator(".eyebrow").get_attribute("role") == "status"
    assert page.locator("[data-tile=district]").count() == 0
    assert page.locator("#ban-do a.unit").count() == 34
    assert len(names(page)) == 34
    assert "/3.321" in page.locator("[data-tile=commune]").inner_text()


def test_trend_is_never_joined_across_the_break(desk):
    page = desk.open(f"/?{MARCH}")
    lines = page.locator(".trend-line")
    assert page.locator("#moc-2025").is_visible()
    assert lines.count() == 2
    at = float(page.locator("#moc-2025 line").get_attribute("x1"))
    for index, side in ((0, max), (1, min)):
        across = [float(pair.split(",")[0]) for pair in lines.nth(index).get_attribute("points").split()]
        assert (side(across) < at) if index == 0 else (side(across) > at)


def test_back_returns_to_the_day_before(desk):
    page = desk.open(f"/?{MARCH}")
    first = figures(page)
    page.locator("#lui").click()
    expect(page.locator(".eyebrow")).not_to_contain_text("28/03/2023")
    page.go_back()
    expect(page.locator(".eyebrow")).to_contain_text("28/03/2023")
    assert figures(page) == first


def test_day_can_be_typed(desk):
    page = desk.open("/en/")
    page.locator("#ngay").fill("1/7/2025")
    page.keyboard.press("Enter")
    expect(page.locator(".eyebrow")).to_contain_text("1 Jul 2025")
    expect(page.locator("#ngay")).to_have_value("1 Jul 2025")
    assert query(page)["ngay"] == "2025-07-01"


@SIZES
@pytest.mark.parametrize(
    ("path", "many"),
    [(f"/?{MARCH}", 63), (f"/?{MARCH}&chia=2025", 34), (f"/so-sanh?tu=2022-10-01&{MARCH}", 63)],
    ids=["2023", "2025", "compare"],
)
def test_map_by_keyboard_and_the_table_holds_the_same_names(desk, size, path, many):
    page = desk.open(f"{path}&het=1", size)
    units = page.locator("#ban-do a.unit")
    assert page.locator("#ban-do a[tabindex='0']").count() == 1
    on_map = {one.get_attribute("aria-label").split(":")[0] for one in units.all()}
    assert on_map == set(names(page))
    assert len(on_map) == many
    page.locator("#bd-01").focus()
    page.keyboard.press("ArrowDown")
    there = page.evaluate("() => document.activeElement.id")
    assert there.startswith("bd-")
    assert there != "bd-01"
    assert page.locator("#the").is_visible()
    name = page.evaluate("() => document.activeElement.getAttribute('aria-label').split(':')[0]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(name)
    assert query(page)["dv"] == there[3:]
    assert query(page)["ngay"] == "2023-03-28"


@SIZES
def test_from_the_country_to_a_commune_and_back(desk, size):
    page = desk.open(f"/?{MARCH}&chi_so=loi&loc=nghe", size)
    page.get_by_role("link", name="Nghệ An", exact=True).click()
    expect(page.locator("h1")).to_have_text("Tỉnh Nghệ An")
    assert query(page) == {"ngay": "2023-03-28", "dv": "40"}
    assert page.locator("#ban-do a[tabindex='0']").count() == 1
    assert {one.get_attribute("aria-label").split(":")[0] for one in page.locator("#ban-do a.unit").all()} == set(
        page.locator("tbody th").all_text_contents()
    )
    page.locator("#bd-430").focus()
    assert page.locator("#the").is_visible()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Huyện Nam Đàn")
    synced = int(page.locator("[data-tile=commune] .tile-value").inner_text().split("/")[0])
    assert page.locator("tbody .chip-ok").count() == synced > 0
    assert page.locator("#ban-do .step-4").count() == synced
    page.go_back()
    expect(page.locator("h1")).to_have_text("Tỉnh Nghệ An")
    page.locator(".crumbs").get_by_role("link", name="Cả nước").click()
    assert page.locator("#ban-do a.unit").count() == 63


def test_square_leads_to_the_row_of_its_commune_even_if_it_is_filtered_away(desk):
    page = desk.open(f"/?{MARCH}&dv=430&loc=khong+co", PHONE)
    last = page.locator("#ban-do a.unit").last
    code = last.get_attribute("data-code")
    last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#dv-{code}")).to_be_visible()
    assert query(page) == {"ngay": "2023-03-28", "dv": "430"}


def test_slider_of_a_province_crosses_the_break_to_two_levels(desk):
    page = desk.open("/?ngay=2025-06-30&dv=40")
    assert page.locator("#ban-do a.unit").first.get_attribute("href").startswith("/?")
    slider = page.locator("#thoi-gian")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".eyebrow")).to_contain_text("34 tỉnh, từ 01/7/2025")
    expect(page.locator("#ban-do a.unit")).to_have_count(130)
    assert page.locator("[data-tile=district]").count() == 0
    assert page.locator(".trend-line").count() == 2
    assert query(page)["dv"] == "40"
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-tile=district]")).to_have_count(1)


def test_slider_says_where_the_land_went_when_its_unit_is_gone(desk):
    page = desk.open("/?ngay=2025-06-30&dv=27")
    page.locator("#ngay").fill("1/9/2025")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Không có đơn vị mã 27")
    page.get_by_role("link", name="Tỉnh Bắc Ninh").click()
    expect(page.locator("h1")).to_have_text("Tỉnh Bắc Ninh")
    assert "Bắc Giang" in page.locator(".trend-note").inner_text()


def test_comparison_follows_its_days_and_filters(desk):
    page = desk.open(f"/so-sanh?tu=2022-10-01&{MARCH}")
    assert figures(page)[:2] == ["+2", "+31"]
    page.locator("#tu").fill("01/01/2023")
    page.keyboard.press("Enter")
    expect(page.locator(".eyebrow")).to_contain_text("01/01/2023 – 28/03/2023")
    assert query(page)["tu"] == "2023-01-01"
    assert figures(page)[0] == "0"
    field = page.locator("#loc")
    field.click()
    field.press_sequentially("dak", delay=15)
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(field).to_be_focused()
    assert query(page)["loc"] == "dak"
    page.locator("#ngon-ngu").click()
    page.wait_for_url("**/en/compare?**")
    assert query(page) == {"tu": "2023-01-01", "ngay": "2023-03-28", "loc": "dak"}
    page.go_back()
    page.go_back()
    page.locator(".attention-clear a").first.click()
    page.wait_for_url(re.compile("tt="))


@SIZES
def test_filter_without_accents_keeps_focus_and_address(desk, size):
    page = desk.open(f"/?{MARCH}", size)
    field = page.locator("#loc")
    field.click()
    field.press_sequentially("dak", delay=15)
    expect(page.locator("tbody tr")).to_have_count(2)
    assert set(names(page)) == {"Đắk Lắk", "Đắk Nông"}
    expect(field).to_be_focused()
    assert field.input_value() == "dak"
    assert query(page)["loc"] == "dak"
    assert "loc=dak" in page.locator("#tai-csv").get_attribute("href")
    page.reload()
    assert set(names(page)) == {"Đắk Lắk", "Đắk Nông"}


def test_sorting_turns_round_and_is_announced(desk):
    page = desk.open(f"/?{MARCH}")
    link = page.get_by_role("columnheader", name="Thửa đất").get_by_role("link")
    link.click()
    head = page.locator("th[aria-sort]")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(head).to_contain_text("Thửa đất")
    parcels = [int(re.sub(r"\D", "", one) or 0) for one in page.locator("td.parcels").all_inner_texts()]
    assert parcels == sorted(parcels, reverse=True)
    link.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert query(page)["giam"] == "0"


def test_attention_cards_lead_to_their_provinces(desk):
    page = desk.open(f"/?{MARCH}")
    for card in ("none", "low", "err"):
        page.goto(f"/?{MARCH}")
        count = int(page.locator(f".attention-{card} b").inner_text())
        page.locator(f".attention-{card} a").click()
        page.wait_for_url(re.compile(f"tt={card}"))
        assert page.locator("tbody th").count() == count


@SIZES
def test_everything_works_without_javascript(desk, size):
    page = desk.open(f"/?{MARCH}", size, java_script_enabled=False)
    assert figures(page)[:3] == ["57/63", "355/705", "4.829/10.599"]
    assert page.locator("#ban-do a.unit").count() == 63
    assert not page.locator("#thoi-gian").is_visible()
    page.locator("#lui").click()
    assert "28/02/2023" in page.locator(".eyebrow").inner_text()
    page.locator("#ngay").fill("28/03/2023")
    page.locator(".day button").click()
    assert query(page) == {"ngay": "2023-03-28"}
    page.locator("#loc").fill("Hà")
    page.locator(".filter button").click()
    assert query(page) == {"ngay": "2023-03-28", "loc": "Hà"}
    assert all("ha" in plain(one) for one in names(page))
    page.get_by_role("link", name="Lỗi", exact=True).click()
    assert page.locator("#ban-do.scale-err").count() == 1
    page.goto(f"/?{MARCH}&dv=40")
    assert page.locator("#ban-do a.unit").count() == len(names(page)) == 21
    page.goto(f"/so-sanh?tu=2022-10-01&{MARCH}")
    page.locator("#tu").fill("01/01/2023")
    page.locator(".day button").click()
    assert query(page)["tu"] == "2023-01-01"


def plain(text):
    return "".join(one for one in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(one))


@pytest.mark.parametrize(("home", "head"), [("/", "Xã đã đồng bộ (ít nhất)"), ("/en/", "Communes synced (at least)")])
def test_csv_is_what_the_screen_shows(desk, home, head):
    page = desk.open(f"{home}?{MARCH}&sap=tinh")
    with page.expect_download() as download:
        page.locator("#tai-csv").click()
    raw = download.value.path().read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "2023-03-28" in download.value.suggested_filename
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    tile = page.locator("[data-tile=commune] .tile-value").inner_text().split("/")[0]
    assert sum(int(row[head]) for row in rows) == int(re.sub(r"\D", "", tile))
    assert [list(row.values())[4].removeprefix("Tỉnh ").removeprefix("Thành phố ") for row in rows] == names(page)
    assert {next(iter(row.values())) for row in rows} == {"2023-03-28"}
    assert all(("Mô phỏng" if home == "/" else "Simulation") in list(row.values())[-1] for row in rows)


@pytest.mark.parametrize(
    ("home", "head", "day"),
    [("/so-sanh", "Xã đã đồng bộ, tăng", "Đến ngày"), ("/en/compare", "Communes synced, gain", "To")],
)
def test_csv_of_a_comparison_is_what_the_screen_shows(desk, home, head, day):
    page = desk.open(f"{home}?tu=2022-10-01&{MARCH}")
    with page.expect_download() as download:
        page.locator("#tai-csv").click()
    raw = download.value.path().read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "2022-10-01-2023-03-28" in download.value.suggested_filename
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert sum(int(row[head]) for row in rows) == int(
        re.sub(r"\D", "", page.locator("[data-tile=commune] .tile-value").inner_text())
    )
    assert len(rows) == len(names(page))
    assert {row[day] for row in rows} == {"2023-03-28"}


@SIZES
def test_language_switch_keeps_the_place(desk, size):
    page = desk.open(f"/?{MARCH}&chi_so=loi&loc=dak", size)
    assert page.locator("html").get_attribute("lang") == "vi"
    assert "4.829" in page.locator("[data-tile=commune]").inner_text()
    page.locator("#ngon-ngu").click()
    page.wait_for_url("**/en/**")
    assert page.locator("html").get_attribute("lang") == "en"
    assert query(page) == {"ngay": "2023-03-28", "chi_so": "loi", "loc": "dak"}
    assert "4,829" in page.locator("[data-tile=commune]").inner_text()
    assert "28 Mar 2023" in page.locator(".eyebrow").inner_text()
    assert len(names(page)) == 2
    page.locator("#ngon-ngu").click()
    page.wait_for_url(lambda url: "/en/" not in url)
    assert query(page) == {"ngay": "2023-03-28", "chi_so": "loi", "loc": "dak"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_switch_is_kept(desk, scheme):
    page = desk.open(f"/?{MARCH}", scheme=scheme)
    colour = "() => getComputedStyle(document.documentElement).backgroundColor"
    before = page.evaluate(colour)
    button = page.locator("#nen")
    assert button.get_attribute("aria-pressed") == str(scheme == "dark").lower()
    button.click()
    after = page.evaluate(colour)
    assert before != after
    page.reload()
    assert page.evaluate(colour) == after
    assert button.get_attribute("aria-pressed") == str(scheme == "light").lower()


def test_text_is_composed_and_numbers_line_up(desk):
    page = desk.open(f"/?{MARCH}")
    text = page.locator("body").inner_text()
    assert unicodedata.is_normalized("NFC", text)
    assert page.evaluate("() => document.fonts.check('16px Inter', 'Đắk Nông ệ')")
    assert "tabular-nums" in page.evaluate(
        "() => getComputedStyle(document.querySelector('td.num')).fontVariantNumeric"
    )
