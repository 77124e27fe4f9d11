"""Connections by command: two persons, a look, a pull, an end; exit codes, both languages, and never a secret."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from landworld import COMMUNES, row
from provinceworld import feature, hostile, openssh
from pullworld import LOOPBACK, pulled

from landdata.commands import console
from landdata.flows import sources
from landdata.settings import Settings

SECRET = "lí mật"
LAN, MINH = (("--by", login, "--reason", "công văn 12") for login in ("lan", "minh"))
STEPS = ("approve", "suspend", "resume", "end")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with hostile(tmp_path_factory.mktemp("hostile")) as made:
        made.put(*(feature(f"p{n}", row(COMMUNES[0], n, NoiO="Thôn 1")) for n in (1, 2)))
        yield made


@pytest.fixture(scope="module")
def given(shared_desk, shared_country_url):
    folder = shared_desk.keys.folder / "connections"
    folder.mkdir()
    (folder / "tinh.secret").write_text(f"{SECRET}\n")
    (folder / "tinh.secret").chmod(0o600)
    return Settings(database_url=shared_country_url, data_dir=shared_desk.data_dir, pull_networks=LOOPBACK)


@pytest.fixture
def said():
    """All that commands printed in a test."""
    return []


@pytest.fixture
def run(given, command, monkeypatch, said):
    """`landdata connections ARGUMENTS`: exit code, output, error output."""
    monkeypatch.setattr(console, "settings", lambda: given)

    def call(*arguments: object) -> tuple[int, str, str]:
        answer = command("connections", *arguments)
        said.extend(answer[1:])
        return answer

    return call


@pytest.fixture
def add(run, service):
    """Register a connection to a mood of the service; its uid."""

    def call(mood: str = "good", *more: object) -> str:
        code, out, err = run("add", "LO-24", "OAPIF", f"{service.origin}/{mood}", "parcels", "--crs", 9214, *more, *LAN)
        assert code == 0, err
        return str(UUID(out.strip()))

    return call


def shown(run, uid: str) -> dict:
    return json.loads(run("show", uid, "--format", "json")[1])


def refused(answer: tuple[int, str, str], error: str, vi: str, en: str) -> None:
    """Exit code 2, nothing on the output; the code, then a sentence of each language."""
    code, out, err = answer
    assert (code, out) == (2, "")
    first, vietnamese, english = err.splitlines()
    assert first == error
    assert vi in vietnamese
    assert en in english


def test_from_registering_to_the_first_pull_and_the_secret_is_never_shown(run, add, said, shared_desk):
    uid = add(
        "basic", "--credential", "BASIC", "--user", "lan", "--secret-file", "tinh.secret", "--page-rows", 2,
        "--effective-on", "2023-03-28", "--column", "NoiO=parcel_address", "--cadence-minutes", 60,
    )  # fmt: skip
    before = shown(run, uid)
    assert (before["standing"], before["registered_by"], before["approved_by"]) == ("PROPOSED", "lan", None)
    terms = before["terms"]
    assert (terms["columns"], terms["effective_on"]) == ({"NoiO": "parcel_address"}, "2023-03-28")
    assert (terms["secret_file"], terms["cadence_minutes"], terms["epsg"]) == ("tinh.secret", 60, 9214)
    refused(run("approve", uid, *LAN), "SECOND_PERSON_NEEDED", "hai người khác nhau", "two different persons")
    assert shown(run, uid)["standing"] == "PROPOSED"
    refused(run("pull", uid), "CONNECTION_STEP_UNFIT", "PROPOSED", "is PROPOSED: pull")
    code, out, _ = run("approve", uid, *MINH)
    assert (code, "ACTIVE" in out, "minh: công văn 12" in out) == (0, True, True)
    for _ in range(2):
        assert run("pull", uid) == (0, "Đã yêu cầu / asked for\n", "")
    asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'pull' AND args ->> 'connection_uid' = :uid"
    assert shared_desk.scalar(asked, uid=uid) == 1, "it waits already"
    pulled(shared_desk, UUID(uid))
    code, out, _ = run("show", uid)
    [line] = [line for line in out.splitlines() if line.startswith("#1 ")]
    assert "DELIVERED  tất cả / all  2 dòng / rows" in line
    [pull] = shown(run, uid)["pulls"]
    assert pull["deliveries"] == [line.split()[-1]]
    assert [step[1:3] for step in shown(run, uid)["steps"]] == [["PROPOSED", "lan"], ["ACTIVE", "minh"]]
    listed = json.loads(run("list", "--office", "LO-24", "--format", "json")[1])
    assert (uid, "DELIVERED") in [(one["connection_uid"], (one["last"] or {}).get("outcome")) for one in listed]
    code, out, _ = run("list")
    assert code == 0
    assert uid in out, "in one piece, to be copied"
    assert run("test", uid)[0] == 0
    assert not any(SECRET in words or SECRET.split()[1] in words for words in said)


def test_each_step_follows_from_the_one_before(run, add):
    uid = add()
    for step in ("suspend", "resume"):
        refused(run(step, uid, *LAN), "CONNECTION_STEP_UNFIT", "PROPOSED", "is PROPOSED")
    assert "ACTIVE" in run("approve", uid, *MINH)[1]
    refused(run("approve", uid, *MINH), "CONNECTION_STEP_UNFIT", "đang ở trạng thái ACTIVE", "is ACTIVE")
    code, out, _ = run("suspend", uid, *LAN)
    assert (code, "SUSPENDED" in out, "next -" in out) == (0, True, True)
    refused(run("approve", uid, *MINH), "CONNECTION_STEP_UNFIT", "SUSPENDED", "is SUSPENDED")
    refused(run("pull", uid), "CONNECTION_STEP_UNFIT", "SUSPENDED", "is SUSPENDED")
    assert shown(run, uid)["next_at"] is None
    assert run("resume", uid, *LAN)[0] == 0
    assert shown(run, uid)["next_at"] is not None
    assert run("end", uid, *LAN)[0] == 0
    for step in STEPS:
        refused(run(step, uid, *MINH), "CONNECTION_STEP_UNFIT", "ENDED", "is ENDED")
    stood = [step[1] for step in shown(run, uid)["steps"]]
    assert stood == ["PROPOSED", "ACTIVE", "SUSPENDED", "ACTIVE", "ENDED"]


def test_nothing_is_asked_for_while_the_source_is_paused(run, add, shared_desk):
    """Docs/connections.md: while its source is paused or ended nothing is pulled, by nobody."""
    uid = add()
    run("approve", uid, *MINH)
    asked = {"office_code": "LO-24", "login": "lan", "reason": "thử"}
    sources.pause(shared_desk.db, **asked)
    try:
        refused(run("pull", uid), "SOURCE_STEP_UNFIT", "LO-24 đang ở trạng thái PAUSED", "LO-24 is PAUSED: pull")
        assert pulled(shared_desk, UUID(uid)) is None, "nor one that was asked for before"
        assert shown(run, uid)["pulls"] == []
    finally:
        sources.resume(shared_desk.db, **asked)


def test_what_is_not_there_is_named(run, add):
    nobody, uid = str(uuid4()), add()
    for words in (*((step, nobody, *LAN) for step in STEPS), ("test", nobody), ("pull", nobody), ("show", nobody)):
        refused(run(*words), "CONNECTION_UNKNOWN", f"Không có kết nối {nobody}", f"There is no connection {nobody}")
    stranger = ("--by", "ai", "--reason", "x")
    refused(run("approve", uid, *stranger), "PERSON_UNKNOWN", "cán bộ ai", "person ai")
    where = ("https://a.example", "parcels", "--crs", 9214)
    refused(run("add", "LO-24", "OAPIF", *where, *stranger), "PERSON_UNKNOWN", "cán bộ ai", "person ai")
    for words in (
        ("add", "LO-99", "OAPIF", *where, *LAN),
        ("add", "MAE", "OAPIF", *where, *LAN),
        ("list", "--office", "LO-99"),
    ):
        assert run(*words)[2].startswith("OFFICE_UNKNOWN")
    assert run("show", "x")[0] == 2
    assert run("add", "LO-24", "FTP", *where, *LAN)[0] == 2


_WEB, _DROP = ("OAPIF", "https://a.example", "x", "--crs", 9214), ("SFTP", "sftp://a.example", "x")
UNFIT = {
    "a scheme of its own": (("OAPIF", "ftp://a.example", "x", "--crs", 9214), "https://"),
    "a secret in the address": (("WFS", "https://lan:mat@a.example", "x", "--crs", 9214), "https://"),
    "no zone": (("OAPIF", "https://a.example", "x"), "a zone is needed"),
    "a drop area without a key": (_DROP, "SSH key"),
    "no secret file": ((*_WEB, "--credential", "BASIC", "--user", "lan"), "secret file"),
    "a secret file elsewhere": ((*_WEB, "--credential", "BASIC", "--user", "lan", "--secret-file", "../x"), "secret file"),
    "a header of ours": ((*_WEB, "--credential", "API_KEY", "--header", "Host", "--secret-file", "x"), "header"),
    "no address of tokens": ((*_WEB, "--credential", "OAUTH2", "--user", "moc", "--secret-file", "x"), "token's"),
    "a column of no profile": ((*_WEB, "--column", "a=b"), "profile flat"),
    "too often": ((*_WEB, "--cadence-minutes", 1), "cadence"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "why"), UNFIT.values(), ids=UNFIT)
def test_unfit_terms_are_refused_before_anything_is_noted(run, shared_desk, words, why):
    before = shared_desk.sizes("sync")["connection"]
    answer = run("add", "LO-24", *words, *LAN)
    refused(answer, "CONNECTION_UNFIT", "Kết nối không dùng được: ", why)
    assert "mat@" not in answer[2]
    assert shared_desk.sizes("sync")["connection"] == before


@pytest.mark.parametrize("columns", [("parcel_address",), ("=parcel_address",), ("a=",), ("a=use_term", "a=origins")])
def test_a_column_has_two_names_and_one_of_them_once(run, columns):
    code, out, err = run("add", "LO-24", *_WEB, *(word for one in columns for word in ("--column", one)), *LAN)
    assert (code, out) == (2, "")
    assert "TÊN=cột" in err


def test_a_look_says_what_a_pull_would_meet(run, add, service, shared_desk):
    code, out, _ = run("test", add("good", "--column", "NoiO=parcel_address"))
    assert code == 0
    assert "số dòng / rows: 2" in out
    assert "NoiO -> parcel_address" in out
    # What a pull could not use is exit code 1, in either form.
    unfit = add("good", "--changed-by", "ngay_sua", "--column", "parcel_address=use_term")
    code, out, _ = run("test", unfit)
    assert code == 1
    assert "required columns missing: parcel_address" in out
    assert "the property of change is not there" in out
    code, out, _ = run("test", unfit, "--format", "json")
    assert (code, json.loads(out)["changed_by_there"]) == (1, False)
    service.put(province="77")
    code, out, _ = run("test", add("good-77"))
    assert code == 1
    assert "Không có dòng nào / there is no row" in out
    # What stands in the way is named as by a pull, with exit code 2.
    refused(run("test", add("denied")), "PULL_DENIED", "xác thực", "credentials")
    refused(run("test", add("gone")), "PULL_ABSENT", "không có", "has no")
    lost = add("basic", "--credential", "BASIC", "--user", "lan", "--secret-file", "lost")
    refused(run("test", lost), "CONNECTION_SECRET_UNREADABLE", "lost", "lost")
    assert shared_desk.scalar("SELECT count(*) FROM sync.pull p JOIN sync.connection c USING (connection_id) "
                              "WHERE c.connection_uid = :uid", uid=unfit) == 0  # fmt: skip


def test_a_drop_area_and_the_key_it_proves_itself_by(run, shared_desk, tmp_path):
    path = tmp_path / "host.pub"
    with openssh() as area:
        key = shared_desk.keys.folder / "connections" / "drop.key"
        key.write_bytes(area.key)
        key.chmod(0o600)
        words = ("add", "LO-24", "SFTP", area.address, area.root, "--credential", "SSH_KEY", "--user", area.user,
                 "--secret-file", "drop.key", "--host-key", path, *LAN)  # fmt: skip
        for text in ("", "no key here\n", "ssh-ed25519\n"):
            path.write_text(text)
            code, out, err = run(*words)
            assert (code, out) == (2, "")
            assert "khóa công khai / public key" in err
        uids = []
        for text in (f"{area.host_key} a comment\n", f"# a.example:22 SSH-2.0\n[a.example]:22 {area.host_key}\n"):
            path.write_text(text)
            code, out, err = run(*words)
            assert code == 0, err
            uids.append(out.strip())
            assert shown(run, uids[-1])["terms"]["host_key"] == area.host_key
        area.put("thua.geojson", b"{}")
        area.put("half.geojson", b"{}", done=False)
        code, out, _ = run("test", uids[0])
        assert code == 0
        assert "thua.geojson  đủ / complete" in out
        assert "half.geojson  chờ / waits" in out
        assert len(area.below()) == 3, "it takes nothing"
        assert area.key.decode() not in out + str(shown(run, uids[0]))
