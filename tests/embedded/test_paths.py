"""Where things lie for root and for others."""

from pathlib import Path

from fixtures.embedded.paths import SOCKET_NAME, SOCKET_PATH_BYTES, paths_for, project_id


def test_root_keeps_its_cluster_outside_its_home(tmp_path):
    paths = paths_for(tmp_path, uid=0, environment={})
    assert paths.cluster == Path("/var/lib/landdata") / project_id(tmp_path) / "pg"
    assert paths.socket == Path(f"/run/landdata-{project_id(tmp_path)}")


def test_others_keep_everything_in_the_project():
    paths = paths_for(Path("/srv/land"), uid=1000, environment={})
    assert paths.data == Path("/srv/land/.landdata/data")
    assert paths.socket == Path("/srv/land/.landdata/socket")


def test_a_deep_project_gets_a_short_socket():
    deep = Path("/srv") / ("x" * 100)
    for environment in ({}, {"XDG_RUNTIME_DIR": "/run/user/1000"}):
        paths = paths_for(deep, uid=1000, environment=environment)
        assert len(bytes(paths.socket / SOCKET_NAME)) <= SOCKET_PATH_BYTES
        assert paths.socket.parent == Path(environment.get("XDG_RUNTIME_DIR", "/tmp"))  # noqa: S108


def test_two_checkouts_never_meet():
    one, other = (paths_for(Path(name), uid=0, environment={}) for name in ("/srv/a", "/srv/b"))
    assert {one.state, one.socket}.isdisjoint({other.state, other.socket})


def test_data_folder_may_be_elsewhere():
    assert paths_for(Path("/srv/a"), uid=0, environment={"LANDDATA_DATA_DIR": "/data"}).data == Path("/data")


def test_tests_never_meet_the_project_itself():
    for uid in (0, 1000):
        given = {"LANDDATA_DATA_DIR": "/data"}
        own, tests = (paths_for(Path("/srv/a"), uid=uid, environment=given, tests=one) for one in (False, True))
        assert {own.state, own.socket, own.data}.isdisjoint({tests.state, tests.socket, tests.data})


def test_url_is_quoted():
    paths = paths_for(Path("/srv/a b"), uid=1000, environment={})
    assert paths.url() == "postgresql://landdata@/landdata?host=/srv/a%20b/.landdata/socket"
