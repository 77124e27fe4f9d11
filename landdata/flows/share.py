"""One look-up in the gate's words and its answer in the consumer's: keyed words in, the text that the gate made out."""

from __future__ import annotations

import json
import re
from datetime import UTC
from functools import lru_cache

from landdata.matching import names
from landdata.model.agreements import OUTSIDE_UNITS, Answer, AnswerStatus, LookupRequest, PopulationReader, Refusal
from landdata.model.fields import ALL_FIELDS_MASK, FIELDS, mask_of, mask_of_scopes
from landdata.store.keys import Keys
from landdata.store.sharing import GateRow, Question

_HINTS = {
    "AGREEMENT_MISSING": "forbidden",
    "PROCEDURE_NOT_AGREED": "forbidden",
    "AGENCY_NOT_AGREED": "forbidden",
    "BINDING_NOT_AGREED": "forbidden",
    "UNIT_NOT_AGREED": "forbidden",
    "NO_FIELDS_LEFT": "forbidden",
    "REQUEST_ID_REUSED": "conflict",
    "QUOTA_USED_UP": "too_many",
    "ACCESS_LOG_UNANCHORED": "unavailable",
}
# A sealed number in the gate's text: JSON never holds a bare byte 1, so no name can pass for one.
_SEALED = re.compile("\x01([0-9a-f]+)\x01")
# Callers' scopes and fields asked for come in few combinations.
_open_to = lru_cache(maxsize=256)(mask_of_scopes)


def question(keys: Keys, caller: PopulationReader, request: LookupRequest) -> Question:
    """What the gate is asked: numbers, names and births only as keyed hashes."""
    born, year, unit = request.date_of_birth, request.birth_year, request.unit
    plain = names.plain(request.full_name)
    return {
        "client_id": caller.client_id,
        "token_jti": caller.token_id,
        "address": caller.address or None,
        "request_id": str(request.request_id),
        "agency_code": request.agency_code,
        "officer_code": request.officer_code,
        "service_code": request.service_code,
        "case_file_no": request.case_file_no,
        # Under every usable version of its key: what is on record is under one of them. The first is logged.
        "indexes": keys.indexes(request.id_number),
        "name_hash": _bytea(keys.hashes_person("name", plain)),
        "name_folded_hash": _bytea(keys.hashes_person("folded", names.folded(request.full_name))),
        "birth_date_hash": _bytea(keys.hashes_person("birth", born.isoformat())) if born else None,
        "birth_year_hash": _bytea(keys.hashes_person("year", str(born.year if born else year))),
        "mask": _open_to(caller.scopes) & _asked_for(request),
        "unit_code": unit.code if unit else None,
        "unit_level": unit.level if unit else None,
        "unit_division": unit.division if unit else None,
        "body_hashes": _bytea(keys.hashes_request(_words(request, plain))),
        "bound": caller.bound,
    }


def reply(keys: Keys, caller: PopulationReader, request: LookupRequest, row: GateRow, *, simulated: bool) -> Answer:
    """The answer as the consumer reads it, around the text that the gate made."""
    status = AnswerStatus(row.status)
    refusal = Refusal(row.reason or "", _HINTS[row.reason or ""]) if status is AnswerStatus.REFUSED else None
    reason = f',"reason":"{row.reason}"' if row.reason else ""
    ref = keys.record_ref(caller.client_id, row.agreement or "", row.party_id) if row.party_id is not None else None
    found = f',"record_ref":"{ref}"' if ref else ""
    left_out = _withheld(row.agreed_mask or 0, _open_to(caller.scopes), _asked_for(request), units=row.units_withheld)
    withheld = f',"withheld":{left_out}'
    as_of = row.coverage_as_of.astimezone(UTC).isoformat(timespec="seconds")
    head = (
        f'{{"request_id":"{request.request_id}","access_id":{row.access_id},"status":"{row.status}",'
        f'"coverage_as_of":"{as_of}",'
        f'"record_version":{_text(row.record_version)},"simulated":{_text(row.simulated or simulated)}'
        f"{found}{reason}{'' if refusal else withheld}"
    )
    rest = row.body[1:]
    if "\x01" in rest:
        rest = _SEALED.sub(lambda found: _text(keys.unseal(bytes.fromhex(found[1]))), rest)
    return Answer(row.access_id, status, refusal, f"{head}{'}' if rest == '}' else ',' + rest}")


def _asked_for(request: LookupRequest) -> int:
    return mask_of(request.fields) if request.fields else ALL_FIELDS_MASK


def _bytea(values: list[bytes]) -> list[str]:
    return ["\\x" + value.hex() for value in values]


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _words(request: LookupRequest, plain_name: str) -> str:
    """The body in one canonical spelling, to tell a repetition from another request."""
    unit = request.unit
    return _text(
        [
            request.agency_code,
            request.officer_code,
            request.service_code,
            request.case_file_no,
            request.id_number,
            plain_name,
            request.date_of_birth.isoformat() if request.date_of_birth else None,
            request.birth_year,
            {"code": unit.code, "level": unit.level, "division": unit.division} if unit else None,
            sorted(request.fields) if request.fields else None,
        ]
    )


@lru_cache(maxsize=4096)
def _withheld(agreed: int, scoped: int, asked: int, *, units: bool) -> str:
    """Fields left out of an answer, and the first rule that left each out, and units outside the agreement, as JSON."""
    left_out: list[dict[str, str]] = [
        {
            "field": field.name,
            "why": "AGREEMENT" if not agreed & field.mask else "SCOPE" if not scoped & field.mask else "NOT_ASKED",
        }
        for field in FIELDS
        if not agreed & scoped & asked & field.mask
    ]
    if units:
        left_out.append(OUTSIDE_UNITS)
    return _text(left_out)
