"""What the service answers, as values: the envelope typed, the records inside it as they came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.client.errors import AnswerUnreadable, Problem


class Status(StrEnum):
    """What a look-up came to; only NO_RECORD says that there is nothing."""

    FOUND = "FOUND"
    IDENTITY_MISMATCH = "IDENTITY_MISMATCH"
    NO_RECORD = "NO_RECORD"
    NOT_COVERED = "NOT_COVERED"  # ask the citizen for papers
    UNAVAILABLE = "UNAVAILABLE"  # ask the citizen for papers

    @property
    def needs_papers(self) -> bool:
        """Whether the database could not answer, so that the officer may ask the citizen."""
        return self in {Status.NOT_COVERED, Status.UNAVAILABLE}


class NullReason(StrEnum):
    """Why a field of a record is empty, as its `null_reasons` say."""

    NOT_ON_CERTIFICATE = "NOT_ON_CERTIFICATE"
    NOT_DIGITISED = "NOT_DIGITISED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class _Read(BaseModel):
    # A newer service may say more than this client knows: that is no error.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Withheld(_Read):
    """A field left out, and which rule left it out: AGREEMENT, SCOPE or NOT_ASKED.

    Without a field, and with `units` OUTSIDE: everything outside the units of the agreement, since no unit was asked for.
    """

    field: str | None = None
    units: str | None = None
    why: str


class Answer(_Read):
    """The answer about one citizen; `certificates` are nested as printed, their names those of the 18 fields."""

    status: Status
    request_id: UUID
    access_id: int
    coverage_as_of: datetime
    record_version: str | None = None
    record_ref: str | None = None
    complete: bool | None = None
    reason: str | None = None
    simulated: bool = False
    withheld: tuple[Withheld, ...] = ()
    certificates: tuple[dict[str, Any], ...] = Field((), repr=False)
    not_covered: dict[str, Any] | None = None
    # Newest head of the service's access log, as it came with the answer: keep it.
    log_head: str | None = Field(None, exclude=True)


@dataclass(frozen=True, slots=True)
class Refused:
    """A citizen of a batch whose question was refused; the others are answered all the same."""

    request_id: UUID
    problem: Problem


@dataclass(frozen=True, slots=True)
class Change:
    """A record that changed: no personal value, only the reference given with the first answer, and its version.

    `former_refs` are names it had before the service changed its key: drop what you hold under them.
    """

    record_ref: str
    record_version: str | None
    changed_at: datetime
    kind: str
    former_refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes in order. Keep `next_cursor` once you have dealt with them; everything can be asked again for 90 days."""

    changes: tuple[Change, ...]
    next_cursor: str
    has_more: bool

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)


def read_answer(document: Any, *, request_id: UUID) -> Answer:
    """The answer to that question. Raises AnswerUnreadable, which never quotes what came."""
    try:
        # certificates and the like may be null in an answer that holds none
        answer = Answer.model_validate({name: value for name, value in document.items() if value is not None})
    except (ValidationError, AttributeError):
        raise AnswerUnreadable("the answer has not the form of a look-up's answer") from None
    if answer.request_id != request_id:
        raise AnswerUnreadable("the answer belongs to another request_id")
    return answer


def read_line(document: Any, *, position: int, request_id: UUID) -> Answer | Refused:
    """One line of a batch: the answer to the question at that position, or its refusal. Raises AnswerUnreadable."""
    if not isinstance(document, dict) or document.get("position", position) != position:
        raise AnswerUnreadable("a line of the batch is not where it belongs")
    if document.get("status") in {status.value for status in Status}:
        return read_answer(document, request_id=request_id)
    if document.get("request_id") != str(request_id):
        raise AnswerUnreadable("a line of the batch belongs to another request_id")
    status = document.get("status")
    return Refused(request_id, Problem(status if isinstance(status, int) else 403, _coded(document)))


def _coded(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "code": document.get("code") or document.get("reason")}


def read_changes(document: Any) -> ChangePage:
    """One page of the feed. Raises AnswerUnreadable."""
    try:
        changes = tuple(
            Change(
                str(one["record_ref"]),
                one["record_version"],
                datetime.fromisoformat(one["changed_at"]),
                str(one["kind"]),
                tuple(str(name) for name in one.get("former_refs", ())),
            )
            for one in document["changes"]
        )
        return ChangePage(changes, str(document["next_cursor"]), bool(document["has_more"]))
    except (KeyError, TypeError, ValueError):
        raise AnswerUnreadable("the answer has not the form of a page of changes") from None
