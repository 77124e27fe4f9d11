"""One citizen asked for, strictly; and the answer's shape, made from the table of the eighteen fields."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.text import Code, Day, DivisionCode, PersonName, UnitCode
from landdata.model.agreements import AnswerStatus, LookupRequest, NullReason, UnitScope
from landdata.model.fields import FIELDS, Place, SharedField
from landdata.model.units import Level

NAMES = tuple(field.name for field in FIELDS)


def _shared(name: str) -> str:
    if name not in NAMES:
        raise PydanticCustomError("unknown_field", "not one of the shared fields")
    return name


FieldName = Annotated[str, AfterValidator(_shared), Field(json_schema_extra={"enum": list(NAMES)})]


class UnitScopeIn(BaseModel):
    """A unit to narrow the question to, named in a division's codes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: UnitCode
    level: Level
    division: DivisionCode


class LookupIn(BaseModel):
    """One citizen: number, name and birth must agree with the verified holder, or nothing is answered."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "request_id": "6f1c1f6e-3d1b-4f57-9a53-0c5f6f0f3a11",
                    "agency_code": "CA-24-001",
                    "officer_code": "CB-0042",
                    "service_code": "1.004222",
                    "case_file_no": "H24.1-230328-0007",
                    "id_number": "024090000001",
                    "full_name": "Nguyễn Thị Thúy",
                    "birth_year": 1990,
                }
            ],
            "oneOf": [{"required": ["date_of_birth"]}, {"required": ["birth_year"]}],
        },
    )

    request_id: UUID = Field(
        description="Yours; the same id and body is answered again, the same id with another body refused."
    )
    agency_code: Code
    officer_code: Code
    service_code: Code = Field(description="Residency procedure, as in the agreement.")
    case_file_no: Code = Field(description="File of the procedure.")
    id_number: Annotated[str, StringConstraints(pattern=r"^([0-9]{12}|[0-9]{9})$")] = Field(
        description="12 digits (CCCD) or 9 (CMND)."
    )
    full_name: PersonName
    date_of_birth: Day | None = None
    birth_year: Annotated[int, Field(ge=1850, le=2100)] | None = None
    unit: UnitScopeIn | None = None
    fields: Annotated[list[FieldName], Field(min_length=1, max_length=len(FIELDS))] | None = None

    @model_validator(mode="after")
    def _one_birth(self) -> Self:
        if (self.date_of_birth is None) == (self.birth_year is None):
            raise PydanticCustomError("one_of_birth", "exactly one of date_of_birth and birth_year is needed")
        if self.fields is not None and len(set(self.fields)) != len(self.fields):
            raise PydanticCustomError("field_repeated", "a field is named twice")
        return self

    def request(self) -> LookupRequest:
        unit = self.unit
        return LookupRequest(
            request_id=self.request_id,
            agency_code=self.agency_code,
            officer_code=self.officer_code,
            service_code=self.service_code,
            case_file_no=self.case_file_no,
            id_number=self.id_number,
            full_name=self.full_name,
            date_of_birth=self.date_of_birth,
            birth_year=self.birth_year,
            unit=None if unit is None else UnitScope(unit.code, unit.level.value, unit.division),
            fields=None if self.fields is None else tuple(self.fields),
        )


# Read by hand, after the token: FastAPI itself would judge a body before it asks who sent it.
HAND_READ = (LookupIn,)


def answer_schemas() -> dict[str, Any]:
    """The answer's components for the description: exactly the shared fields, each in its place."""
    text = {"type": "string"}
    places = {place: _place(place) for place in Place}
    places[Place.PARCEL]["properties"]["purposes"] = {"type": "array", "items": _ref("LandPurpose")}
    certificate = places[Place.CERTIFICATE]["properties"]
    certificate["ref"] = {**text, "description": "Opaque; serials of certificates are not shared."}
    certificate["parcels"] = {"type": "array", "items": _ref("LandParcel")}
    certificate["assets"] = {"type": "array", "items": _ref("LandAsset")}
    answer = {
        "type": "object",
        "description": "The answer about one citizen. Certificates are there with status FOUND only.",
        "required": ["status", "request_id", "access_id", "withheld"],
        "properties": {
            "status": {"enum": [status.value for status in AnswerStatus if status is not AnswerStatus.REFUSED]},
            "reason": {"type": ["string", "null"], "description": "Why it is UNAVAILABLE."},
            "complete": {
                "type": "boolean",
                "description": "Whether the whole scope asked about is connected.",
            },
            "request_id": {"type": "string", "format": "uuid"},
            "access_id": {"type": "integer", "description": "Row in the access log."},
            "coverage_as_of": {"type": "string"},
            "record_version": {
                "type": ["string", "null"],
                "description": "Changes only when the record does.",
            },
            "record_ref": {
                "type": "string",
                "description": "With FOUND: how the change feed names this record; another one for each consumer.",
            },
            "simulated": {"type": "boolean"},
            "withheld": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "field": {"enum": list(NAMES)},
                        "why": {"enum": ["AGREEMENT", "SCOPE", "NOT_ASKED"]},
                    },
                },
            },
            "certificates": {"type": ["array", "null"], "items": _ref("LandCertificate")},
            "not_covered": {
                "type": "object",
                "description": "With NOT_COVERED: unconnected communes of the unit, or counts by province.",
                "properties": {"communes": {"type": "array"}, "provinces": {"type": "array"}},
            },
        },
    }
    return {
        "LookupAnswer": answer,
        "LandCertificate": places[Place.CERTIFICATE],
        "LandParcel": places[Place.PARCEL],
        "LandPurpose": places[Place.PURPOSE],
        "LandAsset": places[Place.ASSET],
        "LandNullReason": {
            "enum": [reason.value for reason in NullReason],
            "description": "Why a field is empty.",
        },
    }


def _object(**members: str) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "properties": {name: {"type": [kind, "null"]} for name, kind in members.items()},
    }


_TERM = _object(text="string", kind="string", end_date="string")
_HOLDER = {
    "type": "object",
    "description": "The citizen asked about in full (`self`), others by name and birth year only.",
    "properties": {
        "self": {"type": "boolean"},
        **_object(name="string", kind="string", role="string", user_type="string", id_type="string")["properties"],
        **_object(id_number="string", birth_date="string", birth_year="integer", gender="integer")["properties"],
    },
}
# Shapes of the fields that are more than a text or a number.
_SHAPES: dict[str, dict[str, Any]] = {
    "rights_holders": {"type": ["array", "null"], "items": _HOLDER},
    "use_form": _object(private_m2="number", common_m2="number"),
    "land_use_purpose": _object(code="string", area_m2="number"),
    "use_term": _TERM,
    "ownership_term": _TERM,
    "apartment_building_name": _object(name="string", apartment="string"),
    "common_ownership_items": {"type": ["array", "null"], "items": {"type": "object"}},
}
_KINDS: dict[str, dict[str, Any]] = {
    "integer": {"type": ["integer", "null"]},
    "decimal": {"type": ["number", "null"]},
    "text": {"type": ["string", "null"]},
    "code": {"type": ["string", "null"]},
    "codes": {"type": ["array", "null"], "items": {}},
    "graded text": _object(text="string", grade="string"),
}


def _place(place: Place) -> dict[str, Any]:
    here = [field for field in FIELDS if field.place is place]
    reasons = {
        "type": "object",
        "description": "Why each empty field is empty, by its name.",
        "additionalProperties": _ref("LandNullReason"),
    }
    return {
        "type": "object",
        "properties": {**{field.name: _field(field) for field in here}, "null_reasons": reasons},
    }


def _field(field: SharedField) -> dict[str, Any]:
    shape = _SHAPES.get(field.name) or _KINDS[field.kind]
    return {**shape, "description": f"Field {field.number}: {field.name_vi} / {field.name_en}."}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
