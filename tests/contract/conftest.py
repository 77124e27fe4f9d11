"""The contract is tried on the same small worlds as the domain."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))

from feedworld import AWAY, HOME, MANY, number  # found by the line above
from landworld import Desk, row


@pytest.fixture
def world(country, tmp_path, monkeypatch) -> Desk:
    """Six citizens with one certificate each, the first with a second one elsewhere; nobody was asked about yet."""
    monkeypatch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    desk = Desk(country, tmp_path)
    desk.deliver([*(row(HOME, at) for at in range(1, MANY + 1)), row(AWAY, 50, id_number=number(1))])
    for at in range(1, MANY + 1):
        desk.people.add(number(at), "Nguyễn Văn A", "1970")
    desk.match()
    desk.agree()
    return desk
