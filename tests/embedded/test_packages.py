"""Finding PostgreSQL, and saying what to ask for when it cannot be installed."""

import subprocess

import pytest

from fixtures.embedded import packages
from fixtures.embedded.errors import Fault


def test_the_server_of_this_machine_has_postgis():
    server = packages.find_server()
    version = subprocess.run([server.program("postgres"), "--version"], capture_output=True, text=True, check=True)
    assert f" {server.version}." in version.stdout


def test_a_cluster_is_opened_only_by_its_own_version(tmp_path):
    assert packages.find_server(9) is None
    assert packages.find_server(packages.find_server().version) == packages.find_server()


def test_nothing_installed_and_no_apt_names_the_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "find_server", lambda _version=None: None)
    monkeypatch.setattr(packages, "which", lambda _program: None)
    with pytest.raises(Fault) as caught:
        packages.ensure_server(tmp_path / "log")
    for text in (caught.value.vi, caught.value.en):
        assert text.endswith("apt-get install --no-install-recommends postgresql-15 postgresql-15-postgis-3")


def test_no_root_and_no_sudo_names_the_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "_become_root", lambda: None)
    with pytest.raises(Fault, match=r"root/sudo.* chromium gdal-bin$"):
        packages.install(["chromium", "gdal-bin"], tmp_path / "log")


def test_apt_that_fails_shows_its_last_words(monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "_INSTALL", "echo 'E: Unable to locate package'; exit 100")
    monkeypatch.setattr(packages, "_become_root", list)
    with pytest.raises(Fault) as caught:
        packages.install(["nothing"], tmp_path / "log")
    assert "E: Unable to locate package" in caught.value.detail
    assert "apt-get: 100" in caught.value.en


def test_the_install_script_is_sound_shell():
    subprocess.run(["sh", "-n"], input=packages._INSTALL, text=True, check=True)


def test_progress_of_apt():
    begin = "0 upgraded, 2 newly installed, 0 to remove"
    assert packages.count_steps("") == "apt-get update"
    assert packages.count_steps(f"{begin}\nGet:1 http://x\nGet:2 http://x") == "2 files"
    assert packages.count_steps(f"{begin}\nUnpacking a\nUnpacking b\nSetting up a") == "3/4"
