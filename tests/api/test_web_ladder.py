"""The page of the ladder is kept while nothing it rests on was added, and never longer; its waterfall stays in its frame."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import make_url, text

from api.web import pages
from api.web.waterfall import HEIGHT, WIDTH, Bar, waterfall
from landdata.flows import ladder, observe
from landdata.model.coverage import Bounded
from landdata.store.engine import Database
from tests.bench import figures

DAY = date(2023, 3, 28)


def test_what_is_kept_is_never_older_than_what_came(admin_url, country_url, monkeypatch):
    admin = make_url(admin_url).set(database=make_url(country_url).database).render_as_string(hide_password=False)
    codes = [one.code for one in figures.provinces()[0].communes]
    figures.fill(admin, {DAY: codes[:3]})
    db, owner, other = Database(country_url, pool_size=2), Database(admin, pool_size=1), Database(admin, pool_size=1)
    app = FastAPI()
    app.state.database, app.state.settings = db, SimpleNamespace(simulated=True)
    pages.mount(app, observe)

    async def ask() -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://pages") as client:
            return (await client.get(f"/bac-thang?ngay={DAY}&chia=2023")).text

    def received() -> str:
        return re.search(r'data-rung="RECEIVED".*?<b>(.*?)</b>', asyncio.run(ask()), re.DOTALL).group(1)

    def come(tx, code: str) -> None:
        tx.connection.execute(
            text(
                "INSERT INTO stats.delivery_event (delivery_id, unit_id, state, effective_on, changed) SELECT 1, unit_id, "
                "'RECEIVED', :day, false FROM ref.unit WHERE code = :code AND level = 'commune' "
                "AND validity @> CAST(:day AS date)"
            ),
            {"code": code, "day": DAY},
        )

    assert received() == "0"
    with owner.write() as first:
        come(first, codes[0])
        with other.write() as second:  # draws the higher number, and is there first
            come(second, codes[1])
        assert received() == "1"
    assert received() == "2"
    monkeypatch.setattr(ladder, "units", None)
    assert received() == "2"  # kept: nothing was counted
    for one in (db, owner, other):
        one.close()


def test_a_waterfall_leads_from_the_start_to_the_end_within_its_frame():
    start, mid, end = Bounded(4000, 4000), Bounded(4829, 4829), Bounded(4600, 4650)
    bars = [Bar(DAY, DAY, 3, start, mid), Bar(DAY, DAY, 1, mid, end)]
    made = waterfall(date(2023, 1, 1), DAY, start, end, bars)
    first, up, down, last = made.columns
    assert [one.kind for one in made.columns] == ["end", "up", "down", "end"]
    assert 0 < made.floor < 4000  # what happens far up is not told from 0
    assert first.y == pytest.approx(up.y + up.height)
    assert up.y == down.y
    assert down.y + down.height == pytest.approx(last.y)
    assert last.maybe_height > 0
    for one in made.columns:
        assert one.x >= 0
        assert one.x + made.width <= WIDTH
        assert one.y >= 0
        assert one.y + one.height <= HEIGHT + 0.1
    flat = waterfall(DAY, DAY, Bounded(0, 0), Bounded(0, 0), ())
    assert (flat.floor, len(flat.columns)) == (0, 2)
