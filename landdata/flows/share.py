"""Answers the residency desk about one citizen: keyed words in, the gate's answer out, the log row always first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from landdata.matching import names
from landdata.model.agreements import Answer, AnswerStatus, LookupRequest, PopulationReader, Refusal, Withheld
from landdata.model.fields import ALL_FIELDS_MASK, FIELDS, mask_of, mask_of_scopes
from landdata.store import sharing
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.store.sharing import GateRow

_HINTS = {
    "AGREEMENT_MISSING": "forbidden",
    "PROCEDURE_NOT_AGREED": "forbidden",
    "AGENCY_NOT_AGREED": "forbidden",
    "UNIT_NOT_AGREED": "forbidden",
    "NO_FIELDS_LEFT": "forbidden",
    "REQUEST_ID_REUSED": "conflict",
    "QUOTA_USED_UP": "too_many",
}


def answer(
    db: Database, *, keys: Keys, caller: PopulationReader, requests: Sequence[LookupRequest], simulated: bool
) -> list[Answer]:
    """One answer a request, in order. No answer exists before its log row is on disk. Raises DatabaseUnavailable."""
    asked = [_question(keys, caller, request) for request in requests]
    with db.write() as tx:
        rows = sharing.read_land_records(tx, asked)
    # The transaction is committed, with synchronous_commit: the log rows are on disk.
    return [
        _answer(keys, caller, request, row, simulated=simulated) for request, row in zip(requests, rows, strict=True)
    ]


def _question(keys: Keys, caller: PopulationReader, request: LookupRequest) -> dict[str, Any]:
    born, year = request.date_of_birth, request.birth_year
    mask = mask_of_scopes(caller.scopes) & (mask_of(request.fields) if request.fields else ALL_FIELDS_MASK)
    return {
        "client_id": caller.client_id,
        "token_jti": caller.token_id,
        "address": caller.address or None,
        "request_id": str(request.request_id),
        "agency_code": request.agency_code,
        "officer_code": request.officer_code,
        "service_code": request.service_code,
        "case_file_no": request.case_file_no,
        "bidx": str(keys.index(request.id_number)),
        "name_hash": keys.hash_person("name", names.plain(request.full_name)).hex(),
        "name_folded_hash": keys.hash_person("folded", names.folded(request.full_name)).hex(),
        "birth_date_hash": keys.hash_person("birth", born.isoformat()).hex() if born else None,
        "birth_year_hash": keys.hash_person("year", str(born.year if born else year)).hex(),
        "mask": mask,
        "unit": _unit(request),
        "body_hash": keys.hash_request(_words(request)).hex(),
    }


def _unit(request: LookupRequest) -> dict[str, str] | None:
    unit = request.unit
    return {"code": unit.code, "level": unit.level, "division": unit.division} if unit else None


def _words(request: LookupRequest) -> str:
    """The body in one canonical spelling, to tell a repetition from another request."""
    return json.dumps(
        [
            request.agency_code,
            request.officer_code,
            request.service_code,
            request.case_file_no,
            request.id_number,
            names.plain(request.full_name),
            request.date_of_birth.isoformat() if request.date_of_birth else None,
            request.birth_year,
            _unit(request),
            sorted(request.fields) if request.fields else None,
        ],
        ensure_ascii=False,
    )


def _answer(keys: Keys, caller: PopulationReader, request: LookupRequest, row: GateRow, *, simulated: bool) -> Answer:
    status = AnswerStatus(row.status)
    envelope: dict[str, Any] = {
        "request_id": str(request.request_id),
        "access_id": row.access_id,
        "status": status.value,
        "coverage_as_of": datetime.now(UTC).isoformat(timespec="seconds"),
        "record_version": row.body.pop("record_version", None),
        "simulated": bool(row.body.pop("simulated", False)) or simulated,
    }
    if status is AnswerStatus.REFUSED:
        code = row.reason or ""
        body = json.dumps({**envelope, "reason": code}, ensure_ascii=False)
        return Answer(row.access_id, status, Refusal(code, _HINTS[code]), body)
    if row.reason:
        envelope["reason"] = row.reason
    agreed, agreement = int(row.body.pop("agreement_mask", 0)), str(row.body.pop("agreement", ""))
    if (party := row.body.pop("party", None)) is not None:
        envelope["record_ref"] = keys.record_ref(caller.client_id, agreement, party)
    withheld = _withheld(caller, request, agreed)
    envelope["withheld"] = [{"field": one.field, "why": one.why} for one in withheld]
    for certificate in row.body.get("certificates") or []:
        for holder in certificate.get("rights_holders") or []:
            if holder["self"] and holder["id_number"]:
                holder["id_number"] = keys.unseal(bytes.fromhex(holder["id_number"]))
    return Answer(row.access_id, status, None, json.dumps({**envelope, **row.body}, ensure_ascii=False))


def _withheld(caller: PopulationReader, request: LookupRequest, agreed: int) -> list[Withheld]:
    """Fields left out of an answer, and the first rule that left each out."""
    scoped = mask_of_scopes(caller.scopes)
    asked = mask_of(request.fields) if request.fields else ALL_FIELDS_MASK
    return [
        Withheld(
            field.name, "AGREEMENT" if not agreed & field.mask else "SCOPE" if not scoped & field.mask else "NOT_ASKED"
        )
        for field in FIELDS
        if not agreed & scoped & asked & field.mask
    ]
