"""Alerts told to a real mail server and a real endpoint: once, in order, under one id, and told again only after a cut."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from endpoint import certificate, listening
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier
from syncworld import Process, free_port, until, value, worker

from landdata.connectors import addresses
from landdata.flows import alerts, offices, sources, tell
from landdata.model.alerts import Channel
from landdata.model.sources import Promise
from landdata.settings import Settings
from landdata.store import keys as key_files
from landdata.store import outbox
from sync.connectors.mail import Smtp
from sync.connectors.webhooks import Webhooks

LOOPBACK = "127.0.0.0/8"
SENDER = Webhooks(addresses.networks(LOOPBACK))
TO = "phong-du-lieu@bo.example"


class MailServer:
    """The server's process, and what came to it."""

    def __init__(self, folder: Path, *certificate: str) -> None:
        self.port, self.log = free_port(), folder / "letters.jsonl"
        script = str(Path(__file__).with_name("mailserver.py"))
        self.process = Process([script, str(self.port), str(self.log), *certificate], {}, folder / "mailserver.log")

    def listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def came(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def letters(self) -> list[EmailMessage]:
        return [message_from_string(one["letter"], policy=default) for one in self.came()]


@contextmanager
def mailing(folder: Path, *certificate: str) -> Iterator[MailServer]:
    made = MailServer(folder, *certificate)
    with made.process:
        until(made.listens, what="mail server")
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[MailServer]:
    with mailing(tmp_path_factory.mktemp("mail")) as made:
        yield made


@pytest.fixture
def inbox(server) -> MailServer:
    server.log.unlink(missing_ok=True)
    return server


@pytest.fixture
def keys(tmp_path):
    return key_files.make_all(tmp_path)


@pytest.fixture
def late(country):
    """Makes the source of an office miss its first day; undoes it by a pause."""
    offices.register_office(country, code="MAE", kind="MINISTRY", name_vi="Bộ", name_en="Ministry")
    offices.register_person(country, login="lan", full_name="Lan", office_code="MAE")
    day = value(country, "SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - 3")
    offices.register_land_office(
        country, code="LO-24", name_vi="VPĐK Bắc Giang", name_en="Office", provinces=[("24", day)]
    )
    said = {"office_code": "LO-24", "login": "lan", "reason": "thử"}
    sources.promise(country, promised=Promise(first_due_on=day), **said)

    def set_late(well: bool = False) -> None:
        (sources.pause if well else sources.resume)(country, **said)
        sources.sweep(country)

    sources.sweep(country)
    return set_late


def given(server: MailServer, **changed: Any) -> Settings:
    plain = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "NONE", "smtp_from": "so@bo.example"}
    return Settings(**plain | {"alert_mail": {"MINISTRY": [TO]}} | changed)


def look(db: Any, settings: Settings) -> tuple[int, int]:
    found = alerts.look(db, targets=alerts.targets_of(settings))
    return found.opened, found.closed


def send(db: Any, settings: Settings, keys: Any, *, give_up: int = 3600) -> tuple[int, int]:
    return tell.send_due(db, Smtp(settings), SENDER, keys=keys, give_up_seconds=give_up)


def at_once(db: Any) -> None:
    with db.write() as tx:
        tx.connection.execute(text("UPDATE sync.alert_notice SET next_try_at = NULL"))


def test_it_is_told_once_and_its_end_once(country, late, inbox, keys):
    settings = given(inbox)
    assert [look(country, settings) for _ in range(3)] == [(1, 0), (0, 0), (0, 0)]
    assert [send(country, settings, keys) for _ in range(2)] == [(1, 0), (0, 0)]
    [first] = inbox.letters()
    assert (first["To"], first["From"], first["Auto-Submitted"]) == (TO, "so@bo.example", "auto-generated")
    assert first["Subject"].startswith("[Cảnh báo / alert] Nguồn quá hạn")
    words = first.get_content()
    assert words.index("Đối tượng: LO-24, VPĐK Bắc Giang") < words.index("About: LO-24, Office")
    assert "Đo được: 3 ngày; ngưỡng: 1 ngày" in words
    late(well=True)
    assert [look(country, settings) for _ in range(2)] == [(0, 1), (0, 0)]
    assert [send(country, settings, keys) for _ in range(2)] == [(1, 0), (0, 0)]
    _, second = inbox.letters()
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    assert "Đã khôi phục lúc" in second.get_content()
    late()
    assert look(country, settings) == (1, 0), "it is another alert when it comes again"
    send(country, settings, keys)
    assert len({one["Message-ID"] for one in inbox.letters()}) == 3


def test_killed_between_sending_and_noting_it_is_sent_again_under_the_same_id(country, late, inbox, keys, monkeypatch):
    settings = given(inbox)
    look(country, settings)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(outbox, "told", killed)
        with pytest.raises(KeyboardInterrupt):
            send(country, settings, keys)
    assert send(country, settings, keys) == (0, 0), "not before its time"
    at_once(country)
    assert send(country, settings, keys) == (1, 0)
    first, second = inbox.came()
    assert first["letter"] == second["letter"]


def test_a_letter_that_was_taken_unheard_is_the_same_letter(country, late, inbox, keys):
    settings = given(inbox, alert_mail={"MINISTRY": ["cut@bo.example"]})
    look(country, settings)
    assert send(country, settings, keys) == (0, 1)
    at_once(country)
    send(country, settings, keys)
    first, second = inbox.came()
    assert first == second


def test_one_that_cannot_be_reached_delays_nobody_and_is_given_up(country, late, inbox, keys):
    settings = given(inbox, alert_mail={"MINISTRY": ["gone@bo.example", "busy@bo.example", TO]})
    look(country, settings)
    assert send(country, settings, keys) == (1, 2)
    rows = "SELECT string_agg(last_status || (given_up_at IS NOT NULL)::text, ' ' ORDER BY notice_id) FROM sync.alert_notice"
    assert value(country, rows) == "550true 451false 250false"
    late(well=True)
    look(country, settings)
    assert send(country, settings, keys) == (1, 1), "an end is not told before its beginning, unless that was given up"
    at_once(country)
    assert send(country, settings, keys, give_up=0) == (0, 1)
    assert send(country, settings, keys, give_up=0) == (0, 1)
    at_once(country)
    assert send(country, settings, keys) == (0, 0)
    assert [one["to"] for one in inbox.came()] == [[TO], [TO]]


def test_a_server_that_is_down_costs_nothing_but_time(country, late, inbox, keys):
    down = given(inbox, smtp_port=free_port())
    look(country, down)
    assert send(country, down, keys) == (0, 1)
    assert value(country, "SELECT last_status FROM sync.alert_notice") == "UNREACHABLE"
    at_once(country)
    assert send(country, given(inbox), keys) == (1, 0)


def test_by_webhook_signed_as_others_verify_it(country, late, tmp_path, keys, inbox):
    with listening(tmp_path) as endpoint:
        url = endpoint.url("/good")
        settings = given(inbox, alert_mail={}, alert_webhooks={"MINISTRY": [url], "OPERATOR": [endpoint.url("/fail")]})
        look(country, settings)
        assert send(country, settings, keys) == (1, 0)
        late(well=True)
        look(country, settings)
        send(country, settings, keys)
        opened, closed = endpoint.came()
        said = [
            Verifier(tell.webhook_secret(keys, url)).verify(one["body"], one["headers"]) for one in (opened, closed)
        ]
    assert [one["type"] for one in said] == ["land.alert.opened", "land.alert.closed"]
    assert (said[0]["data"]["rule"], said[0]["data"]["office"], said[0]["data"]["value"]) == (
        "SOURCE_OVERDUE",
        "LO-24",
        3,
    )
    assert said[1]["data"]["closed_at"]
    assert opened["headers"]["webhook-id"] != closed["headers"]["webhook-id"]


def test_only_by_tls_and_signed_in(country, late, tmp_path, keys):
    file, _ = certificate(tmp_path, "localhost")
    password = tmp_path / "password"
    password.write_text("mat-khau\n")
    with mailing(tmp_path, file) as server:
        plain = given(
            server, smtp_host="localhost", smtp_security="STARTTLS", smtp_user="landdata", smtp_password_file=password,
        )  # fmt: skip
        trusting = plain.model_copy(update={"smtp_ca_file": file})
        look(country, plain)
        for settings, status in (
            (plain, "TLS_FAILED"),
            (trusting.model_copy(update={"smtp_host": "127.0.0.1"}), "TLS_FAILED"),
            (trusting.model_copy(update={"smtp_password_file": tmp_path / "none"}), "PASSWORD_MISSING"),
            (trusting.model_copy(update={"smtp_user": "x"}), "LOGIN_REFUSED"),
            (trusting, "250"),
        ):
            at_once(country)
            send(country, settings, keys)
            assert value(country, "SELECT last_status FROM sync.alert_notice") == status
        assert [one["secure"] for one in server.came()] == [True]


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_host": "mail.example", "smtp_security": "NONE"}, {"smtp_from": "a b@x"},
        {"alert_mail": {"MINISTRY": ["a@b\nBcc: c@d"]}}, {"alert_mail": {"EVERYBODY": ["a@b"]}},
    ],
)  # fmt: skip
def test_settings_that_would_send_in_the_open_or_to_others_are_refused(changed):
    with pytest.raises(ValueError, match=r"smtp|address|MINISTRY"):
        Settings(**changed)


@pytest.mark.full
def test_the_worker_tells_by_its_own_schedule_though_killed(country, country_url, late, tmp_path, inbox):
    """SIGKILL while a notice is under way: it is told all the same, and one alert stands."""
    settings = given(inbox)
    alerts.look(country, targets=((settings.smtp_host and "MINISTRY", Channel.MAIL, TO),))
    process = worker(country_url, tmp_path)
    process.settings |= {
        "LANDDATA_SMTP_HOST": "127.0.0.1", "LANDDATA_SMTP_PORT": str(inbox.port), "LANDDATA_SMTP_SECURITY": "NONE",
        "LANDDATA_ALERT_MAIL": json.dumps({"MINISTRY": [TO]}), "LANDDATA_WEBHOOK_NETWORKS": LOOPBACK,
    }  # fmt: skip
    with process:
        until(lambda: value(country, "SELECT sum(attempts) > 0 FROM sync.alert_notice"), what="first try")
        process.end()
        at_once(country)
        process.start()
        until(lambda: value(country, "SELECT bool_and(told_at IS NOT NULL) FROM sync.alert_notice"), seconds=90)
    assert value(country, "SELECT count(*) FROM sync.alert") == 1
    assert len({one["letter"] for one in inbox.came()}) == 1
    assert len(inbox.came()) <= 2, "at least once, and once more only by the kill"
