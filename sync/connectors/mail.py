"""E-mail by SMTP (RFC 5321), the standard library's: TLS as the settings say, one session for all letters of a time."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime

from landdata.model.alerts import Letter, Posted
from landdata.settings import Settings

TIMEOUT_SECONDS = 10.0
_READY = 250


class Smtp:
    """See `model.ports.Mail`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, letters: Sequence[Letter]) -> list[Posted]:
        """See `model.ports.Mail`."""
        posted: list[Posted] = []
        status = "UNREACHABLE"
        try:
            with contextlib.closing(self._session()) as session:
                for letter in letters:  # one by one: what was posted before a break stays so
                    posted.append(Posted(letter.message, self._hand_over(session, letter)))  # noqa: PERF401
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    session.quit()
        except smtplib.SMTPAuthenticationError:
            status = "LOGIN_REFUSED"
        except FileNotFoundError:
            status = "PASSWORD_MISSING"
        except TimeoutError:
            status = "TIMEOUT"
        except (ssl.SSLError, smtplib.SMTPNotSupportedError):
            status = "TLS_FAILED"
        except (OSError, smtplib.SMTPException):
            status = "UNREACHABLE"
        # A session that broke says nothing about the letters behind the break, nor about the one it broke at.
        return [*posted, *(Posted(letter.message, status) for letter in letters[len(posted) :])]

    def _session(self) -> smtplib.SMTP:
        """Connected, protected and signed in."""
        given = self._settings
        trust = ssl.create_default_context(cafile=given.smtp_ca_file or None)
        session: smtplib.SMTP
        if given.smtp_security == "TLS":
            session = smtplib.SMTP_SSL(given.smtp_host, given.smtp_port, timeout=TIMEOUT_SECONDS, context=trust)
        else:
            session = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=TIMEOUT_SECONDS)
        try:
            if given.smtp_security == "STARTTLS":
                session.starttls(context=trust)
            if given.smtp_user:
                password = given.smtp_password_file.read_text(encoding="utf-8").strip()
                session.login(given.smtp_user, password)
        except BaseException:
            session.close()
            raise
        return session

    def _hand_over(self, session: smtplib.SMTP, letter: Letter) -> str:
        try:
            session.send_message(_message(letter, self._settings.smtp_from))
        except smtplib.SMTPRecipientsRefused as refused:
            code, _ = refused.recipients[letter.to]
            return str(code)
        except smtplib.SMTPResponseException as refused:
            if refused.smtp_code < 0:
                raise
            with contextlib.suppress(smtplib.SMTPException):
                session.rset()
            return str(refused.smtp_code)
        return str(_READY)


def _message(letter: Letter, sender: str) -> EmailMessage:
    """The same to the last byte however often it is sent."""
    domain = sender.rpartition("@")[2]
    made = EmailMessage()
    made["Message-ID"] = f"<{letter.message}@{domain}>"
    if letter.answers is not None:
        made["In-Reply-To"] = made["References"] = f"<{letter.answers}@{domain}>"
    made["Date"] = format_datetime(letter.made_at)
    made["From"], made["To"], made["Subject"] = sender, letter.to, letter.subject
    made["Auto-Submitted"] = "auto-generated"
    # Vietnamese letters reach servers without 8BITMIME too.
    made.set_content(letter.text, cte="quoted-printable")
    return made
