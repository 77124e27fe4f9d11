"""Tells of alerts by mail and webhook: each notice once, and again under the same message id only where nobody knows
whether it came.

A worker that is killed between sending and noting has to send again: mail servers offer no way to ask whether a message
was taken. The Message-ID and the webhook's id stay the same, so whoever gets it twice can tell.
"""

from __future__ import annotations

import base64

from landdata.flows.notify import signed
from landdata.model.alerts import Channel, Letter, Telling
from landdata.model.ports import Mail, Notification
from landdata.model.webhooks import Notice
from landdata.store import outbox
from landdata.store.engine import Database
from landdata.store.keys import Keys
from landdata.writing import alerts as words

_NO_MAIL = "NO_MAIL_SERVER"


def send_due(
    db: Database, mail: Mail | None, notification: Notification, *, keys: Keys, give_up_seconds: int
) -> tuple[int, int]:
    """Tell what is due; returns how many notices were taken, and how many were not."""
    with db.write() as tx:
        due = outbox.begin(tx)
    if not due:
        return 0, 0
    taken, vain, hopeless = _by_mail(mail, [one for one in due if one.channel is Channel.MAIL])
    hooks = {str(one.notice_id): one for one in due if one.channel is Channel.WEBHOOK}
    if hooks:
        for outcome in notification.send([_notice(keys, one) for one in hooks.values()]):
            notice_id = hooks[outcome.client_id].notice_id
            (taken if outcome.taken else vain)[notice_id] = outcome.status
            if outcome.gone:
                hopeless.append(notice_id)
    with db.write() as tx:
        outbox.told(tx, taken)
        outbox.failed(tx, vain, hopeless=hopeless, give_up=give_up_seconds)
    return len(taken), len(vain)


def webhook_secret(keys: Keys, url: str) -> str:
    """What verifies the messages to an address, in the spelling of Standard Webhooks."""
    return "whsec_" + base64.b64encode(_keys(keys, url)[0]).decode()


def _by_mail(mail: Mail | None, due: list[Telling]) -> tuple[dict[int, str], dict[int, str], list[int]]:
    letters: dict[int, Letter] = {one.notice_id: words.letter(one) for one in due}
    if mail is None:
        return {}, dict.fromkeys(letters, _NO_MAIL), []
    posted = {one.message: one for one in mail.send(list(letters.values()))} if letters else {}
    came = {notice_id: posted[letter.message] for notice_id, letter in letters.items()}
    return (
        {notice_id: one.status for notice_id, one in came.items() if one.taken},
        {notice_id: one.status for notice_id, one in came.items() if not one.taken},
        [notice_id for notice_id, one in came.items() if one.hopeless],
    )


def _notice(keys: Keys, telling: Telling) -> Notice:
    message = f"msg_{telling.message(telling.occasion).hex}"
    return signed(
        str(telling.notice_id),
        telling.target,
        message=message,
        body=words.body(telling),
        keys=_keys(keys, telling.target),
    )


def _keys(keys: Keys, url: str) -> list[bytes]:
    """Each address has a key of its own, made from ours; no consumer's client id has this shape."""
    return keys.hashes_feed("webhook", f"alerts:{url}", 1)
