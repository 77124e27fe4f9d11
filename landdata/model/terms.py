"""What an agreement says and how it lives: terms, versions, steps, alarms; read from words, never from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from math import ceil
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from landdata.errors import AgreementUnfit
from landdata.model.agreements import AgreementState, UnitScope
from landdata.model.fields import ALL_FIELDS_MASK, Group, mask_of, mask_of_groups


class Step(StrEnum):
    """What people do to an agreement; each is noted with who, when and why."""

    DRAFTED = "DRAFTED"
    AMENDED = "AMENDED"  # other terms: a new version, in force only when a second person approves it
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"
    RESUMED = "RESUMED"
    ENDED = "ENDED"
    REPLACED = "REPLACED"  # by its next version


class TokenBinding(StrEnum):
    """Whether tokens must be bound to their holder's key (RFC 9449, 8705)."""

    REQUIRED = "REQUIRED"
    UNBOUND = "UNBOUND"  # with a recorded reason only


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version says; `units` empty: the whole country. Raises AgreementUnfit for what cannot be agreed."""

    client_id: str
    purpose: str
    legal_ground: str
    service_codes: tuple[str, ...]
    agency_codes: tuple[str, ...]
    fields_mask: int
    units: tuple[UnitScope, ...]
    daily_quota: int  # distinct citizens a day in Vietnam
    rate_per_second: float | None  # None: the service's own
    burst: int | None
    valid_from: date
    valid_to: date | None  # the first day no longer
    token_binding: TokenBinding
    unbound_reason: str | None

    def __post_init__(self) -> None:
        words = (self.client_id, self.purpose, self.legal_ground, *self.service_codes, *self.agency_codes)
        _demand(all(word.strip() for word in words), "có mục bỏ trống", "something is left empty")
        _demand(
            bool(self.service_codes and self.agency_codes),
            "cần ít nhất một thủ tục và một cơ quan",
            "at least one procedure and one agency are needed",
        )
        _demand(
            0 < self.fields_mask <= ALL_FIELDS_MASK, "cần ít nhất một trong 18 trường", "at least one of the 18 fields"
        )
        _demand(self.daily_quota > 0, "hạn mức trong ngày phải lớn hơn 0", "the daily quota must be above 0")
        _demand(
            (self.rate_per_second is None) == (self.burst is None)
            and (self.rate_per_second is None or 0 < self.rate_per_second < 1e6)
            and (self.burst is None or self.burst >= 1),
            "tốc độ phải lớn hơn 0 và đi cùng số yêu cầu dồn",
            "the rate must be above 0 and come with a burst",
        )
        _demand(
            self.valid_to is None or self.valid_to > self.valid_from,
            "ngày kết thúc phải sau ngày bắt đầu",
            "it must end after it begins",
        )
        _demand(
            self.token_binding is TokenBinding.REQUIRED or bool((self.unbound_reason or "").strip()),
            "token không gắn khóa phải có lý do",
            "an unbound token needs a reason",
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One step of one version: who, when, why."""

    version: int
    step: Step
    state: AgreementState
    login: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an agreement, with its consumer and its people's sign-in names."""

    agreement_id: int
    code: str
    version: int
    state: AgreementState
    consumer_vi: str
    consumer_en: str
    terms: Terms
    drafter_id: int
    drafted_by: str
    edited_by: str
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client's agreements in force let it ask: rate (None: the service's own), citizens a day, and used today."""

    rate_per_second: float | None
    burst: int | None
    daily_quota: int
    used_today: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """What somebody has to look at: kind, whose doing, on which day in Vietnam, and the first row of the access log."""

    kind: str
    client_id: str
    agreement: str | None
    on_day: date
    access_id: int
    at: datetime


class Unit(BaseModel):
    """A unit in the words of a file."""

    model_config = ConfigDict(extra="forbid")
    code: str
    level: Literal["province", "district", "commune"]
    division: str


class Said(BaseModel):
    """Terms in the words of a command or a file; what is not said stays as it was. Fields by name, group and mask add up."""

    model_config = ConfigDict(extra="forbid")
    client_id: str | None = None
    purpose: str | None = None
    legal_ground: str | None = None
    service_codes: tuple[str, ...] | None = None
    agency_codes: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
    groups: tuple[Group | Literal["all"], ...] | None = None
    fields_mask: int | None = None
    units: tuple[Unit, ...] | None = None
    daily_quota: int | None = None
    rate_per_second: FiniteFloat | None = None
    burst: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    token_binding: TokenBinding | None = None
    unbound_reason: str | None = None


NEEDED = (
    "client_id", "purpose", "legal_ground", "service_codes", "agency_codes", "fields_mask", "daily_quota", "valid_from",
)  # fmt: skip
# Null in a file takes these back.
TAKEN_BACK = frozenset({"rate_per_second", "burst", "valid_to"})


def said(words: Mapping[str, Any]) -> Said:
    """Terms as they were said. Raises AgreementUnfit naming what cannot be read."""
    try:
        return Said.model_validate(words)
    except ValidationError as error:
        where = ", ".join(sorted({".".join(map(str, one["loc"][:1])) for one in error.errors(include_url=False)}))
        raise AgreementUnfit(reason_vi=f"không đọc được {where}", reason_en=f"cannot read {where}") from None


def terms_of(words: Said, before: Terms | None = None) -> Terms:
    """The terms that were said, over those of the version before. Raises AgreementUnfit."""
    values: dict[str, Any] = {
        "units": (), "rate_per_second": None, "burst": None, "valid_to": None,
        "token_binding": TokenBinding.REQUIRED, "unbound_reason": None,
    }  # fmt: skip
    values |= {} if before is None else {name: getattr(before, name) for name in Terms.__slots__}
    said_so = {name: getattr(words, name) for name in words.model_fields_set}
    given = {name: value for name, value in said_so.items() if value is not None or name in TAKEN_BACK}
    if given.keys() & {"fields", "groups", "fields_mask"}:
        given["fields_mask"] = _mask(words)
    if "units" in given:
        given["units"] = tuple(UnitScope(one.code, one.level, one.division) for one in words.units or ())
    if "rate_per_second" in given and given.get("burst") is None:
        rate = given["rate_per_second"]
        given["burst"] = None if rate is None else max(1, ceil(rate))
    values |= {name: value for name, value in given.items() if name not in {"fields", "groups"}}
    missing = [name for name in NEEDED if name not in values]
    _demand(not missing, f"thiếu {', '.join(missing)}", f"{', '.join(missing)} is missing")
    if values["token_binding"] is TokenBinding.REQUIRED:
        values["unbound_reason"] = None
    return Terms(**values)


def as_words(terms: Terms) -> dict[str, Any]:
    """The terms as a file says them, so that what is shown can be drafted again."""
    return {name: value for name, value in asdict(terms).items() if value not in (None, ())}


def _mask(words: Said) -> int:
    groups = words.groups or ()
    try:
        named = mask_of(words.fields or ())
    except KeyError as error:
        unknown = str(error.args[0])
        raise AgreementUnfit(reason_vi=f"không có trường {unknown}", reason_en=f"no field {unknown}") from None
    everything = ALL_FIELDS_MASK if "all" in groups else 0
    return (words.fields_mask or 0) | named | everything | mask_of_groups([one for one in Group if one in groups])


def _demand(fulfilled: bool, vi: str, en: str) -> None:
    if not fulfilled:
        raise AgreementUnfit(reason_vi=vi, reason_en=en)
