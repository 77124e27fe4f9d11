"""Officials with accounts, a clock that tests move, and an authenticator app."""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import text

from landdata.flows import entrance, offices, people, proofs, sessions
from landdata.flows.entrance import Entrance, Visitor
from landdata.flows.passwords import Passwords
from landdata.model import totp
from landdata.model.people import Entered, Role, SignedIn, Stage, now
from landdata.store.engine import Database
from landdata.store.keys import Keys, make_all

PASSWORD = "con trâu đi trước cái cày"
NUMBERS = itertools.count()


class Clock:
    """The time; it stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = now()

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **length: float) -> None:
        self.moment += timedelta(**length)


class CountingPasswords(Passwords):
    """Counts what it computes; weak, for tests sign in often."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**{"memory_kib": 64, "passes": 1, **parameters})
        self.computed = 0

    def fits(self, hashed: str | None, password: str) -> bool:
        self.computed += 1
        return super().fits(hashed, password)


@dataclass
class World:
    """A service with people in it."""

    db: Database
    clock: Clock = field(default_factory=Clock)
    passwords: CountingPasswords = field(default_factory=CountingPasswords)
    second_factor_for_all: bool = False
    keys: Keys = field(default_factory=lambda: make_all(Path(mkdtemp())))
    apps: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        offices.register_office(self.db, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
        offices.register_office(self.db, code="LO-24", kind="LAND_OFFICE", name_vi="VP", name_en="Office")

    @property
    def entrance(self) -> Entrance:
        return Entrance(self.db, self.passwords, self.keys, self.second_factor_for_all, self.clock)

    def visitor(self, address: str | None = None, token: str | None = None) -> Visitor:
        """From an address of its own, unless told."""
        number = next(NUMBERS)
        return Visitor(address or f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", "test", token)

    def invited(self, *roles: Role, office: str = "MAE", by: str | None = None) -> tuple[str, str]:
        """A new account, its sign-in name and one-time code."""
        login = f"can.bo.{next(NUMBERS)}"
        code = people.add(self.db, login=login, full_name="Cán bộ", office_code=office, by=None, clock=self.clock)
        for role in roles:
            people.grant(self.db, login=login, role=role, by=by or self.administrator(), reason="thử")
        return login, code

    def administrator(self) -> str:
        """An administrator; the first is made at the machine."""
        found = [one.login for one in people.every(self.db) if Role.ADMINISTRATOR in one.roles and not one.disabled]
        if not found:
            login, _ = self.invited()
            people.grant(self.db, login=login, role=Role.ADMINISTRATOR, by=None, reason="đầu tiên")
            return login
        return found[0]

    def member(self, *roles: Role, office: str = "MAE") -> str:
        """An account that can be used: password set, second factor enrolled where it is demanded."""
        login, code = self.invited(*roles, office=office)
        self.sign_in(login, code)
        return login

    def sign_in(
        self, login: str, password: str = PASSWORD, address: str | None = None, token: str | None = None
    ) -> str:
        """All steps to an open session; returns its secret."""
        visitor = self.visitor(address, token)
        at = entrance.sign_in(self.entrance, login=login, password=password, visitor=visitor)
        while at.stage is not Stage.OPEN:
            at = self.step(at, visitor)
        self.clock.pass_by(seconds=1)
        return at.token

    def step(self, at: Entered, visitor: Visitor | None = None) -> Entered:
        """Whatever the sign-in waits for."""
        who, visitor = self.who(at.token), visitor or self.visitor()
        assert who is not None
        if at.stage is Stage.NEW_PASSWORD:
            return proofs.change_password(self.entrance, who, current=None, new=PASSWORD, visitor=visitor)
        if at.stage is Stage.ENROL:
            made = proofs.begin_factor(self.entrance, who)
            self.apps[who.login] = base64.b32decode(made.secret)
            return proofs.confirm_factor(self.entrance, who, code=self.code(who.login), visitor=visitor)[0]
        return proofs.prove(self.entrance, who, code=self.code(who.login), visitor=visitor)

    def code(self, login: str, steps: int = 0) -> str:
        """What the app shows; a new one each time it is asked."""
        if not steps:
            self.clock.pass_by(seconds=totp.STEP_SECONDS)
        return totp.code_at(self.apps[login], totp.step_of(self.clock()) + steps)

    def who(self, token: str) -> SignedIn | None:
        return sessions.find(self.entrance, token)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.db.read() as tx:
            return [tuple(row) for row in tx.connection.execute(text(sql), values)]
