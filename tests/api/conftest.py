"""A running API on a real database, and clients that sign their own assertions, honest or not."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from landdata.flows import agreements, clients, offices, people
from landdata.model.clients import DELIVER_SCOPE, RESIDENCY_SCOPES
from landdata.model.people import Role
from landdata.model.terms import said, terms_of
from landdata.settings import Settings
from landdata.store import keys as key_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


from landdata.store.engine import Database

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))  # worlds that tests of the domain share
sys.path.insert(0, str(Path(__file__).parent))

from browsing import Browser, Clock  # found by the line above
from serving import Machine, Running, serving

NUMBERS = itertools.count()


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    key_files.make_all(tmp_path)
    return Settings(
        database_url=database.engine.url.render_as_string(hide_password=False),
        data_dir=tmp_path,
        pool_size=4,
        delivery_max_bytes=1_000_000,
    )


@pytest.fixture(autouse=True)
def _small_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of proofs is 16 MiB, and the folders of tests are kept for a while."""
    monkeypatch.setattr("api.oauth.replays.SLOTS", 1 << 12)


@pytest.fixture
def api(settings: Settings) -> Iterator[Running]:
    """The API on a real server of its own, on a free loopback port that is its public address."""
    with serving(settings) as running:
        yield running


@pytest.fixture
def make_machine(api: Running, database: Database) -> Callable[..., Machine]:
    """Registers a client of a new office of the kind."""

    def make(kind: str, scopes: frozenset[str]) -> Machine:
        name = f"{kind.lower()}-{uuid4().hex[:12]}"
        with database.write() as writer:
            writer.connection.execute(
                text("INSERT INTO org.office (code, kind, name_vi, name_en) VALUES (:code, :kind, :code, :code)"),
                {"code": name, "kind": kind},
            )
        machine = Machine(name, api.url, api.http, api.holders, bound=bool(scopes & RESIDENCY_SCOPES))
        clients.register(database, client_id=name, office_code=name, jwks=machine.jwks, scopes=scopes)
        return machine

    return make


@pytest.fixture
def agree(database: Database) -> Callable[..., str]:
    """Puts an agreement in force for a client, or other terms where there is one; returns its code."""
    words: dict[str, Any] = {
        "purpose": "cư trú", "legal_ground": "Luật Cư trú", "service_codes": ["1.004222"], "agency_codes": ["CA-24"],
        "groups": ["all"], "daily_quota": 1000, "valid_from": "2025-01-01",
    }  # fmt: skip

    def write(client_id: str, **changed: Any) -> str:
        code = f"TT-{client_id}"
        offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
        for login in ("lan", "minh"):
            offices.register_person(database, login=login, full_name=login, office_code="MAE")
        if any(one.code == code for one in agreements.every(database)):
            agreements.amend(database, code=code, said=said(changed), by="lan", reason="thử")
        else:
            terms = terms_of(said({**words, "client_id": client_id, **changed}))
            agreements.draft(database, code=code, terms=terms, by="lan", reason="thử")
        agreements.approve(database, code=code, by="minh", reason="thử")
        return code

    return write


@pytest.fixture
def consumer(make_machine: Callable[..., Machine], agree: Callable[..., str]) -> Machine:
    """A consumer's client with an agreement in force about all fields."""
    machine = make_machine("CONSUMER", RESIDENCY_SCOPES)
    agree(machine.client_id)
    return machine


@pytest.fixture
def office(make_machine: Callable[..., Machine]) -> Machine:
    return make_machine("LAND_OFFICE", frozenset({DELIVER_SCOPE}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(api, clock):
    """Opens browsers, and closes them."""
    opened: list[Browser] = []

    def one() -> Browser:
        opened.append(Browser(api.url, clock))
        return opened[-1]

    yield one
    for each in opened:
        each.http.close()


@pytest.fixture
def invite(api, database, clock):
    """Makes an account; its sign-in name and one-time code."""
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    offices.register_office(database, code="LO-24", kind="LAND_OFFICE", name_vi="VP", name_en="Office")
    people.add(database, login="quan.tri", full_name="Q", office_code="MAE", by=None)
    people.grant(database, login="quan.tri", role=Role.ADMINISTRATOR, by=None, reason="đầu tiên")

    def make(*roles: Role, office: str = "MAE") -> tuple[str, str]:
        login = f"can.bo.{next(NUMBERS)}"
        code = people.add(database, login=login, full_name="Cán bộ", office_code=office, by=None, clock=clock)
        for role in roles:
            people.grant(database, login=login, role=role, by="quan.tri", reason="thử")
        return login, code

    return make


@pytest.fixture
def member(invite, window):
    """A person with a browser in which the sign-in is complete."""

    def make(*roles: Role, office: str = "MAE") -> tuple[str, Browser]:
        login, code = invite(*roles, office=office)
        opened = window()
        opened.finish(opened.begin(login, code))
        return login, opened

    return make
