"""What a second person decides about a delivery, and what was decided."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.text import Code, Plain, UnitCode
from landdata.model.deliveries import Decision, DecisionView

Words = Annotated[str, StringConstraints(min_length=3, max_length=1000, strip_whitespace=True), Plain]


class WithdrawalIn(BaseModel):
    """Who wants it and why; both are kept for good."""

    model_config = ConfigDict(extra="forbid")

    person: Code = Field(description="Sign-in name of an official of the office or of the ministry.")
    reason: Words


class DecisionIn(WithdrawalIn):
    """A second person's word on communes that wait."""

    decision: Decision
    communes: list[UnitCode] | None = Field(None, min_length=1, description="Their codes; all that wait when left out.")


class DecidedOut(BaseModel):
    """How many communes were decided about; the worker does the rest."""

    communes: int


class DecisionOut(BaseModel):
    """What a person decided."""

    verdict: str = Field(description="APPROVE, REJECT or WITHDRAW.")
    communes: list[str]
    decided_by: str
    reason: str
    decided_at: AwareDatetime

    @classmethod
    def of(cls, view: DecisionView) -> "DecisionOut":
        return cls(
            verdict=view.verdict,
            communes=list(view.communes),
            decided_by=view.decided_by,
            reason=view.reason,
            decided_at=view.decided_at,
        )
