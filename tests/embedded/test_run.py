"""The one script: its help names every command, and a wrong one is told at once."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "run"


def call(*arguments: str):
    return subprocess.run([RUN, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_help_names_every_command():
    branches = re.findall(r"^([a-z |-]+)\)$", RUN.read_text(), flags=re.MULTILINE)
    commands = {name.strip() for branch in branches for name in branch.split("|")}
    assert {"demo", "serve", "worker", "test", "bench", "stop", "landdata"} <= commands
    shown = call("help")
    assert shown.returncode == 0
    for name in commands - {"-h", "--help"}:
        assert f"./run {name}" in shown.stdout


def test_no_command_is_help():
    assert call().stdout == call("help").stdout


def test_an_unknown_command_fails():
    answer = call("dmeo")
    assert answer.returncode == 1
    assert "There is no command 'dmeo'." in answer.stderr


def test_scripts_are_sound_shell():
    for script in (RUN, ROOT / ".ci" / "run"):
        subprocess.run(["bash", "-n", script], check=True)
        assert script.stat().st_mode & 0o111
