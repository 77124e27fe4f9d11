"""How each of the 18 shared fields is read from the tables: value and reason when it is empty, as SQL, by field name.

The answer of the gate function is built from `model.fields.FIELDS` and this table alone, so exactly 18 is a property of
the program: a field without an entry, or an entry without a field, stops the program before it answers anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from landdata.model.fields import FIELDS, Place

# Aliases of the query around: c certificate, p parcel, u purpose, a asset, form (private and common areas),
# holders (JSON of the certificate's holders), and `qr`: the certificate is of the form with QR code.
_QR = "CASE WHEN qr THEN 'NOT_ON_CERTIFICATE' ELSE 'NOT_DIGITISED' END"
_WORKS = "a.asset_kind IN ('11', '12')"
_APARTMENT = "a.asset_kind IN ('8', '9')"
_TERM_KIND = "CASE WHEN {text} ~* 'lâu dài' THEN 'LONG_TERM' WHEN {end} IS NOT NULL THEN 'FIXED' ELSE 'UNKNOWN' END"


@dataclass(frozen=True, slots=True)
class Projection:
    """SQL of the value (jsonb or anything `to_jsonb` takes) and of the reason when the value is null."""

    value: str
    reason: str


def _term(text: str, end: str) -> str:
    kind = _TERM_KIND.format(text=text, end=end)
    return (
        f"CASE WHEN {text} IS NOT NULL THEN jsonb_build_object('text', {text}, 'kind', {kind}, 'end_date', {end}) END"
    )


def _graded(text: str) -> str:
    grade = f"CASE WHEN {text} ~* 'đặc biệt' THEN 'DB' ELSE (regexp_match(upper({text}), '\\m(IV|III|II|I)\\M'))[1] END"
    return f"CASE WHEN {text} IS NOT NULL THEN jsonb_build_object('text', {text}, 'grade', {grade}) END"


PROJECTIONS: dict[str, Projection] = {
    "rights_holders": Projection("holders", "'NOT_DIGITISED'"),
    "parcel_number": Projection("p.parcel_number", "'NOT_DIGITISED'"),
    "map_sheet_number": Projection("p.map_sheet_number", "'NOT_DIGITISED'"),
    "parcel_address": Projection("p.address", "'NOT_DIGITISED'"),
    "area_m2": Projection("p.legal_area_m2", "'NOT_ON_CERTIFICATE'"),
    "use_form": Projection("form", "'NOT_DIGITISED'"),
    "land_use_purpose": Projection("jsonb_build_object('code', u.code, 'area_m2', u.area_m2)", "'NOT_DIGITISED'"),
    "use_term": Projection(_term("u.term_text", "u.term_end"), "'NOT_DIGITISED'"),
    "land_use_origin": Projection("nullif(to_jsonb(u.origins), '[]'::jsonb)", _QR),
    "house_type": Projection(
        f"CASE WHEN NOT {_WORKS} THEN a.house_type END",
        f"CASE WHEN {_WORKS} THEN 'NOT_APPLICABLE' ELSE 'NOT_DIGITISED' END",
    ),
    "apartment_building_name": Projection(
        f"CASE WHEN {_APARTMENT} AND coalesce(a.building_name, a.apartment_number) IS NOT NULL "
        "THEN jsonb_build_object('name', a.building_name, 'apartment', a.apartment_number) END",
        f"CASE WHEN {_APARTMENT} THEN 'NOT_DIGITISED' ELSE 'NOT_APPLICABLE' END",
    ),
    "floor_area_m2": Projection("a.floor_area_m2", _QR),
    "ownership_form": Projection("a.ownership_form", "'NOT_DIGITISED'"),
    "house_grade": Projection(
        _graded(f"CASE WHEN NOT {_WORKS} THEN a.house_grade END"),
        f"CASE WHEN {_WORKS} THEN 'NOT_APPLICABLE' ELSE {_QR} END",
    ),
    "ownership_term": Projection(_term("a.ownership_term", "NULL::date"), "'NOT_DIGITISED'"),
    "common_ownership_items": Projection(
        f"CASE WHEN {_APARTMENT} THEN a.common_items END",
        f"CASE WHEN {_APARTMENT} THEN 'NOT_DIGITISED' ELSE 'NOT_APPLICABLE' END",
    ),
    "construction_grade": Projection(
        _graded(f"CASE WHEN {_WORKS} THEN a.construction_grade END"),
        f"CASE WHEN {_WORKS} THEN 'NOT_DIGITISED' ELSE 'NOT_APPLICABLE' END",
    ),
    "construction_area_m2": Projection("a.construction_area_m2", _QR),
}


def fields_of(place: Place) -> str:
    """SQL of one JSON object with the allowed fields of a place, and `null_reasons` for the empty ones.

    `mask` is the bit mask of allowed fields in the query around.
    """
    if set(PROJECTIONS) != {field.name for field in FIELDS}:
        raise AssertionError("projections and fields differ")
    values, reasons = [], []
    for field in FIELDS:
        if field.place is not place:
            continue
        one = PROJECTIONS[field.name]
        values.append(
            f"CASE WHEN mask & {field.mask} <> 0 THEN jsonb_build_object('{field.name}', {one.value}) ELSE '{{}}' END"
        )
        reasons.append(
            f"'{field.name}', CASE WHEN mask & {field.mask} <> 0 AND ({one.value}) IS NULL THEN {one.reason} END"
        )
    reason = f"jsonb_strip_nulls(jsonb_build_object({', '.join(reasons)}))"
    return (
        "("
        + "\n || ".join(values)
        + f"\n || CASE WHEN {reason} = '{{}}' THEN '{{}}' ELSE jsonb_build_object('null_reasons', {reason}) END)"
    )


def placeholders() -> dict[str, str]:
    """What `function_gate.sql` is filled with."""
    return {f"/*{place.value}_fields*/": fields_of(place) for place in Place}
