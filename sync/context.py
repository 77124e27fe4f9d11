"""What every job needs of this process: database, keys, settings, the population platform, endpoints, the mail server."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from landdata.connectors import addresses
from landdata.errors import DatabaseUnavailable
from landdata.flows.asking import Asker
from landdata.flows.drop import Drop
from landdata.model.asking import Limits
from landdata.model.ports import Mail, Notification
from landdata.settings import Settings
from landdata.store import keys as key_files
from landdata.store import roles
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.store.roles import Role
from sync.connectors.mail import Smtp
from sync.connectors.population import PopulationPlatform
from sync.connectors.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Context:
    """Opened once by the worker; jobs get it handed in."""

    db: Database
    sealing: Database
    keys: Keys
    settings: Settings
    asker: Asker | None
    drop: Drop
    notification: Notification
    mail: Mail | None
    # Set when the worker is told to end: what can be begun anew does not keep it.
    stopping: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        self.db.close()
        self.sealing.close()


def open_context(settings: Settings) -> Context:
    """Connect and read the keys. Raises DatabaseUnavailable without an address, KeysMissing, KeysDamaged, KeysExposed."""
    if not settings.database_url:
        raise DatabaseUnavailable
    db = roles.connect(settings.database_url, Role.WORKER, pool_size=settings.pool_size)
    keys = key_files.Keys(settings.key_folder)
    keys.require(key_files.OF_WORKER)
    asker = None
    if settings.population_url:
        platform = PopulationPlatform(
            settings.population_url,
            client_id=settings.population_client_id,
            secret_file=settings.population_secret_file,
        )
        asker = Asker(db, platform, limits(settings))
    return Context(
        db=db,
        # The worker's own role has no right on the log that it seals.
        sealing=roles.connect(settings.database_url, Role.SEALER, pool_size=2),
        keys=keys,
        settings=settings,
        asker=asker,
        drop=Drop(db, keys, settings),
        notification=Webhooks(addresses.networks(settings.webhook_networks)),
        mail=Smtp(settings) if settings.smtp_host else None,
    )


def limits(settings: Settings) -> Limits:
    """Our own limits towards the population platform."""
    return Limits(
        daily=settings.match_daily_quota,
        per_second=settings.match_requests_per_second,
        failures=settings.match_failures,
        open_seconds=settings.match_pause_seconds,
    )
