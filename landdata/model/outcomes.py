"""What an office sees of a delivery at its end beside its view: findings by code, and what a withdrawal would meet."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from landdata.model.deliveries import DeliveryView, Finding, Severity

# Rows named with each code; the report names them all.
ROWS_NAMED = 8


@dataclass(frozen=True, slots=True)
class OfCode:
    """All findings of one code: how many, the first rows they stand in, and one of them for its sentences."""

    code: str
    severity: Severity
    many: int
    rows: tuple[int, ...]
    first: Finding


@dataclass(frozen=True, slots=True)
class Blocked:
    """The later delivery that a withdrawal would cut into, and the codes of the communes they share."""

    delivery_uid: UUID
    communes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A delivery with its findings by code, the gravest first. `blocked` is asked for where it may be withdrawn.

    `delivered_by` is the sign-in name of the official who handed it in on the pages, None for a program.
    """

    view: DeliveryView
    codes: tuple[OfCode, ...]
    blocked: Blocked | None
    delivered_by: str | None


def through_person(login: str) -> str:
    """What stands where a program's client id would, for a delivery that a person hands in; no client is called so."""
    return f"person:{login}"


def person_of(client_id: str | None) -> str | None:
    """The sign-in name in such a word, None in a program's."""
    return client_id.removeprefix("person:") if client_id and client_id.startswith("person:") else None
