"""The bench runs a program as a desk would and weighs what it wrote."""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys

import pytest

from tests.bench import matching, plain_join

# A program with the matcher's command line which believes every number.
_PROGRAM = f"""#!{sys.executable}
import csv, sys
_, task, holders, register, people, out, answer = sys.argv
assert (task, register, out) == ("match", "--register", "--out")
found = {{one["id_number"]: one["person_id"] for one in csv.DictReader(open(people, encoding="utf-8"))}}
with open(answer, "w", encoding="utf-8") as file:
    print("holder_id,status,person_id,reasons", file=file)
    for one in csv.DictReader(open(holders, encoding="utf-8", newline="")):
        person = found.get(one["id_number"], "")
        print(one["holder_id"], "VERIFIED" if person else "NOT_FOUND", person, "", sep=",", file=file)
"""


@pytest.fixture
def chosen(tmp_path):
    program = tmp_path / "landdata"
    program.write_text(_PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    parser = argparse.ArgumentParser()
    matching.arguments(parser)
    sizes = ["--holders", "4000", "--people", "5000", "--rows", "2000", "--rounds", "1", "--asked", "0"]
    return parser.parse_args([*sizes, "--landdata", str(program), "--markdown", str(tmp_path / "tables.md")])


def test_a_gullible_program_is_seen_through(chosen):
    precision, recall, share, speed = matching.run("", chosen)
    assert (precision.ok, precision.goal, recall.goal, share.goal, speed.goal) == (
        False, ">= 0.9995", ">= 0.97", "none", ">= 0.25",
    )  # fmt: skip
    assert 0.9 < precision.ratio < 0.99
    assert 0.5 < recall.ratio < 0.97, "nine digits it does not know"
    assert "2,000 holders against 2,000 people" in speed.detail
    assert re.search(r"processor time \d\.\d\d s .* and \d\.\d\d s", speed.detail)
    assert "| SPOUSE |" in chosen.markdown.read_text(encoding="utf-8")


def test_a_program_that_fails_is_not_passed_over(chosen):
    chosen.landdata.write_text(f"#!{sys.executable}\nraise SystemExit(3)\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        matching.run("", chosen)


def test_the_opponent_joins(truth, tmp_path):
    pairs = tmp_path / "PAIRS.csv"
    plain_join.main(str(truth.holders), str(truth.people), str(pairs))
    with pairs.open(encoding="utf-8", newline="") as file:
        found = {(one["holder_id"], one["person_id"]) for one in csv.DictReader(file)}
    with truth.people.open(encoding="utf-8", newline="") as file:
        known = {one["id_number"]: one["person_id"] for one in csv.DictReader(file)}
    with truth.holders.open(encoding="utf-8", newline="") as file:
        holders = list(csv.DictReader(file))
    assert found == {(one["holder_id"], known[one["id_number"]]) for one in holders if one["id_number"] in known}
