"""The pages over HTTP without a browser: headers, addresses, parts, files, failure, what is kept and for how long."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import re
from types import SimpleNamespace
from typing import NoReturn

import httpx
import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy import make_url, text

from api.web import pages
from api.web.shell import POLICY
from landdata.errors import DatabaseUnavailable
from landdata.flows import observe
from landdata.store.engine import Database
from tests.bench import figures

MARCH = "ngay=2023-03-28"


def gone(*_: object, **__: object) -> NoReturn:
    raise DatabaseUnavailable


FAILING = SimpleNamespace(latest_day=gone, boundaries=gone)


@pytest.fixture(scope="module")
def filled_url(admin_url, shared_country_url):
    name = make_url(shared_country_url).database
    figures.fill(make_url(admin_url).set(database=name).render_as_string(hide_password=False), figures.reported())
    return shared_country_url


@pytest.fixture(scope="module")
def filled(filled_url):
    db = Database(filled_url, pool_size=2)
    yield db
    db.close()


class Site:
    """An application with the pages, and a client for it."""

    def __init__(self, database: Database | None, observatory=observe, *, simulated: bool = True) -> None:
        self.app = FastAPI(docs_url=None, redoc_url=None)
        self.app.state.database = database
        self.app.state.settings = SimpleNamespace(simulated=simulated)

        @self.app.get("/v1/ping")
        def ping() -> dict[str, str]:
            return {"long": "x" * 2000}

        pages.mount(self.app, observatory)

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://pages") as client:
                return await client.get(path)

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def site(filled):
    return Site(filled)


def tiles(html: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<p class="tile-value[^"]*">(.*?)</p>', html)]


@pytest.mark.parametrize(
    "path", ["/", "/en/", "/so-sanh", f"/xuat.csv?{MARCH}", f"/en/export.csv?{MARCH}", "/static/js/theme.js"]
)
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
    values = tiles(html)
    assert values[:3] == ["57/63", "355/705", "4.829/10.599"]
    assert 'lang="vi"' in html
    assert len(re.findall(r'<tr id="dv-', html)) == 63


def test_division_of_2025_says_at_least_and_at_most(site):
    html = site.get(f"/?{MARCH}&chia=2025").text
    values = tiles(html)
    assert values[0].endswith("/34")
    assert re.fullmatch(r"[\d.]+–[\d.]+/3\.321", values[1])
    assert "ít nhất – nhiều nhất" in html
    assert 'data-tile="district"' not in html
    assert len(re.findall(r'<tr id="dv-', html)) == 34


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


def test_label_stays_when_only_the_setting_says_simulated(country):
    html = Site(country).get("/").text
    assert "Mô phỏng" in html
    assert tiles(html)[0] == "0/34"


def test_no_database_gives_a_page_and_not_a_trace():
    site = Site(None, FAILING)
    for path in ("/", "/en/", "/so-sanh"):
        answer = site.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "Traceback" not in answer.text
        assert 'role="alert"' in answer.text
    assert site.get("/xuat.csv").status_code == 503


def test_maps_are_drawn_once_and_kept_with_the_application(site):
    site.get("/")
    first = site.app.state.atlases["2023"]
    site.get("/en/")
    assert site.app.state.atlases["2023"] is first


@pytest.mark.parametrize(
    ("query", "name", "below"),
    [
        (f"{MARCH}&dv=40", "Tỉnh Nghệ An", 21),
        (f"{MARCH}&dv=412", "Thành phố Vinh", 25),
        ("ngay=2025-09-01&dv=24", "Tỉnh Bắc Ninh", 99),
        (f"{MARCH}&dv=24", "Tỉnh Bắc Giang", 10),
    ],
)
def test_a_place_shows_what_lies_in_it_on_that_day(site, query, name, below):
    html = site.get(f"/?{query}").text
    assert re.search(r"<h1>(.*?)</h1>", html).group(1) == name
    assert len(re.findall(r'<tr id="dv-', html)) == len(re.findall(r'<a id="bd-', html)) == below


def test_figures_of_places_add_up_to_those_above(site):
    def column(query: str, name: str) -> dict[str, int]:
        rows = csv.DictReader(io.StringIO(site.get(f"/en/export.csv?{query}").content.decode("utf-8-sig")))
        return {next(v for k, v in row.items() if k.endswith(" code")): int(row[name]) for row in rows}

    provinces = column(MARCH, "Parcels (at least)")
    districts = column(f"{MARCH}&dv=40", "Parcels (at least)")
    assert sum(districts.values()) == provinces["40"] > 0
    for code in list(districts)[:3]:
        communes = column(f"{MARCH}&dv={code}", "Parcels (at least)")
        assert sum(communes.values()) == districts[code]
    # The curve of the place ends where its tile stands.
    html = site.get(f"/?{MARCH}&dv=40").text
    marker = re.search(r'<g id="moc".*?<text[^>]*>(.*?)</text>', html).group(1)
    assert marker == tiles(html)[1].split("/")[0]
    assert int(marker) == sum(column(f"{MARCH}&dv=40", "Communes synced (at least)").values())


def test_a_code_that_is_gone_leads_to_where_its_land_lies(site):
    answer = site.get("/?ngay=2025-09-01&dv=27")  # Bắc Ninh until July 2025
    assert answer.status_code == 404
    assert "dv=24" in answer.text
    assert site.get("/?ngay=2025-09-01&dv=27&_=chinh").status_code == 200
    assert site.get("/xuat.csv?ngay=2025-09-01&dv=27").status_code == 404
    assert "chưa từng có" in site.get(f"/?{MARCH}&dv=99").text


def test_comparison_says_what_was_gained_and_adds_up(site):
    since, on = "2022-10-01", "2023-03-28"
    html = site.get(f"/so-sanh?tu={since}&ngay={on}").text
    rows = list(
        csv.DictReader(io.StringIO(site.get(f"/en/compare.csv?tu={since}&ngay={on}").content.decode("utf-8-sig")))
    )
    gained = sum(int(row["Communes synced, gain"]) for row in rows)
    assert gained == 4829 - 4829 // 5
    assert tiles(html)[2] == f"+{gained:,}".replace(",", ".")
    for row in rows:
        assert int(row["Parcels, after"]) - int(row["Parcels, before"]) == int(row["Parcels, gain"])
    # Days given the wrong way round are put right.
    assert site.get(f"/so-sanh?tu={on}&ngay={since}").headers["location"] == f"/so-sanh?tu={since}&ngay={on}"


def test_comparison_across_the_break_tells_both_days_in_one_register(site):
    html = site.get("/so-sanh?tu=2023-03-28&ngay=2025-08-01").text
    assert "63 tỉnh còn 34" in html
    assert set(tiles(html)) == {"0"}  # nothing was delivered in between, and nothing came of the change of registers
    assert len(re.findall(r'<tr id="dv-', html)) == 34


@pytest.mark.parametrize("path", ["/xuat", "/so-sanh"])
def test_workbook_holds_what_the_csv_holds(site, path):
    query = f"?{MARCH}&vung=tay-nguyen&sap=tinh"
    lines = list(csv.reader(io.StringIO(site.get(f"{path}.csv{query}").content.decode("utf-8-sig"))))
    answer = site.get(f"{path}.xlsx{query}")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active

    def plain(value: object) -> str:
        if hasattr(value, "date"):
            return value.date().isoformat()
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    assert [[plain(cell.value) for cell in row] for row in sheet.rows] == lines
    assert len(lines) == 6
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"


def test_pages_are_one_good_gzip_stream(site):
    async def ask(encoding: str) -> bytes:
        transport = httpx.ASGITransport(app=site.app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://pages") as client,
            client.stream("GET", f"/?{MARCH}", headers={"Accept-Encoding": encoding}) as answer,
        ):
            assert answer.headers.get("content-encoding", "identity") == encoding
            return b"".join([part async for part in answer.aiter_raw()])

    packed, plain = asyncio.run(ask("gzip")), asyncio.run(ask("identity"))
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3


def test_what_is_kept_is_never_older_than_what_is_published(admin_url, country_url):
    admin = make_url(admin_url).set(database=make_url(country_url).database).render_as_string(hide_password=False)
    figures.fill(admin, figures.reported())
    db, owner, other = Database(country_url, pool_size=2), Database(admin, pool_size=1), Database(admin, pool_size=1)
    site = Site(db)

    def shown() -> str:
        html = site.get(f"/?{MARCH}").text
        curve = re.search(r'id="xu-huong".*?aria-label="([^"]*)"', html).group(1)
        assert tiles(html)[2].split("/")[0] in curve
        return tiles(html)[2]

    def publish(tx, units: str) -> None:
        tx.connection.execute(
            text(
                "SET LOCAL session_replication_role = replica; WITH one AS (INSERT INTO land.publication "
                "(delivery_id, kind, effective_on) VALUES (1, 'PUBLISH', '2023-03-01') RETURNING publication_id) "
                "INSERT INTO stats.coverage_event (publication_id, delivery_id, unit_id, effective_on, parcels, "
                "certificates, holders, backfilled, simulated) SELECT publication_id, 1, r.unit_id, '2023-03-01', "
                "1, 1, 1, true, true FROM one, ref.register r JOIN ref.unit u USING (unit_id) WHERE r.epoch_id = "
                "(SELECT min(epoch_id) FROM ref.epoch WHERE valid_to > '2023-03-28') AND r.level = 'commune' "
                f"AND u.code IN ({units})"
            )
        )

    known = set(figures.connect().communes)
    new = [one.code for p in figures.provinces() for one in p.communes if one.code not in known][:2]
    assert shown() == "4.829/10.599"
    with owner.write() as first:
        publish(first, f"'{new[0]}'")
        with other.write() as second:  # draws the higher number, and is there first
            publish(second, f"'{new[1]}'")
        assert shown() == "4.830/10.599"
    assert shown() == "4.831/10.599"
    for one in (db, owner, other):
        one.close()


def test_bare_english_address_leads_home(site):
    answer = site.get(f"/en?{MARCH}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/en/?{MARCH}")
