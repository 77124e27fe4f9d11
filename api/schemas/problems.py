"""The shape of problem documents (RFC 9457), and how routes document the errors they answer."""

from typing import Any

from pydantic import BaseModel, Field

from api.errors import PROBLEM_TYPE, TITLES


class FieldError(BaseModel):
    """A field that broke a rule; never the value."""

    where: str = Field(examples=["body.birth_year"])
    rule: str = Field(examples=["greater_than_equal"])


class Problem(BaseModel):
    """Every error of the API but those of OAuth, whose form RFC 6749 fixes."""

    type: str = Field(examples=["urn:landdata:problem:UNIT_UNKNOWN"])
    title: str = Field(description="What kind of problem, in Vietnamese.")
    status: int
    code: str = Field(description="Stable; programs decide by this.", examples=["UNIT_UNKNOWN"])
    detail: str = Field(description="What happened, in Vietnamese.")
    detail_en: str = Field(description="What happened, in English.")
    mend: str = Field(description="What to do, in Vietnamese.")
    mend_en: str = Field(description="What to do, in English.")
    request_id: str = Field(description="As in X-Request-Id; in a refused look-up, the caller's own request_id.")
    errors: list[FieldError] | None = Field(None, description="With REQUEST_INVALID only.")
    access_id: int | None = Field(None, description="With a refused look-up only: its row in the access log.")


PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for these error statuses."""
    return {
        status: {"description": TITLES[status], "content": {PROBLEM_TYPE: {"schema": PROBLEM_SCHEMA}}}
        for status in statuses
    }
