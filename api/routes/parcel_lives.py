"""Parcels by what stands on their papers, and their lives; for whoever may see parcels, and without their holders."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import StringConstraints

from api.parcel_readers import ANSWERS, SECURITY, ParcelCaller
from api.requests import refuse_repeats
from api.schemas.parcel_lives import FindingOut, ParcelLifeOut
from api.schemas.text import Plain
from api.services import Served
from landdata.flows import parcel_lives

router = APIRouter(prefix="/v1/parcels", tags=["map"], dependencies=[Depends(refuse_repeats)], responses=ANSWERS)
Sought = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60),
    Plain,
    Query(
        description="`07210 12/34` (commune, sheet/parcel), `12/34` with `commune`, a national parcel id, or a commune."
    ),
]
Commune = Annotated[str, Query(pattern=r"^([0-9]{5})?$", description="Code of the commune that `12/34` is meant in.")]
ParcelId = Annotated[str, Path(pattern=r"^[0-9.]{1,32}$", description="`id` of a parcel, as in tiles and features.")]


@router.get("", openapi_extra=SECURITY)
def search(caller: ParcelCaller, services: Served, q: Sought, commune: Commune = "") -> FindingOut:
    """Parcels that stand, or communes to look further in; up to 500 and 50."""
    return FindingOut.of(parcel_lives.search(services.windows, services.commune_names, caller, q, commune=commune))


@router.get("/{parcel_id}", openapi_extra=SECURITY)
def life(caller: ParcelCaller, services: Served, parcel_id: ParcelId) -> ParcelLifeOut:
    """One parcel: its versions, what it was made from and what became of it."""
    return ParcelLifeOut.of(parcel_lives.life(services.windows, caller, parcel_id))
