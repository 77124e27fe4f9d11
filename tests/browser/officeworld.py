"""The real service on a real database, with people who can sign in: for browser tests, one for a module."""

from __future__ import annotations

import base64
import socket
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from joserfc.jwk import ECKey
from sqlalchemy import text

from api.main import create_app
from landdata.flows import agreements, cases, clients, inspections, offices, people, proofs, receive, webhooks
from landdata.flows.entrance import Visitor, sign_in
from landdata.flows.sessions import find
from landdata.model import totp
from landdata.model.cases import Sought
from landdata.model.clients import RESIDENCY_SCOPES, ProvinceOffice
from landdata.model.deliveries import Declaration
from landdata.model.inspections import SecrecyTerms
from landdata.model.outcomes import through_person
from landdata.model.people import Role, Stage, now
from landdata.model.terms import said
from landdata.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))

from caseworld import A  # found by the line above
from feedworld import HERE, wait_until_final
from landworld import COMMUNES, DAY, Desk, geojson, row, square

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.services import Services
    from landdata.store.engine import Database

PASSWORD = "con trâu đi trước cái cày"
OFFICE = "LO-24"
APPROVER = "duyet.bo"
# As the worker leaves an endpoint that answered nothing for three days.
GIVEN_UP = (
    "UPDATE share.webhook SET attempts = 80, last_status = 'TIMEOUT', disabled_at = clock_timestamp(), "
    "failing_since = clock_timestamp() - interval '3 days', last_try_at = clock_timestamp(), pending_no = 1, "
    "pending_at = clock_timestamp() - interval '3 days', next_try_at = clock_timestamp() WHERE client_id = 'he-thong-bao'"
)
NAMES = {
    Role.MINISTRY_VIEWER: "Lê Văn Xem",
    Role.LAND_OFFICER: "Hoàng Văn Điền",
    Role.MATCHING_CLERK: "Bùi Thị Đối",
    Role.SECOND_APPROVER: "Lý Thị Duyệt",
    Role.ADMINISTRATOR: "Phạm Thị Quản",
    Role.GIS_USER: "Ngô Văn Đồ",
    Role.INSPECTOR: "Đỗ Thị Tra",
    Role.SECURITY_OFFICER: "Võ Văn An",
    Role.MINISTRY_BACKFILL: "Nguyễn Thị Lan",
}
OF_OFFICE = {Role.LAND_OFFICER, Role.MATCHING_CLERK, Role.SECOND_APPROVER}


class Clock:
    """The time, some steps ahead of it: no code is good twice, and nobody waits half a minute for the next."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> datetime:
        return now() + timedelta(seconds=self.ahead)


@dataclass
class House:
    """A running service, its desk of an office that delivers, and its people by role."""

    url: str
    desk: Desk
    services: Services
    clock: Clock
    server: uvicorn.Server
    secrets: dict[str, bytes] = field(default_factory=dict)
    made: dict[Role, str] = field(default_factory=dict)

    def cut(self) -> None:
        """Break every connection off, as a bad line does."""
        for one in tuple(self.server.server_state.connections):
            one.loop.call_soon_threadsafe(one.transport.abort)

    def send_as(self, login: str, data: bytes, name: str) -> UUID:
        """Hand a file in as this person does on the pages."""
        declared = Declaration(idempotency_key=uuid4().hex, file_name=name, effective_on=DAY)
        return receive.receive(
            self.desk.uploader, data_dir=self.desk.data_dir, keys=self.desk.keys,
            caller=ProvinceOffice(through_person(login), OFFICE, "", ""), chunks=iter([data]), declaration=declared,
            max_bytes=20_000_000,
        ).delivery_uid  # fmt: skip

    def case(self, commune: str) -> UUID:
        """A case of a holder whose name the register spells otherwise, on two certificates."""
        self.desk.people.add(A, "Nguyễn Văn An", "1970")
        self.desk.deliver([row(commune, number, holder_name="Trần Văn Ân", id_number=A) for number in (1, 2)])
        self.desk.match()
        with self.desk.db.write() as tx:
            here = tx.connection.scalar(text(HERE))
        wait_until_final(self.desk, here)
        cases.refresh(self.desk.worker)
        found = cases.page(self.desk.uploader, office_code=OFFICE, sought=Sought(), limit=500)
        return next(one.case for one in found.cases if one.name == "Trần Văn Ân")

    def person(self, role: Role) -> str:
        """The sign-in name of somebody with this role, invited when there is none."""
        if role not in self.made:
            login = f"can.bo.{role.value.lower().replace('_', '.')}"
            self.invite(login, role)
            self.made[role] = login
        return self.made[role]

    def approver(self) -> str:
        """The sign-in name of the ministry's own second approver, who decides for offices that have none."""
        if not any(one.login == APPROVER for one in people.every(self.desk.db)):
            self.invite(APPROVER, Role.SECOND_APPROVER, office="MAE")
        return APPROVER

    def invite(self, login: str, role: Role, office: str = "") -> str:
        """A new account; its one-time code."""
        office = office or (OFFICE if role in OF_OFFICE else "MAE")
        code = people.add(self.desk.db, login=login, full_name=NAMES[role], office_code=office, by=None)
        by = None if role is Role.ADMINISTRATOR else self.person(Role.ADMINISTRATOR)
        people.grant(self.desk.db, login=login, role=role, by=by, reason="thử")
        return code

    def session(self, who: Role | str) -> str:
        """The secret of a new session of somebody with this role, or this sign-in name, signed in to the end."""
        login, at = self.person(who) if isinstance(who, Role) else who, self.services.entrance
        visitor = Visitor("127.0.0.1")
        if login in self.secrets or self.known(login):
            entered = sign_in(at, login=login, password=PASSWORD, visitor=visitor)
        else:
            code = people.reset_password(self.desk.db, login=login, by=None)
            entered = sign_in(at, login=login, password=code, visitor=visitor)
            entered = proofs.change_password(at, self.who(entered.token), current=None, new=PASSWORD, visitor=visitor)
        if entered.stage == "ENROL":
            self.secrets[login] = base64.b32decode(proofs.begin_factor(at, self.who(entered.token)).secret)
            entered, _ = proofs.confirm_factor(at, self.who(entered.token), code=self.code(login), visitor=visitor)
        elif entered.stage == "SECOND_FACTOR":
            entered = proofs.prove(at, self.who(entered.token), code=self.code(login), visitor=visitor)
        assert entered.stage == "OPEN"
        return entered.token

    def begun(self, role: Role, stage: Stage) -> str:
        """The secret of a session whose sign-in waits for this step."""
        if stage is Stage.OPEN:
            return self.session(role)
        at, visitor = self.services.entrance, Visitor("127.0.0.1")
        if stage is Stage.SECOND_FACTOR:
            self.session(role)
            return sign_in(at, login=self.person(role), password=PASSWORD, visitor=visitor).token
        login = f"moi.{uuid4().hex[:8]}"
        entered = sign_in(at, login=login, password=self.invite(login, role), visitor=visitor)
        if stage is Stage.ENROL:
            entered = proofs.change_password(at, self.who(entered.token), current=None, new=PASSWORD, visitor=visitor)
        assert entered.stage == stage
        return entered.token

    def learn(self, login: str, shown: str) -> None:
        """Take the secret of a second factor into the app, as a page shows it."""
        self.secrets[login] = base64.b32decode("".join(shown.split()))

    def who(self, token: str):
        return find(self.services.entrance, token)

    def known(self, login: str) -> bool:
        return any(one.login == login and one.has_password for one in people.every(self.desk.db))

    def code(self, login: str) -> str:
        """A code that was not used before: the service's clock goes on by a step."""
        self.clock.ahead += totp.STEP_SECONDS
        return totp.code_at(self.secrets[login], totp.step_of(self.clock()))


@dataclass(frozen=True)
class Day:
    """Deliveries of every kind, and a holder who is not linked."""

    published: UUID  # with a refused row and an overlap
    waiting: UUID  # for a second person
    refused: UUID  # as a whole
    under_way: UUID
    case: UUID


def day_of_work(house: House) -> Day:
    """Hand in, work off and match; files are read in this process, for a child for each costs seconds."""
    desk, here = house.desk, COMMUNES[2]
    rows = [row(here, number) for number in range(1, 13)]
    rows[4] = row(here, 5, parcel_address=None)
    rows[7] = row(here, 8, ring=[(x + 4, y + 3) for x, y in square(here, 9)])

    def send(name: str, data: bytes) -> UUID:
        uid = desk.send(data, file_name=name).delivery_uid
        desk.work(uid)
        return uid

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
        published = send("đợt 1.geojson", geojson(rows))
        send("xã khác.geojson", geojson([row(COMMUNES[0], number) for number in range(1, 41)]))
        waiting = send("bớt thửa.geojson", geojson([row(COMMUNES[0], 1)]))
        refused = send("không đọc được.csv", b"x")
        under_way = desk.send(geojson([row(COMMUNES[6], 1)]), file_name="đang kiểm tra.geojson").delivery_uid
        return Day(published, waiting, refused, under_way, house.case(COMMUNES[5]))


def to_administer(house: House) -> None:
    """A consumer with a client, an agreement in force with another draft of it, and a person: for pages of administration."""
    desk = house.desk
    # Other files of the house name it otherwise.
    offices.register_office(
        desk.db, code="C06", kind="CONSUMER", name_vi="Nền tảng dân cư", name_en="Population platform"
    )
    if any(one.client_id == "he-thong-xem" for one in clients.list_clients(desk.db)):
        return
    key = ECKey.generate_key("P-256", auto_kid=True)
    clients.register(
        desk.db, client_id="he-thong-xem", office_code="C06", jwks={"keys": [key.as_dict(private=False)]},
        scopes=RESIDENCY_SCOPES,
    )  # fmt: skip
    clients.register_with_secret(desk.db, client_id="thong-ke-xem", office_code="C06")
    clients.register_external(desk.db, client_id="he-thong-bao", office_code="C06", scopes=RESIDENCY_SCOPES)
    webhooks.set_url(desk.db, keys=desk.keys, client_id="he-thong-bao", url="https://8.8.8.8/bao", networks="")
    with desk.db.write() as tx:
        tx.connection.execute(text(GIVEN_UP))
    agreements.sign(
        desk.db, code="TT-XEM", client_id="he-thong-xem", purpose="Nghiệp vụ cư trú", legal_ground="Luật Cư trú",
        service_codes=["CU-TRU-01"], agency_codes=["CA-24"], valid_from=DAY, drafted_by="lan", approved_by="minh",
        daily_quota=1000,
    )  # fmt: skip
    agreements.amend(desk.db, code="TT-XEM", said=said({"daily_quota": 2000}), by="lan", reason="tăng hạn mức")
    inspections.ask_delay(
        desk.db, terms=SecrecyTerms("he-thong-xem", "Điều 23 Luật X", service_code="CU-TRU-01", days=30), by="lan",
        reason="điều tra",
    )  # fmt: skip
    people.add(desk.db, login="can.bo.xem", full_name="Lê Thị Xem", office_code="MAE", by=None)


def approver_at(desk: Any, house: House, path: str) -> Any:
    """A page as the ministry's second approver sees it."""
    page = desk.open("about:blank")
    page.context.add_cookies([{"name": "sid", "value": house.session(APPROVER), "url": desk.base}])
    page.goto(desk.base + path)
    return page


def posted(house: House, login: str, path: str, **said: object) -> int:
    """The status of a form that is made by hand and sent as somebody, with a reason."""
    with httpx.Client(base_url=house.url, cookies={"sid": house.session(login)}, trust_env=False) as person:
        form = person.get("/tai-khoan").text.split('name="ma_bieu_mau" value="')[1].split('"')[0]
        headers = {"Origin": house.url, "Sec-Fetch-Site": "same-origin"}
        sent = {"ma_bieu_mau": form, "ly_do": "vì thế", **said}
        return person.post(path, data=sent, headers=headers).status_code


@contextmanager
def house(database: Database, folder: Path) -> Iterator[House]:
    """The service on a free port of its own, over a database with the reference data."""
    with ExitStack() as stack:
        desk = Desk(database, folder)
        stack.callback(desk.close)
        offices.register_land_office(
            database, code=OFFICE, name_vi="Văn phòng Đăng ký đất đai tỉnh Bắc Giang",
            name_en="Bắc Giang Land Registration Office", provinces=[("24", DAY)],
        )  # fmt: skip
        door = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        settings = Settings(
            database_url=database.engine.url.render_as_string(hide_password=False),
            data_dir=folder, pool_size=4, public_url=url, simulated=True, delivery_max_bytes=20_000_000,
        )  # fmt: skip
        app = create_app(settings)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        stack.callback(thread.join, 10)
        stack.callback(setattr, server, "should_exit", True)
        services = app.state.services
        clock = Clock()
        app.state.services = replace(services, entrance=replace(services.entrance, clock=clock))
        yield House(url, desk, app.state.services, clock, server)
