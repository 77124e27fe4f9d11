"""Every hostile file goes the whole way, and ends with a word that the sender understands and nothing else."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest

from landdata.checking.catalogue import CATALOGUE
from landdata.errors import NothingRefused, RefusedAsWhole, all_errors
from landdata.flows import returns
from landdata.flows.report import ReportFormat
from landdata.flows.verdict import words
from landdata.model.deliveries import State
from tests.corpus import archives, documents, layers, sheets, values
from tests.corpus.cases import CANARY, TAKEN, Case
from tests.corpus.reader import watched

EVERY = [
    replace(one, name=f"{table.__name__.rpartition('.')[2]}: {one.name}")
    for table in (archives, documents, sheets, layers, values)
    for one in table.CASES
]
DAILY = [one for one in EVERY if one.daily]
MOST_MEMORY = 256 << 20
LEAST, LEAST_DAILY = 300, 30
_REFUSALS = {one.code: one for one in all_errors()}


def named(one: Case) -> str:
    return one.name


def test_the_corpus_is_whole():
    assert len(EVERY) >= LEAST
    assert len(DAILY) >= LEAST_DAILY
    assert len({one.name for one in EVERY}) == len(EVERY)
    assert {code for one in EVERY for code in one.codes} <= {*CATALOGUE, *_REFUSALS, TAKEN}


@pytest.mark.parametrize("one", DAILY, ids=named)
def test_a_hostile_file(office, bait, one):
    _deliver(office, bait, one)


@pytest.mark.full
@pytest.mark.parametrize("one", EVERY, ids=named)
def test_every_hostile_file(office, bait, one):
    _deliver(office, bait, one)


def _deliver(office, bait, one: Case) -> None:
    started, before = office.scalar("SELECT pg_postmaster_start_time()"), office.sizes()
    with watched() as peaks:
        view = office.deliver(one.build(bait), simulated=False)
        back = _given_back(office, view)
    print(f"{one.name}: {view.state.value} {view.refusal and view.refusal['code']} {max(peaks, default=0) >> 20} MiB")
    _told(view, one)
    assert CANARY not in f"{view}{back}", "another file was read"
    assert bait.intact(), "somebody was called, or a file beside was written"
    assert list((office.data_dir / "scratch").iterdir()) == [], "something was left behind"
    assert max(peaks, default=0) < MOST_MEMORY
    assert office.scalar("SELECT pg_postmaster_start_time()") == started
    if view.state is State.REFUSED:
        assert office.sizes() == before, "something of it was taken"


def _told(view, one: Case) -> None:
    """The codes of the table, in both languages, and the row where it is one."""
    refusal = {view.refusal["code"]} if view.refusal else set()
    taken = {TAKEN} if view.state in {State.PUBLISHED, State.WAITING} else set()
    if one.row is None:
        said = refusal | {found.code for found in view.findings} | taken
    else:
        said = {found.code for found in view.findings if found.row_no == one.row}
        said |= taken if not said else set()
    assert said & set(one.codes), f"{view.state.value} {refusal} {[(f.code, f.row_no) for f in view.findings]}"
    assert refusal <= _REFUSALS.keys() - {"INTERNAL"}
    for found in view.findings:
        assert all(words(found).values())


def _given_back(office, view) -> str:
    """Whatever the office may have back of it, as text."""
    found = []
    said = {"settings": office.settings, "keys": office.keys, "caller": None, "delivery_uid": view.delivery_uid}
    for ask in (
        lambda: returns.refused_rows(office.worker, **said),
        lambda: returns.report_of(
            office.worker, format_=ReportFormat.CSV if view.refusal else ReportFormat.XLSX, **said
        ),
    ):
        try:
            made = ask()
        except (NothingRefused, RefusedAsWhole):
            continue
        with made.content as file:
            found.append(file.read().decode("utf-8", "replace"))
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    found += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "".join(found)
