"""docker-compose.yml fits the compose specification and what the operator's page promises; no engine runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from landdata.settings import Settings
from landdata.store.roles import USES

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = FILE["services"]
ONE_SHOT = {"bootstrap"}
by_service = pytest.mark.parametrize("name", SERVICES)


def test_fits_the_specification():
    schema = json.loads((Path(__file__).parent / "vendor/compose-spec.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [f"{list(one.path)}: {one.message[:200]}" for one in Draft202012Validator(schema).iter_errors(FILE)] == []


def test_all_services_are_there():
    assert set(SERVICES) == {"db", "bootstrap", "api", "worker", "nginx", "archive", "population"}
    assert {name for name, one in SERVICES.items() if one.get("profiles")} == {"population", "archive"}


@by_service
def test_nobody_is_root_and_nobody_gets_more(name):
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is True
    assert service["logging"]["options"]["max-size"]


@by_service
def test_health_is_watched(name):
    check = SERVICES[name]["healthcheck"]
    if name in ONE_SHOT:
        assert check == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
    else:
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "retries"} <= set(check)


@by_service
def test_what_is_named_exists(name):
    service = SERVICES[name]
    for kind in ("networks", "secrets"):
        assert set(service.get(kind, [])) <= set(FILE[kind])
    assert set(service.get("depends_on", [])) <= set(SERVICES)
    for volume in service.get("volumes", []):
        if isinstance(volume, str):
            assert volume.split(":")[0] in FILE["volumes"]
        else:
            assert (ROOT / volume["source"]).is_file()
    if mode := service.get("network_mode"):
        assert mode.removeprefix("service:") in SERVICES
    if build := service.get("build"):
        assert re.search(rf"^FROM \S+ AS {build['target']}$", DOCKERFILE, re.MULTILINE)


@by_service
def test_settings_exist_and_none_is_a_secret(name):
    known = {f"LANDDATA_{field.upper()}" for field in Settings.model_fields}
    for key, value in SERVICES[name].get("environment", {}).items():
        if key.startswith("LANDDATA_"):
            assert key in known
        if re.search("PASS|SECRET|TOKEN", key):
            assert key == "PGPASSFILE" or key.endswith("_FILE"), key
            assert str(value).startswith(("/run/secrets/", "/var/lib/landdata/")), key
        # user@host, never user:password@host
        assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), key


def test_secrets_come_from_files_that_the_script_makes():
    script = (ROOT / "docs/deploy/make-secrets.sh").read_text(encoding="utf-8")
    for secret in FILE["secrets"].values():
        assert set(secret) == {"file"}
        assert Path(secret["file"]).name in script
    assert subprocess.run(["sh", "-n", ROOT / "docs/deploy/make-secrets.sh"], check=False).returncode == 0
    assert subprocess.run(["sh", "-n", ROOT / "docs/deploy/database/10-role.sh"], check=False).returncode == 0


def test_only_the_proxy_can_be_reached():
    assert [name for name, one in SERVICES.items() if one.get("ports")] == ["nginx"]
    assert {name for name, one in FILE["networks"].items() if one.get("internal")} == {"store", "edge"}
    assert "outside" not in SERVICES["api"]["networks"]
    assert SERVICES["db"]["networks"] == ["store"]
    assert "store" not in SERVICES["nginx"]["networks"]


def test_the_api_believes_the_proxy_and_nobody_else():
    command = SERVICES["api"]["command"]
    assert command[command.index("--trusted-proxy") + 1] == SERVICES["nginx"]["networks"]["edge"]["ipv4_address"]


def test_the_superuser_is_for_bootstrap_only():
    holders = {name for name, one in SERVICES.items() if "admin_pgpass" in one.get("secrets", [])}
    assert holders == {"bootstrap"}
    assert {name for name, one in SERVICES.items() if "LANDDATA_ADMIN_URL" in one.get("environment", {})} == holders


def test_each_process_has_the_passwords_of_its_own_roles_and_of_no_other():
    script = (ROOT / "docs/deploy/make-secrets.sh").read_text(encoding="utf-8")
    files = {name: set(roles.split()) for name, roles in re.findall(r"^only (\S+) \d+ (.+)$", script, re.MULTILINE)}
    [every] = re.findall(r"for role in (.+); do\n    line", script)
    assert set(every.split()) == {role.value for role, use in USES.items() if use.process}
    for process in ("api", "worker"):
        assert files[f"{process}.pgpass"] == {role.value for role, use in USES.items() if use.process == process}
        assert [one for one in SERVICES[process]["secrets"] if "pgpass" in one] == [f"{process}_pgpass"]
        assert SERVICES[process]["environment"]["PGPASSFILE"] == f"/run/secrets/{process}_pgpass"
    holders = {name for name, one in SERVICES.items() if "roles_pgpass" in one.get("secrets", [])}
    assert holders == {"bootstrap"}


def test_log_and_data_have_disks_of_their_own():
    mounts = dict(volume.split(":") for volume in SERVICES["db"]["volumes"])
    assert SERVICES["db"]["environment"]["POSTGRES_INITDB_WALDIR"].startswith(f"{mounts['wal']}/")
    assert mounts["database"] != mounts["wal"]
    assert {"keys:/var/lib/landdata/keys", "data:/var/lib/landdata"} <= set(SERVICES["api"]["volumes"])


def test_the_images_run_without_root_and_on_a_supported_python():
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    last_users = {stage.split()[2]: re.findall(r"^USER (\S+)$", stage, re.MULTILINE) for stage in stages}
    assert last_users == {"build": [], "app": ["10001:10001"], "database": ["999:999"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = project["requires-python"].removeprefix(">=")
    assert re.findall(r"^FROM python:(\S+)-slim-bookworm", DOCKERFILE, re.MULTILINE) == [lowest, lowest]
    assert SERVICES["api"]["image"].endswith(f"{project['version']}}}")
    # Lower bounds on every line: an image never gets something older than what was tested.
    assert not [line for line in project["dependencies"] if ">=" not in line]


def test_what_is_copied_is_let_in():
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    for copied in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in copied.split():
            assert (ROOT / source).exists(), source
            assert any(source == one or source.startswith(f"{one}/") for one in let_in), source


def test_compose_itself_accepts_the_file(tmp_path):
    """Only the present tool: docker-compose 1 knows an older specification."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANDDATA_PUBLIC_URL": "https://land.example"}
    if shutil.which("docker") is None or _docker({**environment, "HOME": str(tmp_path)}, "version").returncode:
        pytest.skip("`docker compose` is not installed; the schema was checked above")
    done = _docker({**environment, "HOME": str(tmp_path)}, "--profile", "sandbox", "config", "--quiet")
    assert done.returncode == 0, done.stderr


def _docker(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "--file", str(ROOT / "docker-compose.yml"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
