"""The documentation is tested: codes, settings, commands, files and links in it exist, and none is left out."""

from __future__ import annotations

import ast
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typer
import yaml

from api.problems import KINDS
from api.statuses import STATUS
from fixtures import docs
from landdata.checking.catalogue import CATALOGUE
from landdata.checking.reasons import REASONS
from landdata.cli import app
from landdata.errors import all_errors
from landdata.model import crs
from landdata.model.agreements import AnswerStatus, NullReason
from landdata.model.deliveries import State
from landdata.model.fields import FIELDS
from landdata.model.parcels import FLAT_COLUMNS
from landdata.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "LICENSES/README.md", ROOT / "fixtures/reference/admin/SOURCES.md"]
)
ADRS = sorted((DOCS / "adr").glob("*.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Variables that compose, the script and the tests read; everything else of this shape has to be a setting.
OTHER_VARIABLES = {
    "LANDDATA_VERSION", "LANDDATA_SECRETS", "LANDDATA_SHARED_BUFFERS", "LANDDATA_API_WORKERS", "LANDDATA_HTTPS_PORT",
    "LANDDATA_HTTP_PORT", "LANDDATA_MTLS_PORT", "LANDDATA_PYTHON",
}  # fmt: skip
by_page = pytest.mark.parametrize("doc", PAGES, ids=lambda doc: str(doc.relative_to(ROOT)))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_made_pages_are_up_to_date():
    stale = [path.name for path, wanted in docs.pages().items() if not path.is_file() or text_of(path) != wanted]
    assert not stale, "run `python -m fixtures.docs`"


def test_a_lost_mark_is_noticed():
    with pytest.raises(ValueError, match="marks"):
        docs.with_table("# A page\n<!-- settings: begin -->\n", "settings", "| a |")


def test_every_code_is_documented():
    errors, checks = text_of(DOCS / "errors.md"), text_of(DOCS / "checks.md")
    assert not [
        code
        for code in (*(one.code for one in all_errors()), *(one.code for one in KINDS))
        if f"`{code}`" not in errors
    ]
    assert not [code for code in (*CATALOGUE, *REASONS) if f"`{code}`" not in checks]


def test_every_fault_of_the_machine_has_its_row_on_the_operators_page():
    _, found, rest = text_of(DOCS / "operator.md").partition("\n## Faults\n")
    section, _, _ = rest.partition("\n## ")
    assert found
    machine = {
        *(code for code, status in STATUS.items() if status >= 500),
        *(one.code for one in KINDS if one.status >= 500),
    }
    assert not sorted(code for code in machine if f"`{code}`" not in section)
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    assert not [row for row in rows if row.count(" | ") != 4 or "](../tests/" not in row.rpartition(" | ")[2]]


def test_every_setting_is_documented_and_described():
    operator = text_of(DOCS / "operator.md")
    assert not [name for name in Settings.model_fields if f"`LANDDATA_{name.upper()}`" not in operator]
    assert not [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")]


def test_every_state_and_status_is_documented():
    delivering, sharing = text_of(DOCS / "delivering.md"), text_of(DOCS / "sharing.md")
    assert not [state for state in State if f"`{state.value}`" not in delivering]
    told = [status for status in AnswerStatus if status is not AnswerStatus.REFUSED]
    assert not [one for one in (*told, *NullReason) if f"`{one.value}`" not in sharing]


def test_columns_feed_all_fields_and_each_means_something():
    assert list(docs.COLUMN_MEANING) == [column.name for column in FLAT_COLUMNS]
    fed = {int(number) for _, number in docs.COLUMN_MEANING.values() if number}
    assert fed == {field.number for field in FIELDS}


@by_page
def test_links_lead_somewhere(doc):
    broken = []
    for target in LINK.findall(FENCE.sub("", text_of(doc))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (doc.parent / path).resolve() if path else doc
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert not broken


@by_page
def test_files_that_are_named_exist(doc):
    lost = []
    for word in CODE.findall(FENCE.sub("", text_of(doc))):
        if re.fullmatch(r"(landdata|api|sync|fixtures|tests|docs|LICENSES|\.ci)/[\w./*-]+", word):
            found = list(ROOT.glob(word.rstrip("/"))) if "*" in word else [ROOT / word]
            if not found or not all(one.exists() for one in found):
                lost.append(word)
    assert not lost


@by_page
def test_variables_that_are_named_exist(doc):
    known = OTHER_VARIABLES | {f"LANDDATA_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"LANDDATA_[A-Z_]+[A-Z]", text_of(doc))) <= known


def test_other_variables_are_read_somewhere():
    readers = [ROOT / "docker-compose.yml", ROOT / "run", *(ROOT / "fixtures/embedded").glob("*.py")]
    everything = "\n".join(text_of(path) for path in readers)
    assert not [name for name in OTHER_VARIABLES if name not in everything]


def commands() -> dict[str, set[str]]:
    """The command line's own tree: command or group -> its commands."""
    top = typer.main.get_command(app)
    return {name: set(getattr(one, "commands", {})) for name, one in getattr(top, "commands", {}).items()}


@by_page
def test_commands_that_are_named_exist(doc):
    known, script = commands(), text_of(ROOT / "run")
    words = [
        *CODE.findall(text_of(doc)),
        *(line for _, body in FENCE.findall(text_of(doc)) for line in body.splitlines()),
    ]
    unknown = []
    for word in words:
        named = re.findall(r"\./run ([a-z]+)", word)
        unknown += [one for one in named if not re.search(rf"^[a-z |]*\b{one}\b[a-z |-]*\)", script, re.MULTILINE)]
        for group, rest in re.findall(r"(?:^|\./run |url )landdata ([a-z-]+)(?: ([a-z][a-z0-9-]+))?", word):
            if group not in known or (known[group] and rest and rest not in known[group]):
                unknown.append(word)
    assert not unknown


@by_page
def test_examples_can_be_read_by_their_program(doc):
    for language, body in FENCE.findall(text_of(doc)):
        if language == "python":
            ast.parse(body)
        elif language == "yaml":
            yaml.safe_load(body)
        elif language == "sh":
            done = subprocess.run(["bash", "-n"], input=body, text=True, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr


@by_page
def test_no_figure_waits_to_be_written(doc):
    """A page in the making may hold marks for output to come; a finished one holds none."""
    assert not re.search(r"\b(TBD|lorem ipsum)\b", text_of(doc), re.IGNORECASE)


@pytest.mark.parametrize("name", ["README.md", "README.vi.md"])
def test_the_coordinate_of_the_tour_is_what_the_program_prints(name):
    found = re.search(
        r"crs to-wgs84 (\d+) ([\d.]+) ([\d.]+)\n```\n```text\n([\d.]+) ([\d.]+)\n```", text_of(ROOT / name)
    )
    assert found
    epsg, east, north, lon, lat = found.groups()
    assert (lon, lat) == tuple(f"{one:.10f}" for one in crs.to_wgs84(int(epsg), float(east), float(north)))


def test_both_tours_show_the_same():
    """Commands, and the marks under which real output stands, are the same in both languages."""
    vietnamese, english = (text_of(ROOT / name) for name in ("README.vi.md", "README.md"))
    for shape in (r"^\./run .*?(?=  +#|$)", r"^<!-- OUTPUT: (\w+) -->$"):
        assert re.findall(shape, vietnamese, re.MULTILINE) == re.findall(shape, english, re.MULTILINE)


def test_every_page_can_be_reached_from_the_index():
    index = text_of(DOCS / "README.md")
    targets = {(DOCS / target.partition("#")[0]).resolve() for target in LINK.findall(index)}
    assert not [page for page in DOCS.rglob("*.md") if page.name != "README.md" and page.resolve() not in targets]


def test_decisions_are_numbered_and_of_one_screen():
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))
    for path in ADRS:
        text = text_of(path)
        assert text.startswith(f"# {path.name[:4]}: ")
        assert len(text.splitlines()) <= 40, path.name
        for part in (
            "**Decided**",
            "**Why a choice was needed.**",
            "**Decision.**",
            "**Turned down.**",
            "**What it costs.**",
        ):
            assert part in text, (path.name, part)


def test_pictures_are_ours_and_say_what_they_show():
    pictures = sorted(DOCS.rglob("*.svg"))
    assert pictures
    for path in pictures:
        tree = ET.fromstring(text_of(path))  # noqa: S314 - our own file
        names = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert {"title", "desc"} <= names
        assert not names & {"script", "image", "foreignObject"}
        assert not re.search(r"(href|src)\s*=|url\((?!#)", text_of(path))
