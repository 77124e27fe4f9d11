"""Answers a list of look-ups as lines of NDJSON, in the order asked; each line is an answer or a problem of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from api import errors, problems
from api.schemas.residency import LookupIn
from landdata.errors import LandDataError
from landdata.model.agreements import Answer, LookupRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from landdata.flows.gather import Gatherer
    from landdata.flows.refusals import Refusals
    from landdata.model.agreements import PopulationReader

MEDIA_TYPE = "application/x-ndjson"
# Citizens of one statement and of one piece of the answer.
PIECE = 100
# Told of a code and how many lines were refused with it that have no row in the access log.
Note = Callable[[str, int], None]


async def respond(
    lookups: Gatherer, refusals: Refusals, caller: PopulationReader, asked: Sequence[Any], note: Note
) -> StreamingResponse:
    """The answer to a list. What stops its first piece, such as a database that is down, stops all of it (raised)."""
    first = await _piece(lookups, caller, asked[:PIECE], 0, note)

    async def lines() -> AsyncIterator[bytes]:
        yield first
        for at in range(PIECE, len(asked), PIECE):
            piece = asked[at : at + PIECE]
            try:
                yield await _piece(lookups, caller, piece, at, note)
            except LandDataError as error:
                if not await refusals.note(caller, lookups_in(piece), error):
                    note(error.code, len(piece))
                # The answer has begun: those left are told one by one that they were not answered.
                yield b"".join(
                    _line(at + place, errors.of_domain(error, _request_id(one)).body) for place, one in enumerate(piece)
                )

    return StreamingResponse(lines(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def lookups_in(asked: Sequence[Any]) -> list[LookupRequest]:
    """What of a list can be asked at all."""
    return [one for one in map(_read, asked) if isinstance(one, LookupRequest)]


async def _piece(lookups: Gatherer, caller: PopulationReader, asked: Sequence[Any], at: int, note: Note) -> bytes:
    entries = [_read(one) for one in asked]
    good = [one for one in entries if isinstance(one, LookupRequest)]
    if len(good) < len(entries):
        note(problems.REQUEST_INVALID.code, len(entries) - len(good))
    answers = iter(await lookups.answer_list(caller, good) if good else [])
    return b"".join(
        _line(at + place, _said(one, next(answers)) if isinstance(one, LookupRequest) else one)
        for place, one in enumerate(entries)
    )


def _read(one: Any) -> LookupRequest | bytes:
    """The look-up, or its problem; errors name fields, never values."""
    try:
        return LookupIn.model_validate_json(json.dumps(one)).request()
    except ValidationError as error:
        where = errors.where_of(error.errors(include_url=False, include_context=False, include_input=False))
        return bytes(errors.of_kind(problems.REQUEST_INVALID, _request_id(one), where=where).body)


def _said(request: LookupRequest, answer: Answer | Exception) -> bytes:
    if isinstance(answer, Exception):
        return bytes(errors.crash(answer, str(request.request_id)).body)
    if answer.refusal is not None:
        return bytes(errors.of_refusal(answer, str(request.request_id)).body)
    return answer.body.encode()


def _line(position: int, document: bytes | memoryview) -> bytes:
    return b'{"position":%d,%s\n' % (position, bytes(document)[1:])


def _request_id(one: Any) -> str:
    """The caller's own id where it is one: nothing else of what it sent is repeated."""
    try:
        return str(UUID(one["request_id"]))
    except (TypeError, KeyError, ValueError, AttributeError):
        return ""
