"""The opponent: the look-up as one would write it with an ORM, in a sync route, with the same token, pool and log row."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Response
from fastapi import Request as HttpRequest
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, foreign, registry, relationship, remote, selectinload

from api.callers import ReaderCaller
from api.main import create_app
from api.routes.residency import question as question_of
from api.services import Served
from landdata.flows import share
from landdata.model.agreements import LookupRequest
from landdata.model.fields import ALL_FIELDS_MASK
from landdata.store.engine import Database
from landdata.store.tables import access_log as log
from landdata.store.tables import agreements as agreed
from landdata.store.tables import coverage
from landdata.store.tables import identities as match
from landdata.store.tables import parcels as land

PATH = "/v1/residency/land-records:orm"


class _Row:
    """A row of the table it is mapped to."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


class Agreement(_Row): ...


class Request(_Row): ...


class Event(_Row): ...


class Party(_Row): ...


class Number(_Row): ...


class Claim(_Row): ...


class Holder(_Row): ...


class Record(_Row): ...


class Certificate(_Row): ...


class Parcel(_Row): ...


class Purpose(_Row): ...


class Right(_Row): ...


class Asset(_Row): ...


def _map() -> None:
    maps = registry().map_imperatively
    for kind, table in ((Agreement, agreed.agreement), (Request, agreed.request), (Event, log.access_event),
                        (Purpose, land.purpose), (Right, land.land_right), (Asset, land.asset)):  # fmt: skip
        maps(kind, table)
    r, p, h = land.record.c, land.parcel.c, land.holder.c

    def of_record(table: Any) -> Any:
        return and_(r.commune_id == foreign(table.c.commune_id), r.record_id == foreign(table.c.record_id))

    purposes = and_(
        p.commune_id == foreign(land.purpose.c.commune_id),
        p.record_id == foreign(land.purpose.c.record_id),
        p.parcel_no == foreign(land.purpose.c.parcel_no),
    )
    left_out = [land.parcel.c.geom]
    ordered = relationship(Purpose, primaryjoin=purposes, viewonly=True, order_by=land.purpose.c.purpose_no)
    maps(Parcel, land.parcel, exclude_properties=left_out, properties={"purposes": ordered})
    maps(Certificate, land.certificate)
    claimed = h.identity_key == foreign(remote(match.claim.c.identity_key))
    maps(Record, land.record, properties={
        name: relationship(kind, primaryjoin=of_record(table), viewonly=True)
        for name, kind, table in (("parcels", Parcel, land.parcel), ("certificates", Certificate, land.certificate),
                                  ("holders", Holder, land.holder), ("rights", Right, land.land_right),
                                  ("assets", Asset, land.asset))})  # fmt: skip
    to_record = and_(foreign(h.commune_id) == r.commune_id, foreign(h.record_id) == r.record_id)
    maps(Holder, land.holder, properties={
        "record": relationship(Record, primaryjoin=to_record, viewonly=True),
        "claim": relationship(Claim, primaryjoin=claimed, viewonly=True, uselist=False)})  # fmt: skip
    holds = match.claim.c.identity_key == foreign(remote(h.identity_key))
    maps(Claim, match.claim, properties={"holdings": relationship(Holder, primaryjoin=holds, viewonly=True)})
    maps(Number, match.party_number)
    maps(Party, match.party, properties={"numbers": relationship(Number), "claims": relationship(Claim)})


def create() -> FastAPI:
    """The real application with one route more."""
    app = create_app()
    _map()
    app.add_api_route(PATH, lookup, methods=["POST"], response_class=Response)
    # The page router takes every address: the new route has to stand before it.
    app.router.routes.insert(0, app.router.routes.pop())
    return app


async def asked_in(request: HttpRequest, _: ReaderCaller) -> LookupRequest:
    return await question_of(request)


@cache
def _whole(url: str) -> Database:
    """The owner's database: an ORM needs the tables themselves."""
    return Database(url, wait_seconds=60)


def lookup(caller: ReaderCaller, services: Served, asked: Annotated[LookupRequest, Depends(asked_in)]) -> Response:
    """One citizen that is expected to be found."""
    keys = services.number_keys
    question = share.question(keys, caller, asked)
    eager = (
        selectinload(Party.claims).selectinload(Claim.holdings).selectinload(Holder.record).options(  # type: ignore[attr-defined]
            selectinload(Record.parcels).selectinload(Parcel.purposes), selectinload(Record.certificates),  # type: ignore[attr-defined]
            selectinload(Record.holders).selectinload(Holder.claim), selectinload(Record.rights),  # type: ignore[attr-defined]
            selectinload(Record.assets)),  # type: ignore[attr-defined]
    )  # fmt: skip
    with Session(_whole(services.settings.database_url).engine) as session:
        agreement = session.scalars(
            select(Agreement).where(
                agreed.agreement.c.client_id == caller.client_id, agreed.agreement.c.state == "ACTIVE"
            )
        ).one()
        assert asked.service_code in agreement.service_codes
        assert asked.agency_code in agreement.agency_codes
        session.add(
            Request(
                client_id=caller.client_id, request_id=asked.request_id, body_hash=keys.hashes_request(asked.full_name)[0],
                snapshot="", agreement_id=agreement.agreement_id,
            )
        )  # fmt: skip
        party = session.scalars(
            select(Party).join(Number).where(match.party_number.c.bidx == question["indexes"][0]).options(*eager)
        ).one()
        c = coverage.connected.c
        whole = session.execute(
            select(func.bool_and(c.connected == c.communes)).where(c.level == "province")
        ).scalar_one()
        records = {one.record.record_id: one.record for claim in party.claims for one in claim.holdings}
        certificates = [_certificate(one, party.party_id, keys) for one in records.values()]
        event = Event(
            request_id=asked.request_id, client_id=caller.client_id, token_jti=caller.token_id,
            agreement_id=agreement.agreement_id, agency_code=asked.agency_code, officer_code=asked.officer_code,
            service_code=asked.service_code, case_file_no=asked.case_file_no, subject=question["indexes"][0], status="FOUND",
            fields_mask=ALL_FIELDS_MASK, record_versions=[str(one) for one in records], address=caller.address,
            at=datetime.now(UTC),
        )  # fmt: skip
        session.add(event)
        session.commit()
        answer = {
            "request_id": str(asked.request_id), "access_id": event.access_id, "complete": whole, "certificates": certificates,
        }  # fmt: skip
    body = json.dumps(answer, default=str, ensure_ascii=False).replace(
        '{"request_id"', '{"status":"FOUND","request_id"', 1
    )
    return Response(body, media_type="application/json")


def _certificate(record: Any, party_id: int, keys: Any) -> dict[str, Any]:
    return {
        "rights_holders": [_holder(one, party_id, keys) for one in record.holders],
        "parcels": [
            {
                "parcel_number": one.parcel_number, "map_sheet_number": one.map_sheet_number, "parcel_address": one.address,
                "area_m2": one.legal_area_m2,
                "use_form": {"private_m2": sum(right.private_m2 or 0 for right in record.rights),
                             "common_m2": sum(right.common_m2 or 0 for right in record.rights)},
                "purposes": [
                    {"land_use_purpose": {"code": use.code, "area_m2": use.area_m2}, "use_term": use.term_text,
                     "land_use_origin": use.origins}
                    for use in one.purposes
                ],
            }
            for one in record.parcels
        ],
        "assets": [
            {
                "house_type": one.house_type, "floor_area_m2": one.floor_area_m2, "ownership_form": one.ownership_form,
                "house_grade": one.house_grade, "ownership_term": one.ownership_term,
                "construction_area_m2": one.construction_area_m2,
            }
            for one in record.assets
        ],
    }  # fmt: skip


def _holder(holder: Any, party_id: int, keys: Any) -> dict[str, Any]:
    if holder.claim is None or holder.claim.party_id != party_id:
        return {"self": False, "name": holder.name, "birth_year": holder.birth_year, "id_number": "***"}
    return {
        "self": True, "name": holder.name, "kind": holder.holder_kind, "role": holder.holder_role,
        "user_type": holder.user_type, "id_type": holder.id_type, "id_number": keys.unseal(holder.id_number_sealed),
        "birth_date": holder.birth_date, "birth_year": holder.birth_year, "gender": holder.gender,
    }  # fmt: skip
