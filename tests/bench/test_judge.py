"""The judge finds what was planted, refuses what is no answer, and tells good matchers from bad ones."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.bench import matching
from tests.bench.truth import report
from tests.bench.truth.judge import Verdict, judge, lower_bound

LABELS = (
    "holder_id,person_id,linkable,number_right,wrong_number,number_of,damages\n"
    "H1,P1,1,1,NONE,P1,\n"
    "H2,P2,1,1,NONE,P2,CASE+TITLE\n"
    "H3,P3,1,1,NONE,P3,CASE\n"
    "H4,P4,0,0,SIBLING,P5,OTHERS_NUMBER\n"
    "H5,,0,0,NONE,,NOT_LISTED\n"
    "H6,P6,0,1,NONE,P6,YEAR_FAR\n"
)


@pytest.fixture
def weigh(tmp_path):
    """Judge an answer given as `status person_id reasons` for each of H1 to H6."""

    def weigh(*lines: str) -> Verdict:
        (tmp_path / "LABELS.csv").write_text(LABELS, encoding="utf-8")
        answers = "\n".join(["holder_id,status,person_id,reasons", *lines, ""])
        (tmp_path / "ANSWER.csv").write_text(answers, encoding="utf-8")
        return judge(tmp_path / "LABELS.csv", tmp_path / "ANSWER.csv")

    return weigh


GOOD = (
    "H6,MISMATCH,,YEAR", "H5,NOT_FOUND,,", "H4,MISMATCH,,NAME", "H3,INCOMPLETE,,BIRTH=1;NAME", "H2,VERIFIED,P2,",
    "H1,VERIFIED,P1,",
)  # fmt: skip


def test_the_order_of_answers_does_not_matter_and_every_figure_is_counted(weigh):
    verdict = weigh(*GOOD)
    assert (verdict.total.right, verdict.total.wrong, verdict.total.linkable, verdict.total.linked) == (2, 0, 3, 2)
    assert verdict.total.others == (2, 1, 1, 0)
    assert (verdict.precision, verdict.recall) == (1.0, 2 / 3)
    assert (verdict.number_right, verdict.number_right_verified) == (4, 2)
    assert verdict.missed == (("INCOMPLETE BIRTH;NAME", 1),)
    case = next(line for line in verdict.by_damage if line.kind == "CASE")
    assert (case.holders, case.linkable, case.linked, case.others) == (2, 2, 1, (0, 0, 1, 0))
    assert "| `CASE` | 2 | 2 | 1 | 0.5000 | 1 | 0 | 0 | 0 | 1 | 0 |" in report.markdown(verdict)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("H4,VERIFIED,P5,", "SIBLING"),
        ("H5,VERIFIED,P1,", None),
        ("H3,VERIFIED,P1,", None),
        ("H1,VERIFIED,,", None),
        ("H5,VERIFIED,,", None),
    ],
)
def test_a_wrong_link_is_found(weigh, line, kind):
    at = line[:2]
    verdict = weigh(*(one for one in GOOD if not one.startswith(at)), line)
    assert (verdict.total.wrong, verdict.wrong_holders) == (1, (at,))
    assert verdict.precision < 1
    assert [one.wrong for one in verdict.by_wrong_number] == [int(kind == "SIBLING")]


def test_the_right_person_in_spite_of_a_wrong_number_is_right(weigh):
    verdict = weigh(*(one for one in GOOD if not one.startswith("H4")), "H4,VERIFIED,P4,")
    assert (verdict.total.right, verdict.total.wrong, verdict.total.linked) == (3, 0, 2)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (GOOD[:-1], "not answered"),
        ((*GOOD, "H1,NOT_FOUND,,"), "twice"),
        ((*GOOD, "H9,NOT_FOUND,,"), "7 lines for 6"),
        ((*GOOD[:-1], "H1,SURE,P1,"), "SURE"),
    ],
)
def test_what_is_no_answer_is_refused(weigh, lines, said):
    with pytest.raises(ValueError, match=said):
        weigh(*lines)


@pytest.mark.parametrize(
    ("errors", "trials", "bound"),
    # 0 and 1 by hand, 5 of 10 from published tables (0.1871)
    [(0, 150_000, 1 - 2.459223e-5), (0, 10, 0.025**0.1), (5, 10, 0.187086), (10, 10, 0.0), (0, 0, 0.0)],
)
def test_the_bound_is_clopper_pearsons(errors, trials, bound):
    assert lower_bound(errors, trials) == pytest.approx(bound, abs=1e-6)


def answered(truth, rule):
    """An answer by `rule`, (holder, the people who have its number) -> the person or nobody."""
    people = {}
    with truth.people.open(encoding="utf-8", newline="") as file:
        for one in csv.DictReader(file):
            for number in {one["id_number"], one["old_id_number"]} - {""}:
                people.setdefault(number, []).append(one)
    answer = truth.holders.with_name(f"{rule.__name__}.csv")
    with truth.holders.open(encoding="utf-8", newline="") as source, answer.open("w", encoding="utf-8") as target:
        target.write("holder_id,status,person_id,reasons\n")
        for holder in csv.DictReader(source):
            found = [one for one in people.get(holder["id_number"].strip(), []) if rule(holder, one)]
            status, person = ("VERIFIED", found[0]["person_id"]) if len(found) == 1 else ("NOT_FOUND", "")
            target.write(f"{holder['holder_id']},{status},{person},\n")
    return matching.quality(judge(truth.labels, answer))


def by_number(holder, person):
    return True


def by_equality(holder, person):
    return holder["holder_name"] == person["full_name"] and holder["birth_date"][-4:] == person["date_of_birth"][:4]


def test_who_verifies_by_the_number_alone_fails_the_precision(truth):
    precision, recall, _ = answered(truth, by_number)
    assert not precision.ok
    assert precision.ratio < 0.98
    assert recall.ratio > 0.9


def test_who_asks_for_equality_fails_the_recall(truth):
    precision, recall, _ = answered(truth, by_equality)
    assert not recall.ok
    assert recall.ratio < 0.5
    assert precision.ratio > 0.998


def test_the_page_in_the_documentation_names_every_damage():
    page = (Path(__file__).parents[2] / "docs" / "matching_quality.md").read_text(encoding="utf-8")
    assert report.doubts() in page


def test_who_knows_the_truth_reaches_both(truth, tmp_path):
    with truth.labels.open(encoding="utf-8", newline="") as file:
        lines = [
            f"{one['holder_id']},VERIFIED,{one['person_id']},"
            if one["linkable"] == "1"
            else f"{one['holder_id']},MISMATCH,,"
            for one in csv.DictReader(file)
        ]
    answer = tmp_path / "ANSWER.csv"
    answer.write_text("\n".join(["holder_id,status,person_id,reasons", *lines, ""]), encoding="utf-8")
    precision, recall, share = matching.quality(judge(truth.labels, answer))
    assert (precision.ok, recall.ok, recall.ratio) == (True, True, 1.0)
    assert 0.9 < share.ratio < 1
