"""Alive and ready are two things, and figures name no person."""

from __future__ import annotations

import pytest

from landdata.errors import ReferenceDataMissing
from landdata.flows import reference
from landdata.settings import Settings


def test_a_database_without_reference_data_is_not_ready(api):
    assert api.http.get("/health").status_code == 200
    refused = api.http.get("/ready")
    assert (refused.status_code, refused.json()["code"]) == (503, "REFERENCE_DATA_MISSING")
    assert "landdata reference load" in refused.json()["mend_en"]


def test_a_loaded_one_is(country, database):
    folder = Settings().reference_dir
    reference.check_loaded(country, folder)
    with pytest.raises(ReferenceDataMissing, match="admin_units"):
        reference.check_loaded(database, folder)


def test_figures_are_by_route_and_status_and_hold_no_input(api, consumer):
    api.http.get("/v1/units/province/99?on=2023-03-28")
    api.http.get("/v1/024090000017")
    api.http.request("PURGE", "/health")
    told = api.http.get("/metrics").text
    assert 'landdata_http_request_seconds_count{route="/v1/units/{level}/{code}",status="404"} 1.0' in told
    assert 'landdata_http_requests_total{method="OTHER"' in told
    assert "024090000017" not in told
    assert "PURGE" not in told


def test_sets_of_the_gate_are_counted(api, consumer):
    asked = {
        "request_id": "6f1c1f6e-3d1b-4f57-9a53-0c5f6f0f3a11", "agency_code": "CA-24", "officer_code": "CB-1",
        "service_code": "1.004222", "case_file_no": "H24/0007", "id_number": "024090000017",
        "full_name": "Nguyễn Thị Thúy", "birth_year": 1990,
    }  # fmt: skip
    answer = api.http.post("/v1/residency/land-records:lookup", json=asked, headers=consumer.bearer())
    assert answer.json()["status"] == "NOT_COVERED", "without registers nobody can say that there is none"
    told = api.http.get("/metrics").text
    assert "landdata_gate_set_size_count 1.0" in told
    assert "landdata_gate_set_size_sum 1.0" in told
