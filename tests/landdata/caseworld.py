"""A land office with a clerk and a second person, holders that do not match, and a consumer that asks about them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from feedworld import HERE, wait_until_final
from landworld import COMMUNES, Desk, row
from sqlalchemy import text

from landdata.flows import cases, decisions, offices
from landdata.model.cases import Case, Kind, Saying, Sought, Words

HOME = COMMUNES[0]
A, B = "024070000001", "024070000002"
OFFICE = "LO-24"
PAPER = "Biên bản 15/BB-VPĐK"


class Clerks:
    """The people of the office at work: each call is made as the role that makes it in operation."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        for login in ("doi", "duyet"):
            offices.register_person(desk.db, login=login, full_name=login, office_code=OFFICE)

    def rows(self) -> list[dict[str, Any]]:
        """One holder on two certificates whose name the register spells otherwise, and one whom it knows."""
        return [
            row(HOME, 1, holder_name="Trần Văn Ân", id_number=A),
            row(HOME, 2, holder_name="Trần Văn Ân", id_number=A),
            row(HOME, 3, holder_name="Lê Thị B", id_number=B),
        ]

    def begin(self) -> Any:
        """Deliver, match, and list; the delivery's view."""
        self.desk.agree()
        self.desk.people.add(A, "Nguyễn Văn An", "1970")
        self.desk.people.add(B, "Lê Thị B", "1970")
        view = self.desk.deliver(self.rows())
        self.desk.match()
        self.work()
        return view

    def work(self) -> int:
        """What the worker does every minute, once all that was published is final."""
        with self.desk.db.write() as tx:
            here = tx.connection.scalar(text(HERE))
        wait_until_final(self.desk, here)
        cases.refresh(self.desk.worker)
        return cases.act(self.desk.asker(), keys=self.desk.keys, batch=50)

    def listed(self, **sought: Any) -> list[Case]:
        page = cases.page(self.desk.uploader, office_code=OFFICE, sought=Sought(**sought))
        return list(page.cases)

    def show(self, case: UUID) -> cases.Whole:
        return cases.show(self.desk.uploader, office_code=OFFICE, case=case)

    def decide(self, case: UUID, kind: Kind, *, login: str = "doi", **words: Any) -> int:
        return decisions.decide(
            self.desk.uploader, office_code=OFFICE, case=case, kind=kind, saying=Saying(login, "đã xem bản gốc", PAPER),
            words=Words(**words), keys=self.desk.keys,
        )  # fmt: skip

    def step(self, act: Any, case: UUID, number: int, *, login: str = "duyet") -> None:
        act(self.desk.uploader, office_code=OFFICE, case=case, number=number, saying=Saying(login, "đã xem"))

    def confirmed(self) -> tuple[UUID, int]:
        """The case of the differing name, confirmed by two persons and put to the platform."""
        [one] = self.listed()
        number = self.decide(one.case, Kind.CONFIRM)
        self.step(decisions.approve, one.case, number)
        self.work()
        return one.case, number

    def asked(self, number: str = A, name: str = "Nguyễn Văn An") -> str:
        """What the residency desk is told about a citizen by the official name."""
        return str(self.desk.ask(number, name)["status"])
