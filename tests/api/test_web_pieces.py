"""The pieces of the pages on their own: regions, figures, state, trend, map, and the vendored files."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.web import regions, state, trend
from api.web.atlas import Atlas
from api.web.figures import Figures
from api.web.i18n import Language, fold, tidy
from api.web.observatory import Asked, Kept
from api.web.packing import piece, stitched
from api.web.quality import reason_words, together
from api.web.runs import when
from landdata.flows.freshness import Generation, Known
from landdata.matching.reasons import Reason
from landdata.model.coverage import Bounded, SeriesPoint
from landdata.model.matching_quality import Quality, Seen
from landdata.store.coverage import Moment
from landdata.writing import outlines

ROOT = Path(__file__).parents[2]
ADMIN = ROOT / "fixtures" / "reference" / "admin"
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("division", ["2023", "2025"])
def test_every_province_is_in_one_region(division):
    with (ADMIN / f"admin_units_{division}.csv").open(encoding="utf-8", newline="") as file:
        codes = sorted(row["code"] for row in csv.DictReader(file) if row["level"] == "province")
    assert sorted(code for one in regions.REGIONS[division] for code in one.provinces) == codes
    assert len(regions.REGIONS[division]) == 6


@pytest.mark.parametrize("lock", ["api/web/static/vendor", "tests/browser/vendor"])
def test_vendored_files_are_what_the_lock_says(lock):
    folder = ROOT / lock
    text = (folder / "vendor.lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    listed = {}
    for package in json.loads(text):
        assert set(package) == {"name", "version", "licence", "files"}
        assert any("LICENSE" in one["file"] for one in package["files"])
        listed |= {one["file"]: one["sha256"] for one in package["files"]}
    found = {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "vendor.lock.json"
    }
    assert found == listed


@pytest.mark.parametrize(
    ("cron", "vi", "en"),
    [
        (None, "khi được yêu cầu", "when asked for"),
        ("* * * * * */15", "mỗi 15 giây", "every 15 seconds"),
        ("* * * * *", "mỗi phút", "every minute"),
        ("*/10 * * * *", "mỗi 10 phút", "every 10 minutes"),
        ("41 * * * *", "mỗi giờ, phút thứ 41", "every hour at minute 41"),
        ("23 19 * * *", "mỗi ngày lúc 02:23", "every day at 02:23"),
        ("0 1 * * 1", "0 1 * * 1 (UTC)", "0 1 * * 1 (UTC)"),
    ],
)
def test_cron_lines_are_said_in_vietnams_time(cron, vi, en):
    assert (when(cron, Language.VI), when(cron, Language.EN)) == (vi, en)


def test_lengths_of_time_are_said_in_their_largest_unit():
    vi, en = Figures(Language.VI), Figures(Language.EN)
    assert [vi.span(one) for one in (0.4, 40, 90, 12_600, 1_036_800)] == [
        "dưới 1 giây", "40 giây", "1,5 phút", "3,5 giờ", "12 ngày",
    ]  # fmt: skip
    assert [en.span(one) for one in (0.4, 1, 90, 12_600, 1_036_800)] == [
        "under a second", "1 second", "1.5 minutes", "3.5 hours", "12 days",
    ]  # fmt: skip
    assert (vi.days(1), en.days(1), en.days(1200)) == ("1 ngày", "1 day", "1,200 days")


def test_figures_of_both_languages():
    vi, en = Figures(Language.VI), Figures(Language.EN)
    assert (vi.num(10599), en.num(10599)) == ("10.599", "10,599")
    assert (vi.pct(46.23), en.pct(46.23)) == ("46,2%", "46.2%")
    assert (vi.day(date(2025, 6, 30)), en.day(date(2025, 6, 30))) == ("30/06/2025", "30 Jun 2025")
    assert vi.bounded(Bounded(1588, 1702)) == "1.588–1.702"
    assert vi.bounded(Bounded(57, 57)) == "57"
    assert (vi.signed(12), vi.signed(-12)) == ("+12", "−12")


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0%"), (0.2, "<1%"), (99.9, "99%"), (100.0, "100%"), (None, "–"), (46.6, "47%")]
)
def test_a_percentage_never_claims_all_or_nothing(value, text):
    assert Figures(Language.EN).pct(value, 0) == text


def test_text_is_folded_and_composed():
    assert fold("Đắk Nông") == "dak nong"
    assert tidy("  Ha\N{COMBINING GRAVE ACCENT}  Nội ") == "Hà Nội"


@pytest.mark.parametrize(
    "typed", ["2023-03-28", "28/3/2023", "28.03.2023", "28-3-2023", "28 Mar 2023", "28 march 2023"]
)
def test_days_as_people_type_them(typed):
    assert state.read_day(typed, today=TODAY) == date(2023, 3, 28)


def test_state_survives_its_own_address():
    one = state.State(
        Language.EN,
        date(2023, 3, 28),
        asked_division="2025",
        metric="loi",
        text="đà",
        region="cuu-long",
        status="err",
        sort="tinh",
        descending=True,
        whole=True,
    )
    query = dict(one.pairs())
    again = state.read_state(query, Language.EN, today=TODAY, default_day=TODAY)
    assert again == one
    assert one.url().startswith("/en/?ngay=2023-03-28&chia=2025")


@pytest.mark.parametrize("page", list(state.Page))
def test_every_page_keeps_its_days_place_and_order(page):
    query = {"tu": "2023-01-01", "ngay": "2023-03-28", "dv": "40", "sap": "thua", "tt": "up", "chi_so": "loi"}
    one = state.read_state(query, Language.VI, today=TODAY, default_day=TODAY, page=page).for_division()
    again = state.read_state(dict(one.pairs()), Language.VI, today=TODAY, default_day=TODAY, page=page).for_division()
    assert again == one
    assert (one.since is None) == (page in {state.Page.OVERVIEW, state.Page.LADDER})
    assert one.place == ("" if page is state.Page.COMPARISON else "40")
    # One level down is the same day without filters; from a comparison it is the overview.
    below = one.place_url("412")
    assert "dv=412" in below
    assert "tt=" not in below
    below_it = {
        state.Page.MATCHING: "/chat-luong-doi-chieu?tu=2023-01-01",
        state.Page.WHY: "/vi-sao?tu=2023-01-01&ngay=2023-03-28",
        state.Page.LADDER: "/bac-thang?ngay=2023-03-28",
    }
    assert below.startswith(below_it.get(page, "/?ngay=2023-03-28"))


@pytest.mark.parametrize(("typed", "kept"), [("40", "40"), ("412", "412"), ("00001", ""), ("4x", ""), ("'", "")])
def test_only_codes_of_provinces_and_districts_are_places(typed, kept):
    assert state.read_state({"dv": typed}, Language.VI, today=TODAY, default_day=TODAY).place == kept


def test_only_days_that_a_publication_may_have_changed_are_asked_again():
    asked = []

    class Country:
        def points(self, _: None, *, days: list[date], division: None) -> tuple[SeriesPoint, ...]:  # noqa: ARG002
            asked.append([one.isoformat() for one in days])
            return tuple(point(day, day, 1) for day in days)

    moment = Moment("1:1:", None, 0, "", None, 1, 0)
    one, three = Generation(1, moment, date.min), Generation(3, moment, date.max)
    two = Generation(2, moment, date(2024, 6, 1))
    days, kept = [date(2024, 4, 30), date(2024, 5, 31), date(2024, 6, 30)], Kept(100)
    for history in ((one,), (one, two), (one, two, three)):
        Asked(Country(), None, Known(history), kept).points(days, division=None)
    whole = [day.isoformat() for day in days]
    assert asked == [whole, whole[2:]]
    Asked(Country(), None, Known((Generation(4, moment, date.min),)), kept).points(days, division=None)
    assert asked[2:] == [whole]


def test_pieces_make_one_stream_in_any_order():
    pieces = [piece("xã " * 500), piece("", 1), piece("Đắk Lắk" * 3, 1), piece("xã " * 500)]
    assert gzip.decompress(stitched(pieces)).decode() == "xã " * 500 + "Đắk Lắk" * 3 + "xã " * 500


def test_several_units_together_are_their_sum():
    one = Quality(10, 6, 2, 1, 0, 0, 1, 0, {"NAME_DIFFERS": 2, "NUMBER_UNKNOWN": 1}, {"NUMBER_SHARED": Seen(1, 9)})
    two = Quality(10, 1, 0, 4, 0, 0, 5, 3, {"NUMBER_UNKNOWN": 4}, {"NUMBER_SHARED": Seen(2, 9)})
    both = together([one, two])
    assert (both.claims, both.settled, both.rate, both.left_out) == (20, 14, 0.5, 3)
    assert list(both.reasons.items()) == [("NUMBER_UNKNOWN", 5), ("NAME_DIFFERS", 2)]
    assert both.signs == {"NUMBER_SHARED": Seen(3, 18)}
    assert all(reason_words(code.name).vi.endswith(".") for code in Reason)


def point(day, register, low, high=None):
    none = Bounded(0, 0)
    return SeriesPoint(day, register, none, none, Bounded(low, high or low), 0, 0)


def test_trend_breaks_at_the_new_division_only():
    old, lesser, new = date(2021, 11, 1), date(2023, 4, 10), date(2025, 7, 1)
    points = [
        point(date(2023, 3, 31), old, 100),
        point(date(2023, 4, 30), lesser, 100),
        point(date(2025, 6, 30), lesser, 100),
        point(date(2025, 7, 31), new, 40, 50),
        point(date(2025, 8, 31), new, 40, 50),
    ]
    drawn = trend.trend(points, point(date(2023, 4, 15), lesser, 100), date(2023, 3, 28))
    assert len(drawn.segments) == 2
    before, after = drawn.segments
    assert before.band == ""
    assert after.band
    ends = [float(before.line.split()[-1].split(",")[0]), float(after.line.split(",")[0])]
    assert ends[0] < drawn.break_x < ends[1]
    assert date(2023, 4, 15) in drawn.stops
    assert drawn.earlier == date(2023, 3, 31)


def test_one_lone_point_is_a_dot():
    day = date(2025, 7, 1)
    drawn = trend.trend([point(date(2025, 6, 30), date(2023, 3, 28), 9)], point(day, day, 4), None)
    assert all(one.dots and not one.line for one in drawn.segments)


@pytest.mark.parametrize(
    ("on", "latest", "months"),
    [(date(2023, 3, 28), date(2023, 3, 28), 50), (TODAY, TODAY, 24), (date(2022, 1, 1), TODAY, 60)],
)
def test_window_holds_the_day_shown(on, latest, months):
    span = trend.window(on, latest, TODAY)
    assert span.months <= months
    first = span.through.year * 12 + span.through.month - span.months
    assert first <= on.year * 12 + on.month <= span.through.year * 12 + span.through.month


@pytest.mark.parametrize("division", ["2023", "2025"])
def test_map_has_every_province_and_stays_on_its_canvas(division):
    shapes = json.loads((ADMIN / f"provinces_{division}.geojson").read_text(encoding="utf-8"))["features"]
    rows = [
        SimpleNamespace(code=one["properties"]["code"], name_vi="", geojson=json.dumps(one["geometry"]))
        for one in shapes
    ]
    atlas = Atlas(rows)
    drawn = atlas.country
    assert len(drawn.outlines) == (63 if division == "2023" else 34)
    assert all(one.path.startswith("M") and one.path.endswith("z") for one in drawn.outlines)
    assert sum(len(one.path) for one in drawn.outlines) < 45_000
    assert [one.archipelago.name_vi for one in drawn.insets] == ["Hoàng Sa", "Trường Sa"]
    for inset in drawn.insets:
        assert all(0 <= x <= outlines.INSET_WIDTH and 0 <= y <= 100 for x, y in inset.points)
    for code in ("01", "48", "56", "96"):
        around = atlas.around(code)
        numbers = [float(one) for one in re.findall(r"-?\d*\.?\d+", around.own.path.split("l")[0])]
        assert all(-10 <= one <= 310 for one in numbers)
        assert around.width / around.height == pytest.approx(1.7, abs=0.02)
        assert around.others
        assert [one.archipelago.province_code for one in around.insets] == [code] * (code in ("48", "56"))
    assert atlas.around("99") is None
