"""Deliveries are asked for by their office: the query says so itself, whoever asks, beside the policies of the rows."""

from __future__ import annotations

from uuid import uuid4

import pytest
from landworld import COMMUNES, row

from landdata.store import deliveries


@pytest.mark.parametrize("ask", [deliveries.view, deliveries.glance])
def test_only_the_own_office_finds_a_delivery(desk, in_process, ask):
    desk.office("LO-27", "27")
    uid = desk.deliver([row(COMMUNES[0], 1)]).delivery_uid
    own, other = (
        desk.scalar("SELECT office_id FROM org.office WHERE code = :code", code=f"LO-{at}") for at in (24, 27)
    )
    with desk.db.read() as tx:  # the owner, who sees the rows of all
        assert ask(tx, office_id=own, delivery_uid=uid) is not None
        assert ask(tx, office_id=other, delivery_uid=uid) is None
        assert ask(tx, office_id=own, delivery_uid=uuid4()) is None
