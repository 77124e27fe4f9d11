"""Fixtures of the browser tests: a real server on a free port, one Chromium, pages that must stay clean."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.web import pages
from landdata.store.engine import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "landdata"))  # worlds that tests of the domain share
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
PATIENCE = 5_000  # milliseconds

expect.set_options(timeout=PATIENCE)


def load(name: str) -> ModuleType:
    """A helper beside this file; test folders are no packages."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec
        assert spec.loader
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """Address of the pages: a service that runs already, or our own over the fake observatory."""
    running = os.environ.get("LANDDATA_TEST_PAGES_URL")
    if running:
        yield running.rstrip("/")
        return
    app = FastAPI(docs_url=None, redoc_url=None)
    app.state.database = None
    app.state.settings = SimpleNamespace(simulated=True)
    pages.mount(app, load("fake_observatory").FakeObservatory())
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE / 1000)


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
    """The real service with people of every role, one for all tests that ask for it."""
    with new_database(_registered) as url, closing(Database(url, pool_size=4)) as db:
        with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
            # A book of proofs is 16 MiB, and the folders of tests are kept for a while.
            patch.setattr("api.oauth.replays.SLOTS", 1 << 12)
            made = stack.enter_context(load("officeworld").house(db, tmp_path_factory.mktemp("house")))
            later = stack.pop_all()
        with later:
            yield made


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
def desk(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Every test ends with a clean console and without a request to another host.

    A test that asks for the house sees the real service, any other the pages over the fake observatory.
    """
    real = "house" in request.fixturenames
    base = request.getfixturevalue("house").url if real else request.getfixturevalue("service")
    one = Desk(chromium, base)
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
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def run(page: Page) -> list[str]:
        page.evaluate(source)
        found = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", tags)
        return [
            f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    return run
