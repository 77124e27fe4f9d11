"""The page for a consumer's developer is followed word for word: its commands and its program get an answer."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from landdata.flows import clients
from landdata.model.agreements import Answer, AnswerStatus

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/sharing.md").read_text(encoding="utf-8")
ANSWER = '{"status": "NO_RECORD"}'


def blocks(language: str, word: str) -> list[str]:
    """The examples of the page in a language that hold a word, in their order."""
    return [body for body in re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if word in body]


@pytest.fixture
def reader(api, consumer, database, tmp_path, monkeypatch):
    """Runs a text of the page as its reader would: in a folder with the keys made by its own commands, registered."""

    async def answer(*_: Any) -> Answer:
        return Answer(7, AnswerStatus.NO_RECORD, None, ANSWER)

    monkeypatch.setattr("landdata.flows.gather.Gatherer.answer", answer)
    program = tmp_path / "landdata"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from landdata.cli import main; main()" "$@"\n')
    program.chmod(0o755)
    search = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run(*command: str, text: str) -> str:
        here = text.replace("https://land.example", api.url).replace("population-platform", consumer.client_id)
        done = subprocess.run(
            command,
            input=here,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=tmp_path,
            env={**os.environ, **search},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("bash", "-e", text=blocks("sh", "make-key")[0])
    clients.replace_keys(
        database, client_id=consumer.client_id, jwks=json.loads((tmp_path / "client.jwks.json").read_text())
    )
    return run


def test_the_program_of_the_page_gets_an_answer(reader):
    keys, look_up = blocks("python", "def token")[0], blocks("python", "def look_up")[0]
    citizen: dict[str, Any] = {"id_number": "024090000001", "full_name": "Nguyễn Thị Thúy", "birth_year": 1990}
    said = reader(sys.executable, "-", text=f"{keys}\n{look_up}\nprint(look_up({citizen!r}))")
    assert said.strip() == str(json.loads(ANSWER))


def test_the_program_of_the_page_reads_the_feed(reader):
    keys, catch_up = blocks("python", "def token")[0], blocks("python", "def catch_up")[0]
    said = reader(sys.executable, "-", text=f"{keys}\n{catch_up}\nprint(catch_up(catch_up(None, {{}}), {{}}))")
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,}", said.strip())


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_page_get_an_answer(reader):
    token, look_up = blocks("sh", "clients assertion")[0], blocks("sh", "--data @-")[0]
    assert reader("bash", "-e", text=f"{token}\n{look_up}") == ANSWER


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_page_read_the_feed(reader):
    token, changes = blocks("sh", "clients assertion")[0], blocks("sh", "/changes")[0]
    then = "CURSOR=$(python3 -c \"import json, sys; print(json.load(sys.stdin)['next_cursor'])\" < first)"
    said = reader("bash", "-e", text=f"{token}\nread_on() {{\n{changes}\n}}\nread_on > first\n{then}\nread_on")
    assert json.loads(said)["changes"] == []
