"""What a running application holds: settings, database, keys, tokens; the lifespan opens and closes it."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from api import patience
from api.fairness import Fairness
from api.gis_keys import KeyBook, MapUse
from api.heads import Heads
from api.metrics import Metrics
from api.oauth.clients import StoredClients
from api.oauth.dpop import Proofs
from api.oauth.external import external_issuer
from api.oauth.issuer import issuer_of
from api.oauth.keys import KeyRing
from api.oauth.replays import ReplayBook, book_of
from api.oauth.server import LandAuthorizationServer
from api.oauth.tokens import TokenBook, Verifier
from api.oidc import PeopleIssuer, people_issuer
from api.security_log import SecurityLog
from landdata.errors import DatabaseUnavailable
from landdata.flows import agreements, seal
from landdata.flows.commune_names import CommuneNames
from landdata.flows.entrance import Entrance
from landdata.flows.gather import Gatherer
from landdata.flows.passwords import Passwords
from landdata.flows.refusals import Refusals
from landdata.model.terms import Limits
from landdata.settings import Settings
from landdata.store import keys as number_keys
from landdata.store import roles
from landdata.store.engine import Database
from landdata.store.mapping import Windows
from landdata.store.roles import Role

# Uploads hold a thread each for as long as their sender takes; more at once would leave look-ups without.
MOST_UPLOADS = 8
# Streams of progress hold a connection each, for minutes.
MOST_STREAMS = 64
# A file that is given back is read and written again for it: minutes of a processor for a whole province.
MOST_RETURNS = 4


@dataclass(frozen=True, slots=True)
class Pools:
    """Connections by what they are for: each pool is connected as the role that may do just that (`store/rights.py`)."""

    gate: Database
    issuer: Database
    uploader: Database
    dashboard: Database
    people: Database
    map: Database
    auditor: Database
    admin: Database

    def close(self) -> None:
        for one in self.every():
            one.close()

    def every(self) -> tuple[Database, ...]:
        return (
            self.gate, self.issuer, self.uploader, self.dashboard, self.people, self.map, self.auditor, self.admin,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may need; nothing here is global, so two applications can live in one process."""

    settings: Settings
    issuer: str
    pools: Pools
    number_keys: number_keys.Keys
    signing_keys: KeyRing
    replays: ReplayBook
    proofs: Proofs
    book: TokenBook
    server: LandAuthorizationServer
    security_log: SecurityLog
    fairness: Fairness
    lookups: Gatherer
    refusals: Refusals
    heads: Heads
    uploads: CapacityLimiter
    streams: CapacityLimiter
    returns: CapacityLimiter
    windows: Windows
    commune_names: CommuneNames
    map_fairness: Fairness
    gis_keys: KeyBook
    map_use: MapUse
    entrance: Entrance
    people_issuer: PeopleIssuer | None

    def close(self) -> None:
        self.lookups.close()
        self.refusals.close()
        self.heads.close()
        self.replays.close()
        self.map_use.write()
        self.windows.close()
        self.pools.close()


def open_services(settings: Settings, metrics: Metrics) -> Services:
    """Open everything. Raises a domain error with what to mend; a database that is down is no such error."""
    if not settings.database_url:
        raise DatabaseUnavailable
    issuer = issuer_of(settings.public_url)
    signing = KeyRing(settings.data_dir)
    numbers = number_keys.Keys(settings.key_folder)
    numbers.require(number_keys.OF_API)
    external = external_issuer(settings, issuer)
    replays = book_of(settings.data_dir)
    pools = _pools(settings)
    clients, verifier, log = StoredClients(pools.issuer), Verifier(signing, issuer), SecurityLog(metrics)
    book = TokenBook(verifier, clients, believe_seconds=settings.revocation_seconds, external=external)
    proofs = Proofs(issuer, replays, nonces=settings.dpop_nonces)
    server = LandAuthorizationServer(
        issuer=issuer,
        keys=signing,
        clients=clients,
        verifier=verifier,
        book=book,
        proofs=proofs,
        mtls=issuer_of(settings.mtls_url) if settings.mtls_url else "",
        log=log,
        token_seconds=settings.token_seconds,
    )
    windows = Windows(pools.map, size=settings.pool_size)
    entrance = Entrance(pools.people, Passwords(), numbers, second_factor_for_all=settings.second_factor_for_all)
    return Services(
        settings,
        issuer,
        pools,
        numbers,
        signing,
        replays,
        proofs,
        book,
        server,
        log,
        _fairness(settings, metrics, pools.issuer),
        Gatherer(pools.gate, numbers, simulated=settings.simulated, observe=metrics.gate),
        Refusals(settings.data_dir, numbers, observe=metrics.unlogged),
        Heads(lambda: seal.state(pools.gate)),
        CapacityLimiter(MOST_UPLOADS),
        CapacityLimiter(MOST_STREAMS),
        CapacityLimiter(MOST_RETURNS),
        windows,
        CommuneNames(windows),
        _map_fairness(settings, metrics),
        KeyBook(entrance, believe_seconds=settings.revocation_seconds),
        MapUse(entrance),
        entrance,
        people_issuer(settings, issuer, entrance=entrance),
    )


def _pools(settings: Settings) -> Pools:
    """Offices hold a connection each while their files are read; look-ups have connections of their own beside the pool."""

    def pool(role: Role, size: int) -> Database:
        timeout = settings.statement_timeout_ms
        # A caller is told in a second that all are taken; who waits longer only makes the row longer.
        return roles.connect(
            settings.database_url, role, pool_size=max(size, 1), statement_timeout_ms=timeout, wait_seconds=1
        )

    whole = settings.pool_size
    return Pools(
        gate=pool(Role.API, whole // 2),
        issuer=pool(Role.ISSUER, whole // 2),
        uploader=pool(Role.UPLOADER, whole),
        dashboard=pool(Role.DASHBOARD, whole // 2),
        people=pool(Role.PEOPLE, whole // 4),
        # Opened and held by `windows`; a page of features has the role's own patience, which is shorter.
        map=roles.connect(settings.database_url, Role.MAP, pool_size=whole, wait_seconds=1),
        # An inspector and an administrator at a time: whoever looks on is told to try again.
        auditor=pool(Role.AUDITOR, whole // 4),
        admin=pool(Role.ADMIN, whole // 4),
    )


def _fairness(settings: Settings, metrics: Metrics, db: Database) -> Fairness:
    async def ask(client_id: str) -> Limits | None:
        return await patience.ask(lambda: agreements.limits(db, client_id=client_id))

    return Fairness(
        metrics,
        ask,
        rate=settings.client_requests_per_second,
        burst=settings.client_burst,
        places=settings.client_places,
    )


def _map_fairness(settings: Settings, metrics: Metrics) -> Fairness:
    """A map asks for a screen of tiles at once, again and again; no agreement says how often."""

    async def nothing_agreed(_: str) -> Limits | None:
        return None

    rate = settings.map_requests_per_second
    return Fairness(metrics, nothing_agreed, rate=rate, burst=int(8 * rate), places=settings.client_places)


async def services(request: Request) -> Services:
    """The services of the application that took the request."""
    found: Services = request.app.state.services
    return found


Served = Annotated[Services, Depends(services)]
