"""What eyes see of a page: its weight and shifts, what is too small or too wide, what paper and a page without scripts keep."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

FIRST_LOAD = 150 * 1024  # bytes as they come over the wire
MOST_SHIFT = 0.05
# Screens from the largest to the smallest, a desk at 200 % and 400 %, and where the head breaks into two lines.
WIDTHS = {"desk": (1366, 1181, 1024, 900, 768), "phone": (683, 390, 342, 320)}  # as of a zoomed page, too
SHEET = 1032  # pixels between the margins of A4 landscape
DAYS = re.compile(r"\b\d{1,2}/\d{1,2}/\d{4}\b|\b\d{1,2} [A-Z][a-z]{2} \d{4}\b")

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHIFT = """() => document.fonts.ready.then(() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value; })
        .observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(sum), 60);
}))"""
# A label is part of its box to tick; units of a map are as large as they are, and the table holds them all again.
SMALL = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(one => !one.closest('#ban-do') && !one.closest('.vh') && !one.classList.contains('skip'))
    .map(one => [one, (/radio|checkbox/.test(one.type) && one.closest('label') || one).getBoundingClientRect()])
    .filter(([one, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
    .map(([one, box]) => `${one.id || one.textContent.trim() || one.name}: ${box.width}x${box.height}`)"""
HEADINGS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(one => Number(one.tagName[1]))"""
ROWS = "() => [...document.querySelectorAll('main tbody tr')].filter(one => one.checkVisibility()).length"
CONTROLS = """() => [...document.querySelectorAll('.top, .skip, .foot, button, .button, input, select, summary, .segments')]
    .filter(one => one.checkVisibility() && getComputedStyle(one).visibility === 'visible' && !one.closest('.vh'))
    .filter(one => one.getBoundingClientRect().width > 1)
    .map(one => one.id || one.className || one.tagName)"""
# Whoever has no scripts sends a form by its button.
UNSENDABLE = """() => [...document.querySelectorAll('main form')].filter(form =>
    ![...form.querySelectorAll('button')].some(one => one.type === 'submit' && getComputedStyle(one).display !== 'none'))
    .map(form => form.action)"""
# The four key figures end, and the map begins, on the first screen.
BELOW = """high => [...[...document.querySelectorAll('main .tile')].slice(0, 4).map(one => [one, 'bottom']),
        ...[...document.querySelectorAll('#ban-do.map')].map(one => [one, 'top'])]
    .filter(([one, edge]) => one.getBoundingClientRect()[edge] > high).map(([one]) => one.textContent.trim())"""
NAMED = """() => [...document.querySelectorAll('main h1, main h2, main h3, main tbody th')]
    .filter(one => one.checkVisibility()).map(one => one.textContent.trim())"""

INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|<[^>]+\s(?:style|on[a-z]+)\s*=", re.IGNORECASE)
AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Wire:
    """What came over the wire for one page, and what the console said about it."""

    page: Page
    base: str = ""
    bytes: int = 0
    files: int = 0
    foreign: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))
        self._wire = self.page.context.new_cdp_session(self.page)
        self._wire.send("Network.enable")
        self._wire.on("Network.loadingFinished", self._came)

    def begin(self, base: str) -> None:
        """The next page, for a visitor who was never here: of whatever came before nothing is kept."""
        self.page.goto("about:blank")
        self._wire.send("Network.clearBrowserCache")
        for off in (True, False):  # what is kept in memory goes when the cache is switched off
            self._wire.send("Network.setCacheDisabled", {"cacheDisabled": off})
        self._wire.send("Storage.clearDataForOrigin", {"origin": base, "storageTypes": "all"})
        self.base, self.bytes, self.files, self.foreign, self.said = base, 0, 0, [], []

    def _said(self, message: ConsoleMessage) -> None:
        # A machine without a graphics card draws slowly, and its driver says so.
        if "GL Driver Message" not in message.text:
            self.said.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base + "/", "data:", "blob:")):
            self.foreign.append(url)

    def _came(self, event: Any) -> None:
        self.bytes += event["encodedDataLength"]
        self.files += 1


def loose(policy: str) -> list[str]:
    """What a Content-Security-Policy allows beyond our own files."""
    rules = {name: sources for name, *sources in (one.split() for one in policy.split(";") if one.strip())}
    found = [f"{name} {one}" for name, sources in rules.items() for one in sources if one not in {"'self'", "'none'"}]
    shut = {"default-src", "object-src", "base-uri", "form-action", "frame-ancestors"}
    return found + [f"no {name}" for name in sorted(shut - rules.keys())]


def disorder(levels: list[int]) -> str:
    """What is wrong with the order of headings: one h1, and none skipped on the way down."""
    if levels.count(1) != 1:
        return f"{levels.count(1)} h1"
    skipped = [(one, other) for one, other in pairwise(levels) if other > one + 1]
    return f"{skipped} in {levels}" if skipped else ""


def days(page: Page) -> set[str]:
    return set(DAYS.findall(page.locator("main").inner_text()))


def islands_missing(page: Page) -> list[str]:
    """Both archipelagos are on every map of the country."""
    if not page.locator("#ban-do .insets, #ban-do.map .units").count():
        return []
    return [name for name in ("hoang-sa", "truong-sa") if not page.locator(f"#khung-{name}").is_visible()]
