"""How each of the 18 shared fields is read from the tables: value and reason when it is empty, as SQL, by field name.

The answer of the gate function is built from `model.fields.FIELDS` and this table alone, so exactly 18 is a property of
the program: a field without an entry, or an entry without a field, stops the program before it answers anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from landdata.model.fields import FIELDS, Place

# Aliases of the query around: p parcel, u purpose, a asset, form (private and common areas), holders (the certificate's
# holders as JSON text), and `qr`: the certificate is of the form with QR code.
_QR = "CASE WHEN qr THEN 'NOT_ON_CERTIFICATE' ELSE 'NOT_DIGITISED' END"
_WORKS = "a.asset_kind IN ('11', '12')"
_APARTMENT = "a.asset_kind IN ('8', '9')"
_TERM_KIND = "CASE WHEN {text} ~* 'lâu dài' THEN 'LONG_TERM' WHEN {end} IS NOT NULL THEN 'FIXED' ELSE 'UNKNOWN' END"


@dataclass(frozen=True, slots=True)
class Projection:
    """SQL of the value (anything `to_json` takes, or JSON text) and of the reason when the value is null."""

    value: str
    reason: str
    is_text: bool = False


def _term(text: str, end: str) -> str:
    kind = _TERM_KIND.format(text=text, end=end)
    return f"CASE WHEN {text} IS NOT NULL THEN json_build_object('text', {text}, 'kind', {kind}, 'end_date', {end}) END"


def _graded(text: str) -> str:
    grade = f"CASE WHEN {text} ~* 'đặc biệt' THEN 'DB' ELSE (regexp_match(upper({text}), '\\m(IV|III|II|I)\\M'))[1] END"
    return f"CASE WHEN {text} IS NOT NULL THEN json_build_object('text', {text}, 'grade', {grade}) END"


PROJECTIONS: dict[str, Projection] = {
    "rights_holders": Projection("holders", "'NOT_DIGITISED'", is_text=True),
    "parcel_number": Projection("p.parcel_number", "'NOT_DIGITISED'"),
    "map_sheet_number": Projection("p.map_sheet_number", "'NOT_DIGITISED'"),
    "parcel_address": Projection("p.address", "'NOT_DIGITISED'"),
    "area_m2": Projection("p.legal_area_m2", "'NOT_ON_CERTIFICATE'"),
    "use_form": Projection("form", "'NOT_DIGITISED'"),
    "land_use_purpose": Projection("json_build_object('code', u.code, 'area_m2', u.area_m2)", "'NOT_DIGITISED'"),
    "use_term": Projection(_term("u.term_text", "u.term_end"), "'NOT_DIGITISED'"),
    "land_use_origin": Projection("nullif(u.origins, '{}')", _QR),
    "house_type": Projection(
        f"CASE WHEN NOT {_WORKS} THEN a.house_type END",
        f"CASE WHEN {_WORKS} THEN 'NOT_APPLICABLE' ELSE 'NOT_DIGITISED' END",
    ),
    "apartment_building_name": Projection(
        f"CASE WHEN {_APARTMENT} AND coalesce(a.building_name, a.apartment_number) IS NOT NULL "
        "THEN json_build_object('name', a.building_name, 'apartment', a.apartment_number) END",
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
    """SQL of the allowed fields of a place as members of a JSON object, and `null_reasons` for the empty ones; or null.

    `q.open` is the bit mask of allowed fields in the query around. Text, not jsonb: it is built once and never read.
    """
    if set(PROJECTIONS) != {field.name for field in FIELDS}:
        raise AssertionError("projections and fields differ")
    values, members, reasons = [], [], []
    for field in FIELDS:
        if field.place is not place:
            continue
        one, wanted = PROJECTIONS[field.name], f"WHEN q.open & {field.mask} <> 0"
        value = one.value if one.is_text else f"to_json({one.value})"
        values.append(f"CASE {wanted} THEN {value} END AS {field.name}")
        members.append(f"CASE {wanted} THEN '\"{field.name}\":' || coalesce(v.{field.name}::text, 'null') END")
        reasons.append(
            f"CASE {wanted} AND v.{field.name} IS NULL THEN '\"{field.name}\":\"' || {one.reason} || '\"' END"
        )
    why = f"'\"null_reasons\":{{' || nullif(concat_ws(',', {', '.join(reasons)}), '') || '}}'"
    # OFFSET 0 keeps the planner from writing each value twice into the query.
    return (
        f"(SELECT nullif(concat_ws(',', {', '.join(members)},\n {why}), '')\n"
        f" FROM (SELECT {', '.join(values)} OFFSET 0) v)"
    )


def placeholders() -> dict[str, str]:
    """What `function_gate.sql` is filled with."""
    return {f"/*{place.value}_fields*/": fields_of(place) for place in Place}
