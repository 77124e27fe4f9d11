"""Fixtures of the browser tests: a real server on a free port, one Chromium, pages that must stay clean."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import make_url

from landdata.store.engine import Database
from tests.bench import figures

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))  # worlds that tests of the domain share
sys.path.insert(0, str(Path(__file__).parent))  # helpers beside this file

import eyes  # found by the line above
import officeworld
import watchworld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe-core" / "axe.min.js"
DESK, PHONE = (1366, 768), (390, 844)
# Forcing software GL would slow every page; see interface.md, B.2.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds

expect.set_options(timeout=PATIENCE)


@contextmanager
def _running(url: str, folder: Path) -> Iterator[Any]:
    """The real service with people of every role, over a database."""
    with closing(Database(url, pool_size=4)) as db:
        with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
            # A book of proofs is 16 MiB, and the folders of tests are kept for a while.
            patch.setattr("api.oauth.replays.SLOTS", 1 << 12)
            made = stack.enter_context(officeworld.house(db, folder))
            later = stack.pop_all()
        with later:
            yield made


@pytest.fixture(scope="session")
def nation(
    admin_url: str, new_database: Any, _registered: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The service over the demo's 57 provinces, 355 districts and 4,829 communes; tests only look at it."""
    with new_database(_registered) as url:
        name = make_url(url).database
        owner = make_url(admin_url).set(database=name).render_as_string(hide_password=False)
        figures.fill(owner, figures.reported())
        figures.match(owner, [date(2026, 1, 5), date(2026, 11, 1)])
        figures.climb(owner)
        with _running(url, tmp_path_factory.mktemp("nation")) as made:
            for division in ("2023", "2025"):  # the maps are drawn for the first who asks
                httpx.get(f"{made.url}/?ngay=2023-03-28&chia={division}", timeout=120).raise_for_status()
            yield made


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest) -> str:
    """Address of the pages: a service that runs already, or our own."""
    running = os.environ.get("LANDDATA_TEST_PAGES_URL")
    return running.rstrip("/") if running else str(request.getfixturevalue("nation").url)


@pytest.fixture(scope="module")  # while it is open an event loop runs here, which other tests must not meet
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; Playwright's own download is not used."""
    program = os.environ.get("LANDDATA_TEST_CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def house(new_database: Any, _registered: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The service over a database without deliveries, one for all tests that ask for it; they change it."""
    with new_database(_registered) as url, _running(url, tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="module")
def watched(
    admin_url: str, new_database: Any, _registered: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The service over a country whose sources have a past, and whose worker has a journal."""
    with new_database(_registered) as url, _running(url, tmp_path_factory.mktemp("watched")) as made:
        name = make_url(url).database
        owner = make_url(admin_url).set(database=name).render_as_string(hide_password=False)
        watchworld.fill(made.desk.db, owner)
        watchworld.report(made.desk)
        for division in ("2023", "2025"):  # the maps are drawn for the first who asks
            httpx.get(f"{made.url}/?chia={division}", timeout=120, follow_redirects=True).raise_for_status()
        yield made


@pytest.fixture(scope="session")
def office_day(house: Any) -> Any:
    """What an office's day left behind in the house; made once, for all tests that ask for it."""
    return officeworld.day_of_work(house)


@dataclass
class Desk:
    """Opens pages and keeps what the console and the network said about them."""

    browser: Browser
    base: str
    said: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    quiet: bool = True  # a test that provokes an error switches this off

    def open(self, path: str = "/", size: tuple[int, int] = DESK, *, scheme: Any = "light", **options: Any) -> Page:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            base_url=self.base,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", lambda request: self.check(request.url))
        page.goto(path)
        return page

    def signed_in(self, house: Any, role: Any, path: str = "/", size: tuple[int, int] = DESK, **options: Any) -> Page:
        """A page of the real service, seen by somebody with this role."""
        page = self.open("about:blank", size, **options)
        page.context.add_cookies([{"name": "sid", "value": house.session(role), "url": self.base}])
        page.goto(self.base + path)
        return page

    def check(self, url: str) -> None:
        if not url.startswith((self.base + "/", "data:", "blob:")):
            self.foreign.append(url)


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Every test ends with a clean console and without a request to another host.

    A test that asks for the house sees that one, any other the service over the demo's figures.
    """
    real = "house" in request.fixturenames
    base = request.getfixturevalue("house").url if real else request.getfixturevalue("service")
    # The service first: making its database runs an event loop, which cannot be while the browser's is there.
    one = Desk(request.getfixturevalue("chromium"), base)
    yield one
    for context in one.contexts:
        context.close()
    assert not one.foreign
    if one.quiet:
        assert not one.said


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """Findings of axe-core of impact serious or critical; read by `evaluate`, which a strict CSP allows."""
    source = AXE.read_text(encoding="utf-8")

    def run(page: Page, runs: Any = None) -> list[str]:
        if page.evaluate("() => !window.axe"):
            page.evaluate(source)
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", runs or eyes.AXE
        )
        return [
            f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    return run
