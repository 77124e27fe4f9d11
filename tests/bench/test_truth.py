"""The truth set holds what it promises: its shares, numbers as the law builds them, and labels that are true."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from csv import DictReader
from itertools import pairwise

import pyarrow as pa
import pytest
from pyarrow import csv

from fixtures.generators.register import REFERENCE, provinces
from tests.bench.conftest import HOLDERS, PEOPLE
from tests.bench.truth import files, spelling
from tests.bench.truth.carried import WrongNumber
from tests.bench.truth.damages import NEVER, SPOILS_NUMBER, Damage


def head(path):
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().replace('"', "")


def rows(path):
    options = csv.ConvertOptions(column_types=dict.fromkeys(head(path).split(","), pa.string()))
    return csv.read_csv(path, convert_options=options).to_pylist()


def csv_lines(name):
    with (REFERENCE / "admin" / name).open(encoding="utf-8", newline="") as file:
        return list(DictReader(file))


@pytest.fixture(scope="module")
def people(truth):
    return {one["person_id"]: one for one in rows(truth.people)}


@pytest.fixture(scope="module")
def records(truth):
    """Each holder with its label; `done` is the set of damages."""
    labels = rows(truth.labels)
    return [
        {**label, **holder, "done": {Damage[one] for one in label["damages"].split("+") if one}}
        for label, holder in zip(labels, rows(truth.holders), strict=True)
    ]


def test_the_seed_and_the_sizes_decide(truth, tmp_path):
    def made(seed: int, holders: int = HOLDERS) -> list[bytes]:
        folder = tmp_path / f"{seed}-{holders}"
        folder.mkdir()
        again = files.make(folder, holder_count=holders, people_count=PEOPLE, seed=seed)
        return [one.read_bytes() for one in (again.holders, again.people, again.labels)]

    first = [one.read_bytes() for one in (truth.holders, truth.people, truth.labels)]
    assert made(5) == first
    other = made(6)
    assert all(one != two for one, two in zip(first, other, strict=True))
    assert made(5, 100)[1] == first[1], "the people do not depend on the holders"


def test_the_columns_are_those_of_the_desk(truth):
    assert head(truth.holders) == (
        "holder_id,holder_name,id_type,id_number,birth_date,gender,commune_code,certificate_date"
    )
    assert head(truth.people) == (
        "person_id,id_number,old_id_number,full_name,former_name,date_of_birth,gender,birth_province,"
        "residence_commune,status,died_on"
    )


def test_numbers_tell_place_century_sex_and_year(people):
    prefixes = {one.citizen_prefix for one in provinces()}
    for one in people.values():
        number, year = one["id_number"], int(one["date_of_birth"][:4])
        assert re.fullmatch(r"\d{12}", number)
        assert number[:3] in prefixes
        assert number[:3] == one["birth_province"]
        assert int(number[3]) == (year // 100 - 19) * 2 + (one["gender"] == "0")
        assert int(number[4:6]) == year % 100
        assert re.fullmatch(r"(\d{9})?", one["old_id_number"])
    assert len({one["id_number"] for one in people.values()}) == len(people) == PEOPLE
    old = Counter(one["old_id_number"] for one in people.values() if one["old_id_number"])
    assert max(old.values()) == 2
    assert sum(count == 2 for count in old.values()) > 50


def test_people_are_as_in_life(people):
    everybody = list(people.values())
    family = Counter(one["full_name"].split()[0] for one in everybody)
    assert 0.35 < family["Nguyễn"] / PEOPLE < 0.41
    same = Counter((one["full_name"], one["date_of_birth"][:4]) for one in everybody)
    assert sum(count for count in same.values() if count > 1) > 0.2 * PEOPLE
    assert 0.01 < sum(bool(one["former_name"]) for one in everybody) / PEOPLE < 0.03
    assert all(one["former_name"] != one["full_name"] for one in everybody)
    dead = [one for one in everybody if one["status"] == "DEAD"]
    assert 0.01 < len(dead) / PEOPLE < 0.1
    assert all(one["date_of_birth"] < one["died_on"] < "2026-11-21" for one in dead)
    assert not any(one["died_on"] for one in everybody if one["status"] == "ALIVE")
    assert 0.01 < sum(len(one["date_of_birth"]) == 4 for one in everybody) / PEOPLE < 0.1


def test_the_shares_are_those_promised(records):
    def share(of: Callable[[dict], bool]) -> float:
        return sum(map(of, records)) / HOLDERS

    assert share(lambda one: bool(one["done"] - {Damage.OLD_NUMBER, Damage.NOT_LISTED, Damage.WRONG_TYPE})) > 0.35
    assert share(lambda one: len(one["done"]) > 1) > 0.1
    wrong = [one for one in records if one["wrong_number"] != "NONE"]
    assert len(wrong) / HOLDERS > 0.02
    near = sum(one["wrong_number"] not in {"STRANGER", "CHANCE"} for one in wrong)
    assert near / len(wrong) > 0.5
    kinds = Counter(one["wrong_number"] for one in wrong)
    assert set(kinds) == {one.name for one in WrongNumber} - {"NONE"}
    assert 0.01 < kinds["HOMONYM_SAME_YEAR"] / kinds["HOMONYM"] < 0.06
    born = [one for one in records if Damage.NO_BIRTH not in one["done"]]
    assert 0.82 < sum(len(one["birth_date"]) == 4 for one in born) / len(born) < 0.9
    seen = Counter(damage for one in records for damage in one["done"])
    assert set(Damage) == set(seen)


def test_a_number_that_is_called_right_is_the_persons_own(records, people):
    for one in records:
        digits = re.sub(r"\D", "", one["id_number"])
        person = people.get(one["person_id"])
        own = {person["id_number"], person["old_id_number"]} - {""} if person else set()
        assert (one["number_right"] == "1") == (digits in own and Damage.OTHER_PAPER not in one["done"]), one
        if one["linkable"] == "1":
            assert one["number_right"] == "1"
            assert one["number_of"] == one["person_id"]


def test_a_wrong_number_is_a_real_persons(records, people):
    by_number = {number: key for key, one in people.items() for number in (one["id_number"], one["old_id_number"])}
    for one in records:
        digits = re.sub(r"\D", "", one["id_number"])
        assert (one["wrong_number"] == "NONE") == (Damage.OTHERS_NUMBER not in one["done"])
        if one["wrong_number"] == "NONE":
            assert one["number_right"] == "1" or digits not in by_number or digits == "", one
            continue
        owner = people[one["number_of"]]
        assert one["number_of"] != one["person_id"]
        assert digits in {owner["id_number"], owner["old_id_number"]}
        if one["wrong_number"].startswith("HOMONYM") and one["person_id"]:
            person = people[one["person_id"]]
            assert owner["full_name"] == person["full_name"]
            same_year = owner["date_of_birth"][:4] == person["date_of_birth"][:4]
            assert same_year == (one["wrong_number"] == "HOMONYM_SAME_YEAR")


def test_linkable_is_what_the_clerk_accepts(records, people):
    """The rule again, from the words of the package's first page, and the record itself beside it."""
    for one in records:
        done = one["done"]
        doubts = sum(damage.doubt == 1 for damage in done)
        never = any(damage.doubt == NEVER for damage in done) or {Damage.OLD_NUMBER, Damage.NO_BIRTH} <= done
        assert (one["linkable"] == "1") == (doubts <= 1 and not never)
        assert (one["number_right"] == "1") == (not done & SPOILS_NUMBER)
        if one["linkable"] == "1":
            born = people[one["person_id"]]["date_of_birth"]
            assert one["holder_name"]
            if one["birth_date"]:
                assert abs(int(one["birth_date"][-4:]) - int(born[:4])) == (Damage.YEAR_NEAR in done)


def test_a_record_that_nothing_befell_equals_the_register(records, people):
    clean = [one for one in records if not one["done"]]
    assert len(clean) > 0.3 * HOLDERS
    for one in clean:
        person = people[one["person_id"]]
        assert one["holder_name"].upper() == person["full_name"].upper()
        assert one["id_number"] == person["id_number"]
        assert one["gender"] in {person["gender"], ""}
        assert one["birth_date"][-4:] == person["date_of_birth"][:4]


def test_families_share_a_name_and_a_home(records, people):
    kin = [one for one in records if one["wrong_number"] in {"SIBLING", "PARENT_OR_CHILD"} and one["person_id"]]
    pairs = [(people[one["person_id"]], people[one["number_of"]]) for one in kin]
    family = sum(one["full_name"].split()[0] == two["full_name"].split()[0] for one, two in pairs)
    assert family > 0.6 * len(pairs), "a mother keeps her own"
    assert sum(one["residence_commune"] == two["residence_commune"] for one, two in pairs) > 0.6 * len(pairs)


def test_the_register_may_speak_of_todays_communes(tmp_path):
    def lives(name: str, *, current: bool) -> list[str]:
        folder = tmp_path / name
        folder.mkdir()
        made = files.make(folder, holder_count=10, people_count=2000, seed=5, current_units=current)
        return [one["residence_commune"] for one in rows(made.people)]

    today = {one["code"] for one in csv_lines("admin_units_2025.csv") if one["level"] == "commune"}
    old, new = lives("old", current=False), lives("new", current=True)
    assert set(new) <= today
    assert not set(old) <= today
    assert len(set(new)) <= len(set(old))


def test_the_order_tells_nothing(people):
    listed = list(people.values())
    follows = sum(one["residence_commune"] == two["residence_commune"] for one, two in pairwise(listed))
    assert follows < 0.1 * PEOPLE


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (spelling.bare, "Nguyen Thi Thuy Hoa Do Phuong Quy"),
        (spelling.toned, "Nguyễn Thị Thuý Hoà Đỗ Phượng Quý"),
        (spelling.tcvn3, "NguyÔn ThÞ Thóy Hßa §ç Ph\u00adîng Quý"),
        (spelling.vni, "Nguyeãn Thò Thuùy Hoøa Ñoã Phöôïng Quyù"),
        (spelling.mojibake, "Nguyá»…n Thá»‹ ThÃºy HÃ²a Ä\x90á»— PhÆ°á»£ng QuÃ½"),
        (spelling.holes, "Nguy?n Th? Thúy Hòa ?? Ph??ng Quý"),
    ],
)
def test_spellings_are_those_of_the_old_code_pages(change, shown):
    assert change("Nguyễn Thị Thúy Hòa Đỗ Phượng Quý") == shown
