"""GIS users for tests: people with a role and a key, and where they ask."""

from __future__ import annotations

import base64
import itertools
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from landdata.flows import gis_keys, people
from landdata.model.people import Role, Session, SignedIn, Stage, now

BASE = "/v1/features"
ITEMS = f"{BASE}/collections/parcels/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
NUMBERS = itertools.count()


class Reader:
    """A GIS program with a key: what it asks as the person whose key it is."""

    def __init__(self, api: Any, key: str, login: str) -> None:
        self.api, self.key, self.login = api, key, login
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{login}:{key}".encode()).decode()}

    def get(self, path: str, **params: object) -> httpx.Response:
        return self.api.http.get(path, params=params or None, headers=self.headers)

    def json(self, path: str, **params: object) -> dict[str, Any]:
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def numbers(self, **params: object) -> list[int]:
        return [one["properties"]["parcel_number"] for one in self.json(ITEMS, **params)["features"]]


def person(database: Any, role: Role, office: str) -> SignedIn:
    """A person with an account and one role, as one who signed in just now."""
    login, at = f"can.bo.{next(NUMBERS)}", now()
    if all(one.login != "quan.tri" for one in people.every(database)):
        people.add(database, login="quan.tri", full_name="Q", office_code="MAE", by=None)
        people.grant(database, login="quan.tri", role=Role.ADMINISTRATOR, by=None, reason="đầu tiên")
    people.add(database, login=login, full_name="Cán bộ", office_code=office, by=None)
    people.grant(database, login=login, role=role, by="quan.tri", reason="thử")
    with database.read() as tx:
        number = tx.connection.scalar(text("SELECT person_id FROM org.person WHERE login = :login"), {"login": login})
    opened = Session(uuid4(), Stage.OPEN, at, at, at + timedelta(hours=1), "127.0.0.1", "")
    kind = "MINISTRY" if office == "MAE" else "LAND_OFFICE"
    return SignedIn(number, login, "Cán bộ", office, kind, frozenset({role}), opened, at, by_issuer=False)


def reader_of(api: Any, database: Any, office: str = "MAE") -> Reader:
    """A GIS user of this office, with a key."""
    who = person(database, Role.GIS_USER, office)
    made = gis_keys.make(api.app.state.services.entrance, who, name="QGIS", days=7, address="127.0.0.1")
    return Reader(api, made, who.login)
