"""The program's eighteen fields are the published eighteen."""

from __future__ import annotations

import csv
from pathlib import Path

from landdata.model.fields import ALL_FIELDS_MASK, FIELDS, Group, Place, mask_of, mask_of_scopes, names_of

ROOT = Path(__file__).resolve().parents[2]
# Where the published list says a field belongs -> where it stands in the answer; all else belongs to an asset.
PLACES = {"certificate": Place.CERTIFICATE, "parcel": Place.PARCEL, "purpose": Place.PURPOSE}


def published() -> list[dict[str, str]]:
    with (ROOT / "fixtures/reference/fields18.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_exactly_eighteen_in_the_published_order():
    rows = published()
    assert len(rows) == len(FIELDS) == 18
    wanted = [(int(row["no"]), row["name"], row["name_vi"], row["code_list"] or None) for row in rows]
    assert wanted == [(field.number, field.name, field.name_vi, field.code_list) for field in FIELDS]


def test_each_stands_where_it_belongs():
    for row, field in zip(published(), FIELDS, strict=True):
        # A parcel has several purposes: what the list counts 1..n for a parcel stands there.
        wanted = "purpose" if (row["belongs_to"], row["multiplicity"]) == ("parcel", "1..n") else row["belongs_to"]
        assert field.place is PLACES.get(wanted, Place.ASSET), field.name


def test_a_field_that_is_always_empty_for_a_reason_names_it():
    for row, field in zip(published(), FIELDS, strict=True):
        if row["may_be_null"] != "no":
            assert field.null_note, field.name


def test_the_sources_agree():
    for row, field in zip(published(), FIELDS, strict=True):
        first = field.source.split(",")[0].split(" ")[0].split(".")[0]
        assert first in row["source_attribute"], field.name


def test_masks_and_scopes_cover_all_and_nothing_else():
    assert mask_of(names_of(ALL_FIELDS_MASK)) == ALL_FIELDS_MASK == 2**18 - 1
    assert mask_of_scopes(frozenset(group.scope for group in Group)) == ALL_FIELDS_MASK
    assert mask_of_scopes(frozenset()) == 0


def test_code_lists_exist():
    lists = {path.stem for path in (ROOT / "fixtures/reference/codelists").glob("*.csv")}
    assert {field.code_list for field in FIELDS if field.code_list} <= lists
