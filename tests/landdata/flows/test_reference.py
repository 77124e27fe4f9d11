"""Loading the reference files: once is enough, twice changes nothing, a damaged file names itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from landdata.errors import ReferenceDataDamaged
from landdata.flows import reference

FOLDER = Path(__file__).resolve().parents[3] / "fixtures/reference"


def state(db) -> dict[str, str]:
    """Content of every reference table, without the time of loading."""
    with db.read() as tx:
        tables = tx.connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'ref'")).all()
        sql = "SELECT concat(count(*), ' ', sum(hashtextextended(x::text, 0))) FROM (SELECT {} FROM ref.{}) x"
        return {name: tx.connection.scalar(text(sql.format(_kept(tx, name), name))) for name in tables}


def _kept(tx, table: str) -> str:
    sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'ref' AND table_name = :t"
    names = tx.connection.scalars(text(sql), {"t": table})
    return ", ".join(f'"{one}"' for one in names if one not in {"loaded_at", "succession_id"})


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "reference"))


def test_loading_again_changes_nothing(shared_country, folder):
    before = state(shared_country)
    assert len(before) == 11
    again = reference.load(shared_country, folder)
    assert again.rows == {}
    assert len(again.unchanged) == 29
    assert state(shared_country) == before


@pytest.mark.full
def test_loading_all_again_by_force_changes_nothing(shared_country, folder):
    before = state(shared_country)
    # Even when the files are taken for changed, the same content ends in the same state and the same unit ids.
    with shared_country.write() as tx:
        tx.connection.execute(text("UPDATE ref.reference_load SET sha256 = 'old'"))
    assert len(reference.load(shared_country, folder).rows) == 14
    assert state(shared_country) == before


def test_a_changed_code_list_is_loaded_alone(shared_country, folder):
    path = folder / "codelists/house_type.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    loaded = reference.load(shared_country, folder)
    assert set(loaded.rows) == {"codelists/house_type.csv"}
    assert reference.load(shared_country, FOLDER).rows.keys() == {"codelists/house_type.csv"}


@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        ("admin/admin_succession.csv", lambda text_: text_.replace("259,district,259", "999,district,259", 1)),
        pytest.param(
            "admin/admin_units_history.csv", lambda text_: text_.replace(",001,,", ",xyz,,", 1), marks=pytest.mark.full
        ),
        pytest.param("admin/provinces_2023.geojson", lambda text_: text_[: len(text_) // 2], marks=pytest.mark.full),
        ("codelists/house_type.csv", None),
    ],
)
def test_a_damaged_file_names_itself_and_changes_nothing(shared_country, folder, file, spoil):
    before = state(shared_country)
    path = folder / file
    if spoil is None:
        path.unlink()
    else:
        content = path.read_text(encoding="utf-8")
        assert spoil(content) != content
        path.write_text(spoil(content), encoding="utf-8")
    with pytest.raises(ReferenceDataDamaged) as caught:
        reference.load(shared_country, folder)
    assert Path(file).name in caught.value.sentence("vi")
    assert state(shared_country) == before
