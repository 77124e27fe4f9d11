"""Heads stamped by an authority that is a process of its own: demanded by setting, checked, and missed when it is gone."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from logworld import add, faults, sealed, verdict
from pydantic import ValidationError
from tsaworld import authority

from landdata.errors import AnchorsMissing
from landdata.flows import evidence, seal
from landdata.model.inspections import Inspector
from landdata.settings import Settings


@pytest.fixture
def stamped(log, tmp_path):
    """The log with an authority whose stamps are demanded; yields the log and what stops the authority."""
    with authority(tmp_path / "tsa") as (url, certificates):
        said = {"tsa_url": url, "tsa_certificates": certificates, "anchors_required": ["FILE", "TSA"]}
        log.settings = log.settings.model_copy(update=said)
        yield log


def test_a_head_counts_when_all_that_are_demanded_hold_it(stamped, superuser, tmp_path):
    kinds = "SELECT string_agg(kind || complete, ' ' ORDER BY anchor_id) FROM audit.anchor WHERE seal_no = 4"
    assert sealed(stamped) == [2]
    assert stamped.scalar(kinds) == "FILEfalse TSAtrue"
    assert seal.state(stamped.db).unanchored_seconds == 0
    assert verdict(stamped).faults == ()
    # A minute later: stamps may cost money, so this seal has to wait for its own.
    add(stamped, 1)
    assert sealed(stamped) == [1]
    assert stamped.scalar("SELECT max(seal_no) FROM audit.anchor WHERE kind = 'TSA'") == 4
    assert seal.state(stamped.db).unanchored_since is not None
    # OpenSSL agrees about the stamp that comes with evidence.
    found = evidence.evidence(
        stamped.db, settings=stamped.settings, who=Inspector("lan", "x", "y"), access_id=13, newest=False
    )
    (receipt,) = [one for one in found["anchors"] if one["receipt"]]
    (tmp_path / "evidence.json").write_text(json.dumps(found))
    script = [
        sys.executable,
        "api/web/static/verify_evidence.py",
        str(tmp_path / "evidence.json"),
        "--receipt",
        str(tmp_path / "stamp"),
    ]
    assert subprocess.run(script, check=False, capture_output=True).returncode == 0
    command = ["openssl", "ts", "-verify", "-in", str(tmp_path / "stamp"), "-data", str(tmp_path / "stamp.head"),
               "-CAfile", stamped.settings.tsa_certificates]  # fmt: skip
    assert b"Verification: OK" in subprocess.run(command, check=False, capture_output=True).stdout
    assert receipt["seal_no"] == 4


def test_a_stamp_of_something_else_or_of_somebody_else_is_false(stamped, superuser, tmp_path):
    sealed(stamped)
    with authority(tmp_path / "another") as (_, certificates):
        own = stamped.settings
        stamped.settings = own.model_copy(update={"tsa_certificates": certificates})
        assert faults(stamped) == [("RECEIPT_FALSE", 4, None)]
        stamped.settings = own
    superuser(
        "UPDATE audit.anchor SET seal_no = 3, head = (SELECT head FROM audit.seal WHERE seal_no = 3) WHERE kind = 'TSA'"
    )
    assert faults(stamped) == [("RECEIPT_FALSE", 3, None)]


def test_an_authority_that_is_gone_holds_up_nothing_but_the_four_hours_run(stamped, superuser):
    stamped.settings = stamped.settings.model_copy(update={"tsa_url": "http://127.0.0.1:1/"})
    assert sealed(stamped) == [2]
    assert stamped.scalar("SELECT max(seal_no) FROM audit.anchor WHERE kind = 'FILE'") == 4
    state = seal.state(stamped.db)
    assert (state.unsealed_since, state.unanchored_since is None) == (None, False)


def test_a_folder_that_is_away_is_never_made_anew_and_holds_up_nothing_else(stamped):
    folder = stamped.settings.heads_dir
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(AnchorsMissing):
        sealed(stamped)
    assert not folder.exists()
    newest = (
        "SELECT string_agg(kind || seal_no, ' ' ORDER BY kind) "
        "FROM (SELECT kind, max(seal_no) AS seal_no FROM audit.anchor GROUP BY 1) a"
    )
    assert stamped.scalar("SELECT max(seal_no) FROM audit.seal") == 4
    assert stamped.scalar(newest) == "FILE3 TSA4"
    assert seal.state(stamped.db).unanchored_since is not None
    for refused in (
        lambda: verdict(stamped),
        lambda: seal.rotate_key(stamped.db, settings=stamped.settings, lost=True),
    ):
        with pytest.raises(AnchorsMissing):
            refused()
    # The mount point of a disk that is away is an empty folder.
    folder.mkdir()
    with pytest.raises(AnchorsMissing):
        sealed(stamped)
    folder.rmdir()
    away.rename(folder)
    assert sealed(stamped) == []
    assert (verdict(stamped).faults, seal.state(stamped.db).unanchored_since) == ((), None)


def test_settings_that_demand_what_cannot_be_had_are_refused():
    with pytest.raises(ValidationError, match="tsa_url"):
        Settings(anchors_required=["TSA"])
    with pytest.raises(ValidationError, match="tsa_certificates"):
        Settings(tsa_url="https://tsa.example")
