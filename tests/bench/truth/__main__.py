"""`python -m tests.bench.truth make DIR` writes a truth set; `judge DIR ANSWER.csv` prints what an answer is worth."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tests.bench.truth import files, judge, report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.truth", description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    make = tasks.add_parser("make")
    make.add_argument("folder", type=Path)
    make.add_argument("--holders", type=int, default=220_000)
    make.add_argument("--people", type=int, default=300_000)
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--current-units", action="store_true", help="residences in the communes of 2025")
    weigh = tasks.add_parser("judge")
    weigh.add_argument("folder", type=Path)
    weigh.add_argument("answer", type=Path)
    weigh.add_argument("--wrong", type=Path, help="also write the holders that were verified as somebody else here")
    chosen = parser.parse_args()
    if chosen.task == "make":
        chosen.folder.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        files.make(
            chosen.folder, holder_count=chosen.holders, people_count=chosen.people, seed=chosen.seed,
            current_units=chosen.current_units,
        )  # fmt: skip
        print(f"{chosen.holders:,} holders, {chosen.people:,} people in {time.perf_counter() - begun:.1f} s")
        return
    verdict = judge.judge(chosen.folder / "LABELS.csv", chosen.answer)
    print(report.markdown(verdict))
    if chosen.wrong:
        chosen.wrong.write_text("\n".join(verdict.wrong_holders) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
