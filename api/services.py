"""What a running application holds: settings, database, keys, tokens; the lifespan opens and closes it."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.fairness import Fairness
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
from api.security_log import SecurityLog
from landdata.errors import DatabaseUnavailable
from landdata.flows import agreements, seal
from landdata.flows.gather import Gatherer
from landdata.model.terms import Limits
from landdata.settings import Settings
from landdata.store import keys as number_keys
from landdata.store.engine import Database

# Uploads hold a thread each for as long as their sender takes; more at once would leave look-ups without.
MOST_UPLOADS = 8
# Streams of progress hold a connection each, for minutes.
MOST_STREAMS = 64
# A file that is given back is read and written again for it: minutes of a processor for a whole province.
MOST_RETURNS = 4


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may need; nothing here is global, so two applications can live in one process."""

    settings: Settings
    issuer: str
    db: Database
    number_keys: number_keys.Keys
    signing_keys: KeyRing
    replays: ReplayBook
    proofs: Proofs
    book: TokenBook
    server: LandAuthorizationServer
    security_log: SecurityLog
    fairness: Fairness
    lookups: Gatherer
    heads: Heads
    uploads: CapacityLimiter
    streams: CapacityLimiter
    returns: CapacityLimiter

    def close(self) -> None:
        self.lookups.close()
        self.heads.close()
        self.replays.close()
        self.db.close()


def open_services(settings: Settings, metrics: Metrics) -> Services:
    """Open everything. Raises a domain error with what to mend; a database that is down is no such error."""
    if not settings.database_url:
        raise DatabaseUnavailable
    issuer = issuer_of(settings.public_url)
    signing = KeyRing(settings.data_dir)
    numbers = number_keys.load(settings.data_dir)
    external = external_issuer(settings, issuer)
    replays = book_of(settings.data_dir)
    db = Database(
        settings.database_url,
        pool_size=settings.pool_size,
        statement_timeout_ms=settings.statement_timeout_ms,
    )
    clients, verifier, log = StoredClients(db), Verifier(signing, issuer), SecurityLog(metrics)
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
    return Services(
        settings,
        issuer,
        db,
        numbers,
        signing,
        replays,
        proofs,
        book,
        server,
        log,
        _fairness(settings, metrics, db),
        Gatherer(db, numbers, simulated=settings.simulated),
        Heads(lambda: seal.state(db)),
        CapacityLimiter(MOST_UPLOADS),
        CapacityLimiter(MOST_STREAMS),
        CapacityLimiter(MOST_RETURNS),
    )


def _fairness(settings: Settings, metrics: Metrics, db: Database) -> Fairness:
    async def ask(client_id: str) -> Limits | None:
        return await to_thread.run_sync(lambda: agreements.limits(db, client_id=client_id))

    return Fairness(
        metrics,
        ask,
        rate=settings.client_requests_per_second,
        burst=settings.client_burst,
        places=settings.client_places,
    )


async def services(request: Request) -> Services:
    """The services of the application that took the request."""
    found: Services = request.app.state.services
    return found


Served = Annotated[Services, Depends(services)]


def address_of(request: Request) -> str:
    """Where a request came from; `::`, the unspecified address, when the server cannot say."""
    try:
        return str(ip_address(request.client.host if request.client else ""))
    except ValueError:
        return "::"
