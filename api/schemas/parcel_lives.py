"""Parcels found by number, and their lives; nobody's name."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from landdata.flows.parcel_lives import Finding
from landdata.model.parcel_lives import Kin, Listed, ParcelLife, Version


class ParcelOut(BaseModel):
    """A parcel that stands."""

    id: str = Field(description="As in tiles and features.", examples=["3935.1.7"])
    commune_code: str = Field(examples=["07210"])
    commune_name: str
    map_sheet_number: int
    parcel_number: int
    area_m2: float = Field(description="On the certificate; measured where that says none.")
    purpose: str = Field(description="Code of the first purpose.", examples=["ONT"])

    @classmethod
    def of(cls, one: Listed) -> Self:
        return cls(
            id=str(one.key), commune_code=one.commune_code, commune_name=one.commune_name,
            map_sheet_number=one.key.sheet, parcel_number=one.key.number, area_m2=one.area_m2, purpose=one.purpose,
        )  # fmt: skip


class CommuneOut(BaseModel):
    """A commune with parcels on record."""

    commune_code: str
    commune_name: str
    province_name: str
    parcels: int


class FindingOut(BaseModel):
    """Parcels, or communes to look further in."""

    parcels: list[ParcelOut]
    communes: list[CommuneOut]
    more_communes: int = Field(description="Communes that fit, too, and are not listed.")

    @classmethod
    def of(cls, found: Finding) -> Self:
        return cls(
            parcels=[ParcelOut.of(one) for one in found.parcels],
            communes=[
                CommuneOut(
                    commune_code=one.code, commune_name=one.name, province_name=one.province_name, parcels=one.parcels
                )
                for one in found.communes
            ],
            more_communes=found.more,
        )


class PurposeOut(BaseModel):
    """What a version may be used for."""

    code: str
    name_vi: str
    name_en: str
    area_m2: float | None
    term: str = Field(description="As issued.")


class VersionOut(BaseModel):
    """One state of a parcel, from one publication to another."""

    effective_from: date
    effective_to: date | None = Field(description="Up to before this day; null: it stands.")
    recorded_at: datetime
    ended_at: datetime | None
    restored: bool = Field(description="It came back because a later delivery was withdrawn.")
    withdrawn: bool = Field(description="It ended because its delivery was withdrawn.")
    parcel_uid: str | None = Field(description="National parcel id as issued.")
    legal_area_m2: float | None
    map_area_m2: float
    epsg: int = Field(description="VN-2000 zone it was delivered in.")
    office_vi: str
    office_en: str
    purposes: list[PurposeOut]

    @classmethod
    def of(cls, one: Version) -> Self:
        return cls(
            effective_from=one.since_on, effective_to=one.until_on, recorded_at=one.since_at, ended_at=one.until_at,
            restored=one.restored, withdrawn=one.withdrawn, parcel_uid=one.parcel_uid, legal_area_m2=one.legal_area_m2,
            map_area_m2=one.map_area_m2, epsg=one.zone_epsg, office_vi=one.office_vi, office_en=one.office_en,
            purposes=[
                PurposeOut(code=p.code, name_vi=p.name_vi, name_en=p.name_en, area_m2=p.area_m2, term=p.term)
                for p in one.purposes
            ],
        )  # fmt: skip


class KinOut(BaseModel):
    """A parcel that another was made from, or into."""

    id: str | None = Field(description="Null: it never was on record here.")
    commune_code: str
    map_sheet_number: int
    parcel_number: int

    @classmethod
    def of(cls, one: Kin) -> Self:
        return cls(
            id=str(one.key) if one.key else None, commune_code=one.commune_code, map_sheet_number=one.sheet,
            parcel_number=one.number,
        )  # fmt: skip


class ParcelLifeOut(BaseModel):
    """A parcel and all its versions, the newest first."""

    id: str
    commune_code: str
    commune_name: str
    province_name: str
    map_sheet_number: int
    parcel_number: int
    bbox: list[float] = Field(description="Degrees: west, south, east, north.", min_length=4, max_length=4)
    versions: list[VersionOut]
    made_from: list[KinOut]
    became: list[KinOut]

    @classmethod
    def of(cls, one: ParcelLife) -> Self:
        return cls(
            id=str(one.key), commune_code=one.commune_code, commune_name=one.commune_name,
            province_name=one.province_name, map_sheet_number=one.key.sheet, parcel_number=one.key.number,
            bbox=list(one.box), versions=[VersionOut.of(each) for each in one.versions],
            made_from=[KinOut.of(each) for each in one.parents], became=[KinOut.of(each) for each in one.children],
        )  # fmt: skip
