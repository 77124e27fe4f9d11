"""What holds for every page: at a desk and on a phone, in light and dark, in both languages, on paper, without scripts.

Each page is opened once a size, in Vietnamese at the desk and in English on the phone, and looked at from there.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import eyes
import httpx
import officeworld
import pytest
from fastapi.routing import APIRoute
from visits import FILES, NO_PAGES, VISITS, Visit

from api.web.i18n import Language
from api.web.pages import pages_of
from api.web.places import PLACES
from landdata.flows import observe
from landdata.model.people import Role, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SIZES = {"desk": (1366, 768, Language.VI), "phone": (390, 844, Language.EN)}
# A dark page has the same words and parts; what can be wrong with it are its colours.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Among what leads from page to page these show where one is.
LED_TO = {"sources", "alerts", "runs", "own_source"}


def test_every_page_has_a_visit():
    """Whoever adds a page adds a row to `visits.py`, or names it among what is no page."""
    looked_at = {
        one.path for one in pages_of(observe).router.routes if isinstance(one, APIRoute) and "GET" in one.methods
    }
    pages = {
        name
        for name, place in PLACES.every.items()
        if place.vi in looked_at and not place.vi.endswith(FILES) and name not in NO_PAGES
    }
    assert {one.place for one in VISITS.values()} == pages


@dataclass
class Walk:
    """Goes to the pages as whoever may see them."""

    screen: Page
    plain: Page  # without scripts
    wire: eyes.Wire  # of the screen
    services: dict[str, Any]  # by the world they answer from
    day: Any
    tokens: dict[tuple[str, Role | str, Stage], str] = field(default_factory=dict)

    def path(self, visit: Visit, language: Language) -> str:
        parts = {name: getattr(self.day, value, value) for name, value in visit.parts.items()}
        return visit.at.path(language, **parts) + (f"?{visit.query}" if visit.query else "")

    def base(self, visit: Visit) -> str:
        return self.services[visit.world].url

    def token(self, visit: Visit) -> str:
        """One session for a role is enough for all pages that it may see."""
        assert visit.role
        key = (visit.world, visit.role, visit.stage)
        if key not in self.tokens:
            self.tokens[key] = self.services[visit.world].begun(visit.role, visit.stage)
        return self.tokens[key]

    def enter(self, visit: Visit, size: tuple[int, int]) -> Page:
        """The screen as whoever may see the page has it, and nothing of what was looked at before."""
        self.wire.begin(self.base(visit))
        self._sit_down(self.screen, visit)
        self.screen.set_viewport_size({"width": size[0], "height": size[1]})
        self.screen.emulate_media(media="screen", color_scheme="light")
        return self.screen

    def enter_plain(self, visit: Visit) -> Page:
        self._sit_down(self.plain, visit)
        return self.plain

    def _sit_down(self, page: Page, visit: Visit) -> None:
        page.context.clear_cookies()
        if visit.role:
            page.context.add_cookies([{"name": "sid", "value": self.token(visit), "url": self.base(visit)}])


@contextmanager
def _window(browser: Browser, **options: Any) -> Iterator[Page]:
    """One for all pages: a new one begins with a process of its own, which takes longer than a page."""
    wide, high = SIZES["desk"][:2]
    context = browser.new_context(viewport={"width": wide, "height": high}, reduced_motion="reduce", **options)
    with closing(context):
        context.set_default_timeout(15_000)
        yield context.new_page()


@pytest.fixture(scope="module")
def walk(nation: Any, house: Any, watched: Any, office_day: Any, chromium: Browser) -> Iterator[Walk]:
    house.approver()
    officeworld.to_administer(house)
    services = {"nation": nation, "house": house, "watched": watched}
    with _window(chromium) as screen, _window(chromium, java_script_enabled=False) as plain:
        yield Walk(screen, plain, eyes.Wire(screen), services, office_day)


# A page's other states are looked at on a phone with `--all` only: they have the same parts.
FIRST = {one.place: name for name, one in reversed(VISITS.items())}.values()


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param(name, size, marks=[] if size == "desk" or name in FIRST else pytest.mark.full)
        for name in VISITS
        for size in SIZES
    ],
)
def test_a_page_is_for_everybody(walk, axe, name, size):
    visit, (wide, high, language) = VISITS[name], SIZES[size]
    path, wire = walk.path(visit, language), walk.wire
    for _ in range(2):
        page = walk.enter(visit, (wide, high))
        answer = page.goto(walk.base(visit) + path)
        page.locator(visit.wait).first.wait_for()
        # A test beside this one plugs a network in and out (test_network_cut), and Chromium drops what it is fetching.
        if not any("ERR_NETWORK_CHANGED" in one for one in wire.said):
            break
    shift = page.evaluate(eyes.SHIFT)
    print(f"{name} {size}: {wire.bytes / 1024:.1f} KB in {wire.files} files, shift {shift:.3f}")
    begun = page.locator("main").inner_text()
    wrong = {
        "answer": (answer.status, urlsplit(page.url).path) != (visit.status, urlsplit(path).path) and page.url,
        "policy": eyes.loose(answer.headers.get("content-security-policy", "")),
        "inline": eyes.INLINE.findall(answer.text()),
        "weight": wire.bytes > visit.weight and wire.bytes,
        "loaded": wire.files < 7 and wire.files,
        "shift": shift >= eyes.MOST_SHIFT and shift,
        "language": page.locator("html").get_attribute("lang") != language and language,
        "navigation": visit.place in LED_TO and not page.locator("[aria-current=page]").count(),
        "headings": eyes.disorder(page.evaluate(eyes.HEADINGS)),
        "small": page.evaluate(eyes.SMALL),
        "islands": eyes.islands_missing(page),
        "below the fold": size == "desk" and page.evaluate(eyes.BELOW, high),
        "axe": axe(page),
        "sideways": [one for one in eyes.WIDTHS[size] if _resized(page, one).evaluate(eyes.SIDEWAYS) > 0],
    }
    page.set_viewport_size({"width": wide, "height": high})
    page.emulate_media(color_scheme="dark")
    wrong["axe in the dark"] = axe(page, COLOURS)
    if size == "desk":
        wrong |= _on_paper(page) | _in_the_other_language(page)
        # Whatever is in the address comes again from it alone; pages without one, and what is watched, tell of
        # moments that go by, and the map of what is in view by then.
        still = bool(visit.query) and visit.world != "watched" and visit.place != "map"
        wrong["other figures"] = still and page.locator("main").inner_text() != begun
        wrong |= _without_scripts(walk, visit, page)
    wrong["console"] = [one for one in wire.said if f"status of {visit.status}" not in one]
    wrong["foreign"] = wire.foreign
    assert {what: found for what, found in wrong.items() if found} == {}


def _resized(page: Page, wide: int) -> Page:
    page.set_viewport_size({"width": wide, "height": 800})
    return page


def _on_paper(page: Page) -> dict[str, Any]:
    """Controls are gone; every day that is told, and every row, stays."""
    days, rows = eyes.days(page), page.evaluate(eyes.ROWS)
    page.emulate_media(media="print")
    _resized(page, eyes.SHEET)
    found = {
        "controls on paper": page.evaluate(eyes.CONTROLS),
        "days missing on paper": days - eyes.days(page),
        "rows missing on paper": rows - page.evaluate(eyes.ROWS),
        "wider than the sheet": page.evaluate(eyes.SIDEWAYS) > 0,
        "nothing on paper": not page.locator("h1").is_visible(),
    }
    page.emulate_media(media="screen", color_scheme="light")
    _resized(page, SIZES["desk"][0])
    return found


def _in_the_other_language(page: Page) -> dict[str, Any]:
    """To the same place in the other language, and back to where it began."""
    began, found = page.url, {}
    for language in (Language.EN, Language.VI):
        page.locator("#ngon-ngu").click()
        page.wait_for_url(
            lambda url, one=language: (urlsplit(url).path + "/").startswith("/en/") == (one is Language.EN)
        )
        if page.locator("html").get_attribute("lang") != language:
            found[f"lang of {language}"] = page.url
        if urlsplit(page.url).query != urlsplit(began).query:
            found[f"place in {language}"] = page.url
    return found | {"way back": page.url != began and page.url}


def _without_scripts(walk: Walk, visit: Visit, page: Page) -> dict[str, Any]:
    """The same headings and the same rows, and every form can be sent."""
    named, plain = page.evaluate(eyes.NAMED), walk.enter_plain(visit)
    plain.goto(walk.base(visit) + walk.path(visit, Language.VI))
    without = set(plain.evaluate(eyes.NAMED))
    return {
        "missing without scripts": [one for one in named if one not in without],
        "forms that need scripts": plain.evaluate(eyes.UNSENDABLE),
    }


@pytest.mark.parametrize("name", sorted(NO_PAGES - {"home_bare", "delivery_events", "map_parcel"}))
def test_what_is_no_page_is_a_file(walk, name):
    place = PLACES.every[name]
    role = {"case": Role.MATCHING_CLERK, "repo": Role.MINISTRY_VIEWER}.get(name[:4], Role.LAND_OFFICER)
    visit = Visit(name, role)
    path = place.path(Language.VI, uid=walk.day.published, form="xlsx", number="1", file_name="vi.pdf")
    answer = httpx.get(
        walk.base(visit) + path, cookies={"sid": walk.token(visit)}, trust_env=False, timeout=30,
        headers={"Accept": "text/html"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert "text/html" not in answer.headers["content-type"]
    assert "attachment" in answer.headers["content-disposition"]
