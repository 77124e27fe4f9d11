"""The matcher as a desk runs it: judged on a labelled truth set, and raced against a plain equality join."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import asked
from tests.bench.ground import Result, Side, say
from tests.bench.truth import files, judge, report
from tests.bench.truth.files import Files
from tests.bench.truth.judge import Verdict

PURPOSE = "landdata match on labelled holders, and its speed against an equality join (default 220,000 and 1,000,000)"

_PRECISION, _RECALL, _SPEED, _WORKER = 0.9995, 0.97, 0.25, 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--holders", type=int, default=220_000, help="labelled holders to be judged (default 220000)")
    parser.add_argument("--people", type=int, default=300_000, help="people of their register (default 300000)")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="holders, and people, of the race (default 1000000)"
    )
    parser.add_argument(
        "--asked", type=int, default=20_000, help="holders asked of the platform's mock; 0: none (default 20000)"
    )
    parser.add_argument("--batch", type=int, default=1000, help="holders in one question to it (default 1000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the race; medians are compared (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="of the invented people and holders (default 1)")
    parser.add_argument(
        "--current-units",
        action="store_true",
        help="the judged people live in communes of 2025, the land lies in those of 2023",
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the files here, instead of deleting them")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the page for the documentation here")
    parser.add_argument("--landdata", type=Path, metavar="PROGRAM", help="another landdata than this environment's")


def run(admin_url: str, chosen: argparse.Namespace) -> list[Result]:
    """Measure; returns five results. CalledProcessError when the command fails, ValueError when it is no answer."""
    program = chosen.landdata or Path(sys.executable).with_name("landdata")
    with TemporaryDirectory() as temporary:
        folder: Path = chosen.keep or Path(temporary)
        verdict = _judged(
            program,
            _made(folder / "judged", chosen.holders, chosen.people, chosen.seed, current_units=chosen.current_units),
        )
        if chosen.markdown:
            command = f"./run bench matching --holders {chosen.holders} --people {chosen.people} --seed {chosen.seed}"
            command += " --current-units" * chosen.current_units
            chosen.markdown.write_text(report.page(verdict, command), encoding="utf-8")
        race = _made(folder / "race", chosen.rows, chosen.rows, chosen.seed + 1)
        plain, ours, plain_cpu, our_cpu = Side(), Side(), Side(), Side()
        for number in range(chosen.rounds):
            with plain.timed(), _cpu(plain_cpu):
                _joined(race)
            with ours.timed(), _cpu(our_cpu):
                match(program, race)
            say(
                f"round {number + 1} of {chosen.rounds}: join {plain.seconds[-1]:.2f} s, match {ours.seconds[-1]:.2f} s"
            )
        worker = [_worker(admin_url, chosen, folder / "asked")] if chosen.asked else []
    return [*quality(verdict), _speed(chosen.rows, plain, ours, f"{plain_cpu} and {our_cpu}"), *worker]


def match(program: Path, truth: Files) -> Path:
    """The answer of `landdata match`, as a process of its own."""
    answer = truth.holders.with_name("ANSWER.csv")
    command = [program, "match", truth.holders, "--register", truth.people, "--out", answer]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return answer


def quality(verdict: Verdict) -> list[Result]:
    """Precision at its lower bound, recall of the linkable, and for comparison the share of all with their number."""
    bound, recall, total = verdict.precision_bound, verdict.recall, verdict.total
    verified = total.right + total.wrong
    share = verdict.number_right_verified / max(verdict.number_right, 1)
    linkable = total.linkable / max(verdict.number_right, 1)
    return [
        Result("matching precision", round(bound, 6), f">= {_PRECISION}", bound >= _PRECISION,
            f"lower end of the exact 95 % interval; {verified:,} VERIFIED, {total.wrong:,} as somebody else; "
            f"{total.holders:,} holders, {verdict.damaged:,} damaged, {verdict.wrong_numbers:,} with another's number"),
        Result("matching recall", round(recall, 4), f">= {_RECALL}", recall >= _RECALL,
            f"{total.linked:,} of {total.linkable:,} linkable holders"),
        Result("matching share", round(share, 4), "none", True,
            f"VERIFIED of the {verdict.number_right:,} holders with their own number; {linkable:.2%} of them are linkable"),
    ]  # fmt: skip


def _made(folder: Path, holders: int, people: int, seed: int, *, current_units: bool = False) -> Files:
    folder.mkdir(parents=True, exist_ok=True)
    took = Side()
    with took.timed():
        made = files.make(folder, holder_count=holders, people_count=people, seed=seed, current_units=current_units)
    say(f"{holders:,} holders and {people:,} people made in {took.seconds[0]:.1f} s")
    return made


def _judged(program: Path, truth: Files) -> Verdict:
    took = Side()
    with took.timed():
        answer = match(program, truth)
    verdict = judge.judge(truth.labels, answer)
    say(f"answered in {took.seconds[0]:.1f} s")
    print(report.markdown(verdict), flush=True)
    return verdict


def _joined(truth: Files) -> None:
    program = Path(__file__).with_name("plain_join.py")
    pairs = truth.holders.with_name("PAIRS.csv")
    subprocess.run([sys.executable, program, truth.holders, truth.people, pairs], check=True)


@contextmanager
def _cpu(side: Side) -> Iterator[None]:
    """Processor time of the programs started in a block: what neighbours on the machine change less than the clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    side.seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _speed(rows: int, plain: Side, ours: Side, cpu: str) -> Result:
    """Rows a second against the join's: both read the same files and write an answer, start of the process included."""
    ratio = plain.median / ours.median
    detail = (
        f"{rows:,} holders against {rows:,} people; join {plain}; match {ours}, "
        f"{rows / ours.median:,.0f} holders/s; processor time {cpu}"
    )
    return Result("matching speed", round(ratio, 3), f">= {_SPEED}", ratio >= _SPEED, detail)


def _worker(admin_url: str, chosen: argparse.Namespace, folder: Path) -> Result:
    """What a holder costs the worker that asks, beside what it costs the platform that answers."""
    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = asked.cost(admin_url, folder, holders=chosen.asked, batch=chosen.batch, seed=chosen.seed)
    detail = (
        f"processor time a holder: {ours * 1e6:.0f} us of the worker, {theirs * 1e6:.0f} us of the platform; "
        f"{chosen.asked:,} holders by {chosen.batch:,}"
    )
    return Result("matching worker", round(ours / theirs, 3), f"<= {_WORKER}", ours / theirs <= _WORKER, detail)
