"""`python -m tests.bench NAME`: one benchmark; without a name it lists them. `./run bench` calls this."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench import coverage, load, lookup, matching, seal, topology, web
from tests.bench.ground import CannotRun

BENCHES = {
    "coverage": coverage,
    "load": load,
    "lookup": lookup,
    "matching": matching,
    "seal": seal,
    "topology": topology,
    "web": web,
}


def main() -> int:
    """Exit code 0 whatever the ratios are, 2 where it cannot run, 130 after Ctrl-C; another error is not caught."""
    parser = argparse.ArgumentParser(
        prog="./run bench", description="Measures speed against a baseline in the same run."
    )
    names = parser.add_subparsers(dest="name", metavar="NAME")
    for name, bench in BENCHES.items():
        one = names.add_parser(name, help=bench.PURPOSE, description=bench.PURPOSE)
        one.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
        bench.arguments(one)
    chosen = parser.parse_args()
    if chosen.name is None:
        parser.print_help()
        return 0
    admin_url = os.environ.get("LANDDATA_TEST_ADMIN_URL", "")
    if not admin_url:
        print("LANDDATA_TEST_ADMIN_URL is not set: start benches with ./run bench NAME", file=sys.stderr)
        return 2
    try:
        results = BENCHES[chosen.name].run(admin_url, chosen)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped before its end", file=sys.stderr)
        return 130
    for one in results:
        print(f"{one.name}: {one.ratio:g}   goal {one.goal}   {'ok' if one.ok else 'NOT REACHED'}\n    {one.detail}")
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
