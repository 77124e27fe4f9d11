"""Second factors under a key of their own: bound to their row, and brought under the next version when they are proved."""

from __future__ import annotations

import pytest
from peopleworld import World
from sqlalchemy import text

from landdata.errors import KeysDamaged
from landdata.model.people import Role
from landdata.store import key_files
from landdata.store.keys import Keys, make_all


@pytest.fixture
def world(database) -> World:
    return World(database)


def test_a_sealed_secret_fits_its_row_and_its_key_only(tmp_path):
    ours, others = make_all(tmp_path / "ours"), make_all(tmp_path / "others")
    sealed = ours.seal_factor(7, b"s" * 20)
    assert ours.open_factor(7, sealed) == b"s" * 20
    for keys, person in ((others, 7), (ours, 8)):
        with pytest.raises(KeysDamaged):
            keys.open_factor(person, sealed)


def test_a_second_factor_moves_to_the_next_version_of_its_key_when_it_is_proved(world):
    login = world.member(Role.INSPECTOR)
    sealed = "SELECT get_byte(totp, 0) FROM people.account JOIN org.person USING (person_id) WHERE login = :login"
    with world.db.read() as tx:
        assert tx.connection.scalar(text(sealed), {"login": login}) == 1
    key_files.add(world.keys.folder / "totp.key", after_seconds=0)
    world.keys = Keys(world.keys.folder)
    assert world.who(world.sign_in(login)) is not None
    with world.db.read() as tx:
        assert tx.connection.scalar(text(sealed), {"login": login}) == 2
