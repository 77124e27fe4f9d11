"""An operator sees how the population platform does and what became of holders, and matches with an extract of it."""

from __future__ import annotations

import csv
import json
import stat

import pytest
from landworld import COMMUNES, row

from landdata.commands import console
from landdata.matching import sides
from landdata.model.asking import Limits
from landdata.settings import Settings
from landdata.store import asking


@pytest.fixture
def run(desk, in_process, country_url, command, monkeypatch):
    desk.deliver([row(COMMUNES[0], 1), row(COMMUNES[0], 2)])
    given = Settings(database_url=country_url, data_dir=desk.data_dir, match_daily_quota=100)
    monkeypatch.setattr(console, "settings", lambda: given)
    return command


def test_the_state_is_told_in_both_languages(run, desk):
    assert run("population", "state")[1].startswith("CLOSED: đang hỏi bình thường / asked as usual")
    with desk.db.write() as tx:
        asking.admit(tx, Limits(), 7)
        asking.failed(tx, Limits(failures=1), "HTTP 503")
    shown = run("population", "state")[1]
    assert shown.startswith("OPEN: ")
    assert "HTTP 503" in shown
    assert "asked today: 7 / 100" in shown
    told = json.loads(run("population", "state", "--format", "json")[1])
    assert (told["breaker"], told["failures"], told["asked"], told["waiting"]) == ("OPEN", 1, 7, 0)


def test_an_extract_is_matched_and_the_outcomes_have_their_sentences(run, desk, tmp_path):
    path = tmp_path / "dan_cu.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, sides.PERSON_COLUMNS, restval="")
        writer.writeheader()
        for at, name in ((1, "Nguyễn Văn A"), (2, "Trần Thị Sáu")):
            writer.writerow(
                {"person_id": f"P{at}", "id_number": f"0240700{at:05d}", "full_name": name, "date_of_birth": "1970"}
            )
    path.chmod(stat.S_IRUSR)
    code, shown, _ = run("population", "load", path)
    assert code == 0
    assert "2 công dân / citizens" in shown
    assert "1 chủ khớp ngay / plain links; 1 chủ xét theo quy tắc / judged by rules" in shown
    shown = run("population", "outcomes")[1]
    assert "VERIFIED             1   50.0 %" in shown
    assert "Họ tên khác. / The name is another." in shown
    told = json.loads(run("population", "outcomes", "--format", "json")[1])
    assert told["statuses"] == {"VERIFIED": 1, "MISMATCH": 1}
    assert told["reasons"]["NAME_DIFFERS"] == {"count": 1, "vi": "Họ tên khác.", "en": "The name is another."}
    assert run("population", "forget")[1].startswith("0 ")
