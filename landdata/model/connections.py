"""Connections: how a province's own service is reached, what one pull of it found, and what a service may answer; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

# Failures in a row after which the source counts as failing: one bad night is none.
FAILING_AFTER = 3
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)


class Way(StrEnum):
    """What the other side speaks."""

    OAPIF = "OAPIF"  # OGC API - Features, parts 1 to 3
    WFS = "WFS"  # Web Feature Service 2.0
    SFTP = "SFTP"  # a drop area, file by file


class Credential(StrEnum):
    """How we prove ourselves there. What is secret of it lies in a file of the keys folder, never in the database."""

    NONE = "NONE"
    BASIC = "BASIC"  # user and a password
    API_KEY = "API_KEY"  # a header with a key
    OAUTH2 = "OAUTH2"  # client credentials
    SSH_KEY = "SSH_KEY"  # a private key; SFTP only


class Standing(StrEnum):
    """Life of a connection."""

    PROPOSED = "PROPOSED"  # registered by one person; nothing is pulled
    ACTIVE = "ACTIVE"  # a second person agreed
    SUSPENDED = "SUSPENDED"  # nothing is pulled for now
    ENDED = "ENDED"  # nothing is pulled any more


class Outcome(StrEnum):
    """What came of a pull."""

    DELIVERED = "DELIVERED"  # what was pulled is a delivery, or several
    UNCHANGED = "UNCHANGED"  # all went well and there was nothing new
    FAILED = "FAILED"  # nothing was taken; the code says why
    KILLED = "KILLED"  # the worker ended in the midst; the next one begins anew


@dataclass(frozen=True, slots=True)
class Terms:
    """What two persons agreed to. `columns`: name at the service -> name of profile `flat`, for those that differ.

    `wgs84`: the service offers no VN-2000, and its CRS84 was made by the national transformation (EPSG:6960).
    `changed_by`: property that holds when a row changed, as an instant; empty: every pull is a full one. `effective_on`:
    day from which all that is pulled counts, whose codes it bears; None: the day of the pull.
    """

    way: Way
    address: str
    collection: str
    epsg: int | None = None
    wgs84: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    credential: Credential = Credential.NONE
    secret_file: str = ""
    user_name: str = ""
    header: str = ""
    token_address: str = ""
    host_key: str = ""
    changed_by: str = ""
    full_every_days: int = 7
    cadence_minutes: int = 1440
    page_rows: int = 1000
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull. `code` says why it failed; counts are of what was received, whatever became of it."""

    pull_no: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    code: str | None
    details: Mapping[str, Any]
    full: bool
    pages: int
    rows: int
    size_bytes: int
    deliveries: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """A registered connection, how it stands, and its last pull."""

    connection_id: int
    connection_uid: UUID
    office_id: int
    office_code: str
    terms: Terms
    standing: Standing
    registered_by: str
    registered_at: datetime
    approved_by: str | None
    reason: str
    next_at: datetime | None
    failures: int
    full_at: datetime | None
    memory: Mapping[str, Any]
    last: Pull | None


@dataclass(frozen=True, slots=True)
class Line:
    """How a connection stands, for those who look at its source: the last pull, what came of it, and the next time."""

    connection_uid: UUID
    way: Way
    standing: Standing
    next_at: datetime | None
    failures: int
    pulled_at: datetime | None
    outcome: Outcome | None
    code: str | None


def line_of(one: Connection) -> Line:
    """A connection in a line; one that is being pulled for the first time was not pulled yet."""
    last = one.last
    return Line(
        one.connection_uid, one.terms.way, one.standing, one.next_at, one.failures,
        last.ended_at or last.started_at if last else None, last.outcome if last else None, last.code if last else None,
    )  # fmt: skip


def next_at(terms: Terms, now: datetime, *, failures: int) -> datetime:
    """When to pull again: by the cadence, after failures sooner, twice as late each time, at most six hours."""
    cadence = timedelta(minutes=terms.cadence_minutes)
    if not failures:
        return now + cadence
    return now + min(_FIRST_PAUSE * (1 << min(failures - 1, 10)), _LONGEST_PAUSE, cadence)


# What is received


@dataclass(frozen=True, slots=True)
class Feature:
    """A row as the service has it: its own identity (empty: none), attributes, geometry as a GeoJSON object or none."""

    uid: str
    values: dict[str, Any]
    geometry: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `matched`: how many rows there are in all, as the service says; `following`: address of the next page.

    `epsg`: code of the coordinate system that the answer names; None: it names none that can be told. `refused`: what the
    service says instead of rows.
    """

    features: tuple[Feature, ...]
    matched: int | None = None
    following: str | None = None
    epsg: int | None = None
    refused: str = ""
    validator: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are wanted: all, those changed since an instant, or those with these values (any of the sets of pairs)."""

    changed_since: str | None = None
    having: tuple[tuple[str, str], ...] = ()
    most: int | None = None


@dataclass(frozen=True, slots=True)
class PullLimits:
    """What one pull may use: seconds in all, bytes of a page and of all pages, pages."""

    seconds: float
    page_bytes: int
    total_bytes: int
    pages: int


@dataclass(slots=True)
class Spent:
    """What a pull has received so far."""

    pages: int = 0
    rows: int = 0
    size_bytes: int = 0


class ReadPage(Protocol):
    """Makes a page of an answer's bytes, which lie in a file. Raises PullUnreadable."""

    def __call__(self, path: Any) -> Page: ...
