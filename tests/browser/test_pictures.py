"""The pictures of the READMEs: small, in both languages, shown, and what the browser drew."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from api.web.i18n import Language
from fixtures.demo import pictures

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
READMES = {Language.VI: "README.vi.md", Language.EN: "README.md"}


@pytest.mark.parametrize("language", list(Language))
def test_each_view_is_shown_and_small(language):
    readme = (ROOT / READMES[language]).read_text(encoding="utf-8")
    for name in pictures.VIEWS:
        file = ROOT / "docs" / "pictures" / f"{name}.{language}.png"
        assert f"](docs/pictures/{file.name})" in readme
        assert file.stat().st_size < 150 * 1024
        assert file.read_bytes()[25] == 3  # a palette


def test_frequent_colours_stay_and_rare_ones_become_the_nearest(chromium):
    pixels = np.full(64 * 20, 0xF4F6F2, np.uint32)
    pixels[:500] = np.repeat(np.arange(250, dtype=np.uint32) * 257, 2)
    pixels[500:600] = 0x100000 + 7 * np.arange(100, dtype=np.uint32)
    drawn = pictures.png(pixels, 64, 20)
    page = chromium.new_page()
    wide, high, text = page.evaluate(pictures._PIXELS, base64.b64encode(drawn).decode())
    page.close()
    got = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 4)[:, :3].astype(int)
    assert (wide, high) == (64, 20)
    wanted = np.stack([pixels >> 16, pixels >> 8 & 255, pixels & 255], axis=1).astype(int)
    exact = (got == wanted).all(axis=1)
    assert exact[:500].all()
    assert exact[600:].all()
    assert exact[500:600].sum() == 256 - 250 - 1
