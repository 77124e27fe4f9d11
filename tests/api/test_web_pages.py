"""The pages over HTTP without a browser: headers, addresses, parts, the file, failure; over fake figures."""

from __future__ import annotations

import asyncio
import csv
import importlib.util
import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from api.web import pages
from api.web.shell import POLICY

ROOT = Path(__file__).parents[2]
MARCH = "ngay=2023-03-28"


def fake():
    """The stand-in of the browser tests; test folders are no packages."""
    name = "fake_observatory"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "browser" / f"{name}.py")
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name].FakeObservatory()


class Site:
    """An application with the pages, and a client for it."""

    def __init__(self, *, simulated: bool = True) -> None:
        self.observatory = fake()
        self.app = FastAPI(docs_url=None, redoc_url=None)
        self.app.state.database = None
        self.app.state.settings = SimpleNamespace(simulated=simulated)

        @self.app.get("/v1/ping")
        def ping() -> dict[str, str]:
            return {"long": "x" * 2000}

        pages.mount(self.app, self.observatory)

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://pages") as client:
                return await client.get(path)

        return asyncio.run(ask())


@pytest.fixture
def site():
    return Site()


@pytest.mark.parametrize("path", ["/", "/en/", f"/xuat.csv?{MARCH}", f"/en/export.csv?{MARCH}", "/static/js/theme.js"])
def test_every_answer_carries_the_strict_policy(site, path):
    answer = site.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_answers_of_the_api_pass_untouched(site):
    answer = site.get("/v1/ping")
    assert "content-security-policy" not in answer.headers
    assert "content-encoding" not in answer.headers


def test_pages_are_compressed_and_fonts_are_not(site):
    assert site.get("/").headers["content-encoding"] == "gzip"
    font = site.get("/static/vendor/inter/inter-latin-wght-normal.woff2")
    assert "content-encoding" not in font.headers
    assert font.headers["cache-control"] == "public, max-age=86400"


@pytest.mark.parametrize("path", ["/", "/en/", f"/?{MARCH}&chia=2025", f"/?{MARCH}&chi_so=loi"])
def test_html_has_no_inline_code_and_no_foreign_address(site, path):
    html = site.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
    assert not re.findall(r"(?:src|href)=\"(?!/|#|\?)[^\"]*\"", html)
    # Every versioned address answers and may be kept for a year.
    for address in set(re.findall(r"\"(/static/[^\"]+\?v=[^\"]+)\"", html)):
        answer = site.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_figures_of_march_2023(site):
    html = site.get("/").text  # the default day is the latest there is data for
    values = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<p class="tile-value[^"]*">(.*?)</p>', html)]
    assert values == ["57/63", "355/705", "4.829/10.599", "24.145"]
    assert 'lang="vi"' in html
    assert len(re.findall(r'<tr id="tinh-', html)) == 63


def test_division_of_2025_says_at_least_and_at_most(site):
    html = site.get(f"/?{MARCH}&chia=2025").text
    values = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<p class="tile-value[^"]*">(.*?)</p>', html)]
    assert values[0].endswith("/34")
    assert re.fullmatch(r"[\d.]+–[\d.]+/3\.321", values[1])
    assert "ít nhất – nhiều nhất" in html
    assert 'data-tile="district"' not in html
    assert len(re.findall(r'<tr id="tinh-', html)) == 34


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("/?loc=&vung=&tt=&ngay=28%2F03%2F2023", "/?ngay=2023-03-28"),
        ("/?utm=1&ngay=2023-03-28", "/?ngay=2023-03-28"),
        ("/en/?ngay=28+Mar+2023&sap=xa&giam=1", "/en/?ngay=2023-03-28"),
        ("/?ngay=2025-08-31&sap=huyen&vung=tay-nguyen", "/?ngay=2025-08-31"),
        ("/?tt=nonsense&ngay=2023-03-28&het=1", "/?ngay=2023-03-28&het=1"),
    ],
)
def test_addresses_become_canonical(site, given, canonical):
    answer = site.get(given)
    assert (answer.status_code, answer.headers["location"]) == (302, canonical)
    assert site.get(canonical).status_code == 200


@pytest.mark.parametrize("part", ["chinh", "bang"])
def test_parts_name_the_address_of_the_whole(site, part):
    answer = site.get(f"/?{MARCH}&loc=da&_={part}")
    assert answer.headers["hx-push-url"] == f"/?{MARCH}&loc=da"
    assert "<html" not in answer.text
    assert answer.text.count("<main") == (part == "chinh")
    assert answer.text.count('id="bang-t"') == 1
    assert answer.text.count('id="ngon-ngu"') == 1
    assert answer.text.count('id="tai-csv"') == 1


@pytest.mark.parametrize("day", ["2021-10-31", "2999-01-01", "31/02/2023", "xyz", "1 Foo 2023", "<b>"])
def test_a_day_that_cannot_be_shown_is_refused(site, day):
    page = site.get(f"/?ngay={day}")
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "<b>”" not in page.text
    assert site.get(f"/xuat.csv?ngay={day}").status_code == 422


def test_text_of_the_reader_is_escaped_and_composed(site):
    html = site.get(f"/?{MARCH}&loc=%22%3E%3Cscript%3E").text
    assert "<script>" not in html
    answer = site.get(f"/?{MARCH}&loc=H%61%CC%80")  # a and a combining grave
    assert answer.headers["location"] == f"/?{MARCH}&loc=H%C3%A0"


def test_file_follows_the_filter_and_carries_its_day_and_source(site):
    answer = site.get(f"/en/export.csv?{MARCH}&chia=2025&vung=cuu-long&sap=tinh")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "land-connection-2023-03-28-2025.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Province code"] for row in rows] == ["91", "96", "92", "82", "86"]
    for row in rows:
        assert row["Date"] == "2023-03-28"
        assert row["Division"] == "34 provinces, since 1 July 2025"
        assert "register" in row["Source"]
        assert row["Note"].startswith("Simulation")
        assert int(row["Communes synced (at least)"]) <= int(row["Communes synced (at most)"])


def test_label_stays_when_only_the_setting_says_simulated(site):
    site.observatory.empty = True
    html = site.get("/").text
    assert "Mô phỏng" in html
    assert "Chưa nạp ranh giới" in html


def test_no_database_gives_a_page_and_not_a_trace(site):
    site.observatory.failing = True
    for path in ("/", "/en/"):
        answer = site.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "Traceback" not in answer.text
        assert 'role="alert"' in answer.text
    assert site.get("/xuat.csv").status_code == 503


def test_maps_are_drawn_once_and_kept_with_the_application(site):
    site.get("/")
    first = site.app.state.province_maps["2023"]
    site.get("/en/")
    assert site.app.state.province_maps["2023"] is first
    assert Site().app.state is not site.app.state


def test_bare_english_address_leads_home(site):
    answer = site.get(f"/en?{MARCH}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/en/?{MARCH}")
