"""An extract of the platform comes to the same end as asking it, set-wise, and nothing of it is readable or stays."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landworld import COMMUNES, Desk, People, row

from landdata.errors import ExtractBusy, MatchColumnsMissing, MatchFileUnreadable
from landdata.flows import extract
from landdata.matching import sides
from landdata.store import extracts

HOME = COMMUNES[0]
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Ông")
GIVEN = ("Văn Hòa", "Thị Thúy", "Văn Hùng", "Thị Lan", "Đức Anh", "Thị Bình", "Quang Huy")
OUTCOMES = (
    "SELECT c.name, c.birth_year, c.status, c.reasons, p.person_ref, b.person_ref, c.name_share, c.years_apart "
    "FROM match.claim c LEFT JOIN match.party p ON p.party_id = c.party_id LEFT JOIN match.party b ON b.party_id = c.bearer_id "
    "ORDER BY c.identity_key"
)


def nation(count: int) -> People:
    """Citizens of every kind: a bare year, a month, dead, with an old number, two with one old number."""
    chance, people = random.Random(4), People()
    for at in range(1, count + 1):
        year = chance.randrange(1940, 2000)
        born = {0: f"{year}", 1: f"{year}-{chance.randrange(1, 13):02d}"}.get(
            chance.randrange(8), f"{year}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 28):02d}"
        )
        old = f"{121000000 + at:09d}" if at % 3 == 0 else None
        name = f"{chance.choice(FAMILIES)} {chance.choice(GIVEN)}"
        people.add(f"024070{at:06d}", name, born, old=old, alive=at % 11 > 0)
    return people


def holders(people: People, count: int) -> list[dict[str, Any]]:
    """What certificates say of them, right and wrong in every way that the rules know."""
    chance, rows = random.Random(5), list[dict[str, Any]]()
    for at in range(1, count + 1):
        one = people.citizens[f"024070{at:06d}"]
        parts = one.date_of_birth.split("-")
        said = {
            "holder_name": one.full_name,
            "id_number": one.id_number,
            "birth_date": "/".join(reversed(parts)) if len(parts) == 3 else parts[0],
        }
        other = people.citizens[f"024070{chance.randrange(1, count + 1):06d}"]
        said |= chance.choice(
            (
                {}, {}, {}, {"birth_date": parts[0]}, {"holder_name": one.full_name.upper()},
                {"holder_name": f"Hộ ông {one.full_name}"}, {"holder_name": other.full_name},
                {"birth_date": f"01/01/{parts[0]}"}, {"birth_date": str(int(parts[0]) + 1)},
                {"id_number": one.old_id_number or one.id_number}, {"id_number": f"024999{at:06d}"},
                {"holder_name": one.full_name.replace("Hòa", "Hoà").replace("Thúy", "Thuý")},
                {"holder_name": one.full_name.replace("Văn", "V.")}, {"birth_date": f"05/05/{parts[0]}"},
                {"holder_name": f"{one.full_name} và bà Lê Thị Xuân"},
            )
        )  # fmt: skip
        rows.append(row(HOME, at, **said))
    return rows


def lines(people: People) -> list[dict[str, str]]:
    """The register as its keeper would write it out."""
    told = {one.person_ref: one for one in people.citizens.values()}
    return [
        dict.fromkeys(sides.PERSON_COLUMNS, "")
        | {
            "person_id": one.person_ref, "id_number": one.id_number, "old_id_number": one.old_id_number or "",
            "full_name": one.full_name, "date_of_birth": one.date_of_birth, "status": "ALIVE" if one.alive else "DEAD",
            "gender": "1",
        }
        for one in told.values()
    ]  # fmt: skip


def as_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, sides.PERSON_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(desk: Desk, path: Path, *, whole: bool = True) -> extract.Matched:
    return extract.match_extract(desk.worker, path, keys=desk.keys, whole=whole)


def test_it_comes_to_the_same_end_as_asking(desk, other_desk, in_process, tmp_path):
    people = nation(300)
    shared = people.citizens["024070000006"]  # whose CMND another province gave a second time
    rows = holders(people, 300)
    path = as_csv(tmp_path / "dan_cu.csv", lines(people))
    for one in (desk, other_desk):
        one.people, one.keys = people, desk.keys
        one.deliver(rows)
    assert other_desk.match() == 300
    done = load(desk, path)
    wanted = other_desk.rows(OUTCOMES)
    assert desk.rows(OUTCOMES) == wanted
    assert {one[2] for one in wanted} >= {"VERIFIED", "MISMATCH", "NOT_FOUND"}
    assert done.linked > 100
    assert done.linked + done.judged == 300
    assert Counter(one[2] for one in wanted)["VERIFIED"] > done.linked, "what is near goes by the rules"
    numbers = "SELECT p.person_ref, n.bidx, n.kind FROM match.party_number n JOIN match.party p USING (party_id) ORDER BY 1, 2"
    assert set(other_desk.rows(numbers)) <= set(desk.rows(numbers))
    assert desk.sizes("match")["extract_person"] == desk.sizes("match")["extract_number"] == 0
    desk.agree()
    name = next(one for one in wanted if one[2] == "VERIFIED")
    citizen = next(one for one in people.citizens.values() if one.person_ref == name[4])
    assert desk.ask(citizen.id_number, citizen.full_name, citizen.date_of_birth[:4])["status"] == "FOUND"
    assert shared.old_id_number


def test_a_number_that_two_bear_goes_by_the_rules(desk, in_process, tmp_path):
    desk.deliver([row(HOME, 1, id_number="121212121"), row(HOME, 2, id_number="131313131", holder_name="Lê Thị B")])
    told = lines(nation(4))
    for one, (name, old) in zip(
        told,
        [
            ("Nguyễn Văn A", "121212121"),
            ("Trần Thị B", "121212121"),
            ("Lê Thị B", "131313131"),
            ("LÊ THỊ B", "131313131"),
        ],
        strict=True,
    ):
        one |= {"full_name": name, "old_id_number": old, "date_of_birth": "1970"}
    assert load(desk, as_csv(tmp_path / "a.csv", told)).linked == 0
    assert desk.rows("SELECT name, status, reasons FROM match.claim ORDER BY name") == [
        ("Lê Thị B", "AMBIGUOUS", ["NUMBER_OLD", "NUMBER_SHARED", "BIRTH_YEAR_ONLY"]),
        ("Nguyễn Văn A", "VERIFIED", ["NUMBER_OLD", "NUMBER_SHARED", "BIRTH_YEAR_ONLY"]),
    ]


def test_an_extract_of_some_leaves_the_others_to_be_asked(desk, in_process, tmp_path):
    desk.deliver([row(HOME, 1), row(HOME, 2)])
    one = lines(nation(1))[0] | {
        "id_number": "024070000001",
        "full_name": "Nguyễn Văn A",
        "date_of_birth": "1970-05-05",
    }
    former = one | {"old_id_number": "121212121"}
    path = tmp_path / "dan_cu.parquet"
    table = {name: [one[name] or None, former[name] or None, None] for name in sides.PERSON_COLUMNS}
    pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in table.items()}), path)
    found = load(desk, path, whole=False)
    assert (found.citizens, found.unusable, found.linked, found.judged) == (1, 1, 1, 0)
    assert desk.rows("SELECT status, count(*) FROM match.claim GROUP BY 1 ORDER BY 1") == [
        ("PENDING", 1),
        ("VERIFIED", 1),
    ]
    assert desk.scalar("SELECT count(*) FROM match.party_number") == 2, "a row for each former number"
    assert desk.match() == 1


def test_nothing_of_it_is_readable_and_a_cut_is_cleared_up(desk, in_process, tmp_path, monkeypatch):
    desk.deliver([row(HOME, 1)])
    people = nation(20)
    path = as_csv(tmp_path / "dan_cu.csv", lines(people))

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(extracts, "link", cut)
        with pytest.raises(KeyboardInterrupt):
            load(desk, path)
    assert desk.sizes("match")["extract_person"] == 20
    stored = str(desk.rows("SELECT encode(sealed, 'escape'), p::text FROM match.extract_person p"))
    stored += str(desk.rows("SELECT encode(number_sealed, 'escape'), n::text FROM match.extract_number n"))
    assert not any(one.id_number in stored or one.full_name in stored for one in people.citizens.values())
    assert load(desk, path).citizens == 20
    assert desk.sizes("match")["extract_person"] == 0


def test_one_at_a_time(desk, tmp_path):
    path = as_csv(tmp_path / "dan_cu.csv", lines(nation(2)))
    with extracts.alone(desk.db) as free:
        assert free
        with pytest.raises(ExtractBusy):
            load(desk, path)


@pytest.mark.parametrize("damage", ["columns", "bytes", "away"])
def test_a_file_that_is_no_extract_says_so(desk, tmp_path, damage):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"person_id": ["P"], "full_name": ["Nguyễn Văn Bí Mật"]}), path)
    if damage == "bytes":
        path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(MatchColumnsMissing if damage == "columns" else MatchFileUnreadable) as raised:
        load(desk, path.with_name("none") if damage == "away" else path)
    assert "Bí Mật" not in str(raised.value)
