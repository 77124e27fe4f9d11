"""Alerts as they are sent: what is wrong with what since when, in both languages."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.text import DivisionCode, UnitCode
from landdata.model.alerts import Alert, Unit


class AlertState(StrEnum):
    """Which alerts are asked for."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    ALL = "ALL"

    @property
    def open_(self) -> bool | None:
        return None if self is AlertState.ALL else self is AlertState.OPEN


class AlertQuery(BaseModel):
    """What is asked; an unknown parameter is refused."""

    model_config = ConfigDict(extra="forbid")

    state: AlertState = Field(AlertState.OPEN, description="Open ones, those that ended, or both.")
    province: UnitCode | None = Field(
        None, description="Code of a province: alerts about the offices that deliver for it."
    )
    division: DivisionCode | None = Field(
        None, description="Division whose code is meant; the one in force when left out."
    )


class AlertOut(BaseModel):
    """What is wrong with what, since when, and what to do about it."""

    alert: UUID
    rule: str
    vi: str
    en: str
    mend_vi: str
    mend_en: str
    subject: str = Field(description="Code of a land office, a consumer's client or a job.")
    office: str | None
    office_name: str | None
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = Field(description="When it ended; null: it is open.")
    unit: Unit = Field(description="What value and threshold count; a SHARE is a part of one.")
    value: float
    threshold: float
    closed_value: float | None
    details: dict[str, str | int | float]

    @classmethod
    def of(cls, one: Alert) -> "AlertOut":
        return cls(
            alert=one.alert_uid,
            rule=one.rule.code,
            vi=one.rule.vi,
            en=one.rule.en,
            mend_vi=one.rule.mend_vi,
            mend_en=one.rule.mend_en,
            subject=one.subject,
            office=one.office_code,
            office_name=one.name_vi,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            unit=one.rule.unit,
            value=one.value,
            threshold=one.threshold,
            closed_value=one.closed_value,
            details=dict(one.details),
        )


class AlertsOut(BaseModel):
    """Alerts, the newest first, at most 500."""

    alerts: list[AlertOut]
