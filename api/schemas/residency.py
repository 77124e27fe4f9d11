"""One citizen asked for, strictly; and the answer's shape, made from the table of the eighteen fields."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.text import Code, Day, DivisionCode, PersonName, UnitCode
from landdata.model.agreements import OUTSIDE_UNITS, AnswerStatus, LookupRequest, NullReason, UnitScope
from landdata.model.fields import FIELDS, Place, SharedField
from landdata.model.units import Level

MOST_IN_A_BATCH = 1000
NAMES = tuple(field.name for field in FIELDS)


EXAMPLE: dict[str, Any] = {
    "request_id": "6f1c1f6e-3d1b-4f57-9a53-0c5f6f0f3a11",
    "agency_code": "CA-24-001",
    "officer_code": "CB-0042",
    "service_code": "1.004222",
    "case_file_no": "H24.1-230328-0007",
    "id_number": "024090000001",
    "full_name": "Nguyễn Thị Thúy",
    "birth_year": 1990,
}


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
            "examples": [EXAMPLE],
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
        if any(
            self.id_number in said
            for said in (self.agency_code, self.officer_code, self.service_code, self.case_file_no)
        ):
            # These words are logged as they are; the number never is.
            raise PydanticCustomError("number_elsewhere", "the citizen's number belongs in id_number and nowhere else")
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


class BatchIn(BaseModel):
    """Up to a thousand citizens, each a look-up of its own; one that is invalid or refused spoils no other."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # Each is read strictly by itself, so that its errors stand in its own line.
    requests: Annotated[
        list[Any],
        Field(min_length=1, max_length=MOST_IN_A_BATCH),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_IN_A_BATCH,
                "items": {"$ref": "#/components/schemas/LookupIn"},
            }
        ),
    ]


# Read by hand, after the token: FastAPI itself would judge a body before it asks who sent it.
HAND_READ = (LookupIn, BatchIn)


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
        "required": [
            "status",
            "request_id",
            "access_id",
            "coverage_as_of",
            "record_version",
            "simulated",
            "withheld",
        ],
        "properties": {
            "status": {"enum": [status.value for status in AnswerStatus if status is not AnswerStatus.REFUSED]},
            "reason": {"type": ["string", "null"], "description": "Why it is UNAVAILABLE."},
            "complete": {
                "type": "boolean",
                "description": "Whether the whole scope asked about is connected, and nothing in it unverified or withheld.",
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
                "description": "Fields left out; with an agreement limited to units, and no unit asked, what lies outside too.",
                "items": {
                    "type": "object",
                    "required": ["why"],
                    "properties": {
                        "field": {"enum": list(NAMES)},
                        "units": {"enum": [OUTSIDE_UNITS["units"]]},
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
    position = {"type": "integer", "minimum": 0, "description": "Place in the list that was asked."}
    return {
        "LookupAnswer": answer,
        "BatchLine": {
            "description": "One line: the answer to a look-up, or the problem that it met.",
            "anyOf": [
                {"allOf": [_ref(kind), {"type": "object", "properties": {"position": position}}]}
                for kind in ("LookupAnswer", "Problem")
            ],
        },
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
    return {**shape, "description": f"Trường {field.number}: {field.name_vi}. / Field {field.number}: {field.name_en}."}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_UNIT = {"code": "24", "level": "province", "division": "2023"}
_SECOND = {
    **EXAMPLE, "request_id": "0a4f2f9e-77aa-4b6d-8d62-0f8d2a4c9b12", "id_number": "024085000002",
    "full_name": "Trần Văn Hòa", "date_of_birth": "1985-02-28",
}  # fmt: skip
del _SECOND["birth_year"]
_ENVELOPE = {
    "request_id": EXAMPLE["request_id"], "access_id": 481516, "coverage_as_of": "2026-11-22T03:04:05+00:00",
    "record_version": None, "simulated": False, "withheld": [],
}  # fmt: skip
_FOUND = {
    **_ENVELOPE,
    "status": "FOUND",
    "record_version": "5d0f3a2b9c4e7781",
    "withheld": [{"field": "construction_grade", "why": "SCOPE"}, {"field": "construction_area_m2", "why": "SCOPE"}],
    "complete": True,
    "certificates": [
        {
            "ref": "1",
            "rights_holders": [
                {
                    "self": True, "name": "Nguyễn Thị Thúy", "kind": "1", "role": "VO", "user_type": "GDC", "id_type": "CCCD",
                    "birth_date": None, "birth_year": 1990, "gender": 0, "id_number": "024090000001",
                },
                {"self": False, "name": "Trần Văn Hòa", "birth_year": 1985, "id_number": "***"},
            ],
            "parcels": [
                {
                    "parcel_number": 12, "map_sheet_number": 7, "parcel_address": "Thôn Đông, xã Tân Mỹ", "area_m2": 120.5,
                    "use_form": {"private_m2": 120.5, "common_m2": 0},
                    "purposes": [
                        {
                            "land_use_purpose": {"code": "ONT", "area_m2": 120.5},
                            "use_term": {"text": "Lâu dài", "kind": "LONG_TERM", "end_date": None},
                            "land_use_origin": ["CNQ-CTT"],
                        }
                    ],
                }
            ],
            "assets": [],
        }
    ],
}  # fmt: skip
_NOT_COVERED = {**_ENVELOPE, "status": "NOT_COVERED", "not_covered": {"communes": ["07213"]}}
_REFUSED = {
    "type": "urn:landdata:problem:PROCEDURE_NOT_AGREED", "title": "Không được phép", "status": 403,
    "code": "PROCEDURE_NOT_AGREED", "detail": "Thủ tục này không có trong thỏa thuận.",
    "detail_en": "This procedure is not part of the agreement.", "mend": "Dùng mã thủ tục đã thỏa thuận.",
    "mend_en": "Use a service code of the agreement.", "request_id": _SECOND["request_id"], "access_id": 481517,
}  # fmt: skip


def _example(vi: str, en: str, value: Any) -> dict[str, Any]:
    return {"summary": f"{vi} / {en}", "value": value}


LOOKUP_EXAMPLES = {
    "birth_year": _example("Chỉ có năm sinh", "Only the year of birth", EXAMPLE),
    "date_of_birth": _example("Có ngày sinh", "A full date of birth", _SECOND),
    "unit_and_fields": _example(
        "Thu hẹp theo địa bàn và trường", "Narrowed to a unit and to fields",
        {**EXAMPLE, "unit": _UNIT, "fields": ["rights_holders", "area_m2"]},
    ),
}  # fmt: skip
ANSWER_EXAMPLES = {
    "found": _example("Có dữ liệu", "On record", _FOUND),
    "no_record": _example("Không có", "There is none", {**_ENVELOPE, "status": "NO_RECORD"}),
    "not_covered": _example("Chưa kết nối đủ địa bàn", "Not all of the scope is connected", _NOT_COVERED),
    "identity_mismatch": _example("Không khớp", "No match", {**_ENVELOPE, "status": "IDENTITY_MISMATCH"}),
    "unavailable": _example(
        "Chưa xác thực chủ sử dụng", "The holder is not verified",
        {**_ENVELOPE, "status": "UNAVAILABLE", "reason": "HOLDER_NOT_VERIFIED"},
    ),
}  # fmt: skip
BATCH_EXAMPLES = {"two": _example("Hai công dân", "Two citizens", {"requests": [EXAMPLE, _SECOND]})}
LINE_EXAMPLES = {
    "answer": _example("Một dòng trả lời", "A line that answers", {"position": 0, **_FOUND}),
    "refusal": _example("Một dòng bị từ chối", "A line that was refused", {"position": 1, **_REFUSED}),
}
