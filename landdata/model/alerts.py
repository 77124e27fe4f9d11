"""Alerts: rules with thresholds, what was measured, and what opens or closes of it; no input or output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5


class Unit(StrEnum):
    """What a value and its threshold count."""

    DAYS = "DAYS"
    HOURS = "HOURS"
    MINUTES = "MINUTES"
    COUNT = "COUNT"
    TIMES = "TIMES"  # so many times the usual
    SHARE = "SHARE"  # a part of one
    FIGURES = "FIGURES"


# Vietnamese and English word of each, as it follows a figure; a share is told in per cent.
UNIT_WORDS: Mapping[Unit, tuple[str, str]] = {
    Unit.DAYS: ("ngày", "days"),
    Unit.HOURS: ("giờ", "hours"),
    Unit.MINUTES: ("phút", "minutes"),
    Unit.COUNT: ("lần", "in a row"),
    Unit.TIMES: ("lần mức thường", "times the usual"),
    Unit.SHARE: ("%", "%"),
    Unit.FIGURES: ("số liệu", "figures"),
}


class Audience(StrEnum):
    """Who is told."""

    MINISTRY = "MINISTRY"  # staff who look after the sources
    OPERATOR = "OPERATOR"  # who runs the service


class Occasion(StrEnum):
    """What is told of an alert."""

    OPENED = "OPENED"
    CLOSED = "CLOSED"


class Channel(StrEnum):
    """By what it is told."""

    MAIL = "MAIL"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is watched: words in both languages, the value from which on it is told, and how long it has to be well again."""

    code: str
    vi: str
    en: str
    mend_vi: str
    mend_en: str
    unit: Unit
    threshold: float
    calm_minutes: int
    audience: Audience
    enabled: bool


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A change of a rule: what it was set to, by whom and why."""

    code: str
    threshold: float
    calm_minutes: int
    enabled: bool
    login: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Measure:
    """What a rule measured of a subject: the code of an office, a client or a job. Details hold nothing personal."""

    rule: str
    subject: str
    value: float
    office_id: int | None = None
    details: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Open:
    """An alert that is open."""

    alert_id: int
    rule: str
    subject: str
    fine_since: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from one look: alerts to open, to note as well again or as bad again (by id), to close (id -> value)."""

    opening: tuple[Measure, ...]
    well: tuple[int, ...]
    bad: tuple[int, ...]
    closing: Mapping[int, float | None]


def weigh(rules: Sequence[Rule], measured: Sequence[Measure], standing: Sequence[Open], now: datetime) -> Verdict:
    """Compare what was measured with what stands. At most one alert is open for a rule and subject.

    What cannot be measured any more is well: its source was paused, its rule was switched off.
    """
    by_code = {one.code: one for one in rules}
    enabled = {code for code, rule in by_code.items() if rule.enabled}
    values = {(one.rule, one.subject): one for one in measured if one.rule in enabled}
    wrong = {key for key, one in values.items() if one.value >= by_code[one.rule].threshold}
    open_ = {(one.rule, one.subject): one for one in standing}
    fine = {key: one for key, one in open_.items() if key not in wrong}
    calm = {
        key: one
        for key, one in fine.items()
        if key[0] not in enabled or now - (one.fine_since or now) >= timedelta(minutes=by_code[key[0]].calm_minutes)
    }
    return Verdict(
        opening=tuple(values[key] for key in sorted(wrong - open_.keys())),
        well=tuple(one.alert_id for key, one in fine.items() if key not in calm and one.fine_since is None),
        bad=tuple(one.alert_id for key, one in open_.items() if key in wrong and one.fine_since is not None),
        closing={one.alert_id: values[key].value if key in values else None for key, one in calm.items()},
    )


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is told. `name_vi` and `name_en` are of the land office it is about, if it is about one."""

    alert_uid: UUID
    rule: Rule
    subject: str
    office_code: str | None
    name_vi: str | None
    name_en: str | None
    opened_at: datetime
    value: float
    threshold: float
    details: Mapping[str, str | int | float]
    closed_at: datetime | None = None
    closed_value: float | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice on its way: what, to whom, and which try it is."""

    notice_id: int
    alert: Alert
    occasion: Occasion
    channel: Channel
    target: str
    made_at: datetime
    attempts: int

    def message(self, occasion: Occasion) -> UUID:
        """The id of this alert's message about an occasion to this target: the same however often it is sent."""
        return uuid5(self.alert.alert_uid, f"{occasion}:{self.channel}:{self.target}")


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail as it is handed to a mail server. `answers`: the message it is a reply to."""

    message: UUID
    answers: UUID | None
    to: str
    subject: str
    text: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a letter: the server's reply code, or TIMEOUT, UNREACHABLE, TLS_FAILED, LOGIN_REFUSED."""

    message: UUID
    status: str

    @property
    def taken(self) -> bool:
        return self.status == "250"

    @property
    def hopeless(self) -> bool:
        """The server will never take it: an address that does not exist, for example (RFC 5321, 5yz)."""
        return len(self.status) == 3 and self.status.startswith("5")
