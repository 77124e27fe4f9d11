"""What tests of faults agree on: an office, a consumer and one citizen, and the API above them as a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from joserfc.jwk import ECKey
from landworld import COMMUNES as UNITS
from landworld import CONSUMER, DAY, Desk, geojson, row
from syncworld import Process, free_port, until, worker

from api.client import Answer, Citizen, LandClient, Procedure, Question, Retries
from landdata.connectors.service import ServiceClient
from landdata.flows import clients, offices
from landdata.model.clients import DELIVER_SCOPE, RESIDENCY_SCOPES
from landdata.model.deliveries import Declaration
from landdata.store.engine import Database

PROVINCE = "38"  # Thanh Hóa
PARCELS, COMMUNES = 6_000, 10
NUMBER, NAME, BORN = "024070000001", "Nguyễn Văn A", 1970
_ONCE = Retries(attempts=1)


class World(Desk):
    """The land office of Bắc Giang with one certificate of one citizen, a consumer with an agreement, and their keys."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.port = url, free_port()
        self.own_key = ECKey.generate_key("P-256")
        super().__init__(Database(url, pool_size=4), folder)
        self.key_file = folder / "client.pem"
        self.key_file.write_bytes(self.own_key.as_pem(private=True))
        self._register("office", "LO-24", {DELIVER_SCOPE})
        self.deliver([row(UNITS[0], 1, id_number=NUMBER, holder_name=NAME, birth_date=str(BORN))])
        self.people.add(NUMBER, NAME, str(BORN))
        self.match()
        self.agree(daily_quota=1_000_000)

    def close(self) -> None:
        """Close every database that it holds."""
        for one in vars(self).values():
            if isinstance(one, Database):
                one.close()

    def consumer(self, client_id: str = CONSUMER) -> None:
        offices.register_office(self.db, code="C06", kind="CONSUMER", name_vi="C06", name_en="C06")
        self._register(client_id, "C06", RESIDENCY_SCOPES)

    def _register(self, client_id: str, office: str, scopes: Any) -> None:
        public = {**self.own_key.as_dict(private=False), "kid": self.own_key.thumbprint(), "use": "sig", "alg": "ES256"}
        clients.register(self.db, client_id=client_id, office_code=office, jwks={"keys": [public]}, scopes=scopes)

    # programs

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serving(self, *, url: str = "", start: tuple[str, ...] = ("-m", "api"), **settings: str) -> Process:
        """The API, not started yet; `settings` without their prefix, or other variables of the environment."""
        given = {
            "LANDDATA_DATABASE_URL": url or self.url,
            "LANDDATA_DATA_DIR": str(self.data_dir),
            "LANDDATA_PUBLIC_URL": self.issuer,
            "LANDDATA_CLIENT_REQUESTS_PER_SECOND": "10000",
            "LANDDATA_CLIENT_BURST": "10000",
            "LANDDATA_CLIENT_PLACES": "1000",
            **{name if name.isupper() else f"LANDDATA_{name.upper()}": value for name, value in settings.items()},
        }
        return Process([*start, "--port", str(self.port)], given, self.data_dir / "api.log")

    def working(self) -> Process:
        return worker(self.url, self.data_dir)

    def wait(self) -> None:
        """Until the API takes requests."""
        until(lambda: self.alive() is not None, what="API")

    def alive(self) -> float | None:
        """Seconds that /health took, or None when nobody is there."""
        try:
            answer = httpx.get(f"{self.issuer}/health", timeout=10, trust_env=False)
        except httpx.TransportError:
            return None
        assert answer.status_code == 200
        return answer.elapsed.total_seconds()

    # callers

    def reader(self, *, url: str | None = None, timeout: float = 60) -> LandClient:
        """The consumer's client; it does not repeat by itself."""
        return LandClient(
            self.issuer, url=url, client_id=CONSUMER, key=self.own_key, retries=_ONCE, timeout=timeout, dpop=True
        )

    def office_client(self, http: httpx.Client) -> ServiceClient:
        return ServiceClient(http, issuer=self.issuer, client_id="office", key_file=self.key_file)

    def http(self, *, timeout: float = 60) -> httpx.Client:
        return httpx.Client(base_url=self.issuer, timeout=timeout, trust_env=False)

    def hand_in(self, key: str, path: Path) -> tuple[str, bool]:
        """Deliver over HTTP: the uid, and whether it had come before."""
        with self.http() as http:
            return self.office_client(http).deliver(path, declared(key, path))

    def file(self, name: str, *numbers: int) -> Path:
        """A delivery of some parcels, a file of its own bytes."""
        path = self.data_dir / f"{name}.geojson"
        path.write_bytes(geojson([row(UNITS[1], number, holder_name=f"Trần {name}") for number in numbers]))
        return path

    def logged(self, answer: Answer) -> bool:
        """Whether the access log holds the very row of an answer."""
        found = self.rows(
            "SELECT request_id, status FROM audit.access_event WHERE access_id = :id", id=answer.access_id
        )
        return found == [(answer.request_id, answer.status.value)]


def declared(key: str, path: Path) -> Declaration:
    """What an office says of a file."""
    return Declaration(key, path.name, effective_on=DAY)


def question() -> Question:
    """Asks about the one citizen, under a request id never used before."""
    return Question(Citizen(NUMBER, NAME, BORN), Procedure("CA-24", "CB-1", "CU-TRU-01", "HS-1"))


def problem_of(answer: httpx.Response) -> str:
    """The code of a problem document."""
    return str(json.loads(answer.content)["code"])
