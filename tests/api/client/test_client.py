"""The client against the real service: a token, an answer under an agreement, and a refusal in two languages."""

from __future__ import annotations

from datetime import date

import pytest

from api.client import Citizen, LandClient, Problem, Procedure, Question, Status, TokenRefused
from landdata.flows import agreements, offices

ASKED = Procedure("CA-1", "CB-1", "1.004222", "H-1")


@pytest.fixture
def client(api, consumer):
    with LandClient(
        api.url, client_id=consumer.client_id, key=consumer.key, dpop=getattr(consumer, "bound", False)
    ) as client:
        yield client


def test_a_refusal_is_a_problem(client):
    with pytest.raises(Problem) as caught:
        client.lookup(Question(Citizen("024090000001", "Nguyễn Thị Thúy", 1990), ASKED))
    assert (caught.value.code, caught.value.status) == ("AGENCY_NOT_AGREED", 403)
    assert "thỏa thuận" in caught.value.detail.vi
    assert "agreement" in caught.value.detail.en
    assert caught.value.access_id


def test_an_answer_under_an_agreement(client, consumer, database):
    offices.register_office(database, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    for login in ("first", "second"):
        offices.register_person(database, login=login, full_name=login, office_code="MAE")
    agreements.sign(
        database, code="A1", client_id=consumer.client_id, purpose="p", legal_ground="l", service_codes=["1.004222"],
        agency_codes=["CA-1"], valid_from=date(2023, 3, 28), drafted_by="first", approved_by="second",
        daily_quota=100, unbound_reason="test",
    )  # fmt: skip
    asked = Question(Citizen("024090000001", "Nguyễn Thị Thúy", date(1990, 2, 3)), ASKED)
    answer = client.lookup(asked)
    assert answer.status in {Status.NOT_COVERED, Status.NO_RECORD}
    assert client.lookup(asked).status is answer.status


def test_a_stranger_gets_no_token(api, consumer):
    with (
        LandClient(api.url, client_id="nobody", key=consumer.key) as client,
        pytest.raises(TokenRefused, match="invalid_client"),
    ):
        client.lookup(Question(Citizen("024090000001", "A", 1990), ASKED))
