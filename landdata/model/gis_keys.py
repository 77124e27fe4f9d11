"""Keys by which GIS programs of people read parcels, and how much each reader took on a day; no input or output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from landdata.model.tiles import ParcelReader

# Days a key may live: what is written down on a computer is not to be good for ever.
CHOICES = (7, 30, 90)
MOST_KEYS = 5
MOST_LETTERS = 60
PREFIX = "gis_"
# 256 bits behind a prefix by which a key that was published by mistake is found and told from a password.
SHAPE = re.compile(r"gis_[A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, slots=True)
class GisKey:
    """A key as its owner sees it in a list; `uid` names it, and opens nothing."""

    uid: UUID
    name: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a key that is in force: as whom they read, and until when it lasts."""

    login: str
    reader: ParcelReader
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class MapUse:
    """What one reader took on one day."""

    on: date
    subject: str
    tiles: int
    pages: int
    features: int
