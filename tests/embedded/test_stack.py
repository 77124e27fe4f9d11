"""One stack per project, an orderly end, and what the programs get to know."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.embedded import cluster
from fixtures.embedded.errors import Fault, guard
from fixtures.embedded.stack import Stack, embedded_stack

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys, time
from pathlib import Path
from fixtures.embedded.errors import guard
from fixtures.embedded.stack import embedded_stack
def work():
    with embedded_stack(Path(sys.argv[1]), environment={}, prepare=False):
        print("ready", flush=True)
        time.sleep(60)
sys.exit(guard(work))
"""


def test_the_second_stack_says_so_and_the_first_goes_on(paths):
    with embedded_stack(paths.project, environment={}, prepare=False):
        with (
            pytest.raises(Fault, match=f"PID {os.getpid()}") as caught,
            embedded_stack(paths.project, environment={}),
        ):
            pass
        assert caught.value.code == 3
        assert cluster.status(paths).running
    assert not cluster.status(paths).running


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_polite_signal_ends_everything_in_order(paths, sign):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(paths.project)], stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout.readline() == b"ready\n"
        holder.send_signal(sign)
        assert holder.wait(30) == 130
    assert cluster.postmaster(paths) is None


def test_an_operators_database_is_used_and_no_cluster_made(paths):
    own = {"LANDDATA_DATABASE_URL": "postgresql://x@db/land"}
    with embedded_stack(paths.project, environment=own, prepare=False) as stack:
        assert stack.environment["LANDDATA_DATABASE_URL"] == own["LANDDATA_DATABASE_URL"]
        assert not cluster.status(paths).created


def test_services_never_learn_the_superusers_address(paths):
    base = {"LANDDATA_ADMIN_URL": "postgresql://postgres@/x", "LANDDATA_PUBLIC_URL": "https://land.gov.vn"}
    stack = Stack(paths, "postgresql://landdata@/x", base["LANDDATA_ADMIN_URL"], base, api_port=1, population_port=2)
    assert "LANDDATA_ADMIN_URL" not in stack.environment
    assert stack.environment["LANDDATA_PUBLIC_URL"] == "https://land.gov.vn"
    assert stack.environment["LANDDATA_POPULATION_URL"] == "http://127.0.0.1:2"


def test_a_fault_is_one_message_and_a_code(capsys):
    def work() -> int:
        raise Fault("Tiếng Việt.", "English.", detail="log line", code=4)

    assert guard(work) == 4
    assert capsys.readouterr().err == "  | log line\n✗ Tiếng Việt.\n  English.\n"


@pytest.mark.parametrize(("number", "words"), [(28, "disk is full"), (13, "Cannot write"), (30, "Cannot write")])
def test_the_machines_errors_become_one_message(capsys, number, words):
    def work() -> int:
        raise OSError(number, "system words", "/somewhere")

    assert guard(work) == 1
    assert words in capsys.readouterr().err


def test_a_bug_stays_a_bug():
    def work() -> int:
        raise OSError(2, "No such file", "/somewhere")

    with pytest.raises(FileNotFoundError):
        guard(work)
