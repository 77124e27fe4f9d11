"""Takes in what offices' systems put into the drop folder, and reports back in a file; however often it is killed, once."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from landdata.errors import (
    BackfillNotAllowed,
    CommunesUnfit,
    DeclarationsUnreadable,
    DeliveryEmpty,
    DeliveryKeyReused,
    DeliveryTooLarge,
    LandDataError,
    OfficeUnknown,
    OfficeWithoutUnits,
    UnknownUnit,
    UnknownZone,
)
from landdata.flows import receive
from landdata.flows.verdict import words
from landdata.model.clients import ProvinceOffice
from landdata.model.deliveries import Declaration, DeliveryView, Finding, Kind, Profile, Severity, State
from landdata.settings import Settings
from landdata.store import disks, drop
from landdata.store.drop import Stamp, Tray
from landdata.store.engine import Database
from landdata.store.keys import Keys

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
# What the office has to mend; anything else is the machine's, and the file waits for it.
_REFUSALS = (
    BackfillNotAllowed, CommunesUnfit, DeclarationsUnreadable, DeliveryEmpty, DeliveryKeyReused, DeliveryTooLarge,
    OfficeUnknown, OfficeWithoutUnits, UnknownUnit, UnknownZone,
)  # fmt: skip


class _StillWritten(Exception):
    """Written to while it was read."""


@dataclass(slots=True)
class Drop:
    """The drop folder as one worker sees it. What it remembers between two looks may be lost: it only saves work."""

    db: Database
    keys: Keys
    settings: Settings
    _seen: dict[str, dict[str, Stamp]] = field(default_factory=dict)
    _received: dict[tuple[str, str], UUID] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)

    def look(self) -> int:
        """Claim what is complete, go on with what is under way; how many files were put away."""
        if not self.settings.drop_dir:
            return 0
        # Files wait in their folder until there is room.
        disks.require_room(self.settings.disks, share=self.settings.disk_refuse_share)
        root, settled = Path(self.settings.drop_dir), 0
        there = root.is_dir()
        self._tell(str(root), None if there else "the drop folder is not there")
        if not there:
            return 0
        for office in drop.offices(root):
            with drop.tray(root, office) as tray:
                amiss = f"drop folder of {office}: no folder `incoming`, or a link in a folder's place"
                self._tell(office, None if tray else amiss)
                if tray is None:
                    continue
                settled += sum(self._go_on(tray, office, name) for name in tray.claims())
                settled += self._claim(tray, office)
        return settled

    def _tell(self, about: str, sentence: str | None) -> None:
        """Say once what is amiss with a folder or file, until it is something else; None: nothing is."""
        if sentence is None:
            self._told.pop(about, None)
        elif self._told.get(about) != sentence:
            self._told[about] = sentence
            log.warning(sentence)

    def _claim(self, tray: Tray, office: str) -> int:
        """Take up files whose size and time have not changed since the last look."""
        before, now = self._seen.get(office, {}), tray.waiting()
        self._seen[office] = now
        busy, settled = set(tray.claims()), 0
        for name in sorted(now):
            if before.get(name) == now[name] and name not in busy:
                tray.claim(name)
                settled += self._go_on(tray, office, name)
        return settled

    def _go_on(self, tray: Tray, office: str, name: str) -> bool:
        """One claimed file a step further; True when it was put away."""
        if not tray.recover(name):
            return False
        caller = ProvinceOffice(client_id="", office_code=office, token_id="", address="")
        uid = self._received.get((office, name))
        if uid is None:
            try:
                uid = self._receive(tray, caller, name)
            except _REFUSALS as error:
                log.warning("drop folder of %s: a file was refused at the door: %s", office, error.code)
                tray.settle(name, _refused(error), refused=True)
                return True
            except (OSError, _StillWritten) as error:
                self._tell(f"{office}/{name}", f"drop folder of {office}: a file cannot be read yet: {error}")
                return False
            self._tell(f"{office}/{name}", None)
            self._received[office, name] = uid
        if not receive.glance(self.db, caller=caller, delivery_uid=uid).state.at_rest:
            return False
        view = receive.view(self.db, caller=caller, delivery_uid=uid)
        tray.settle(name, _report(view), refused=view.state is State.REFUSED)
        del self._received[office, name]
        return True

    def _receive(self, tray: Tray, caller: ProvinceOffice, name: str) -> UUID:
        """Safe to repeat: the same bytes, name and declarations have the same key."""
        said = declarations(tray.declarations(name))
        with tray.opened(name) as descriptor:
            key = said.pop("key", None) or _key(descriptor, name, said)
            receipt = receive.receive(
                self.db,
                data_dir=self.settings.data_dir,
                keys=self.keys,
                caller=caller,
                chunks=_chunks(descriptor),
                declaration=Declaration(idempotency_key=key, file_name=name, **said),
                max_bytes=self.settings.delivery_max_bytes,
                simulated=self.settings.simulated,
                raw_copy=self.settings.raw_copy,
            )
        return receipt.delivery_uid


def declarations(raw: bytes | None) -> dict[str, Any]:
    """What was declared beside a file, as arguments; `key` among them. Raises DeclarationsUnreadable."""
    if raw is None:
        return {}
    try:
        return _given(json.loads(raw))
    except (ValueError, TypeError) as error:
        raise DeclarationsUnreadable(reason=type(error).__name__) from error


def _given(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict) or not isinstance(said.get("communes", []), list):
        raise TypeError
    unknown = sorted(set(said) - _READERS.keys())
    if unknown:
        raise DeclarationsUnreadable(reason=f"unknown: {', '.join(unknown)[:100]}")
    return {name: _READERS[name](value) for name, value in said.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "kind": Kind,
    "profile": Profile,
    "effective_on": date.fromisoformat,
    "epsg": int,
    "communes": lambda codes: tuple(_text(one) for one in codes),
    "key": lambda key: _text(key)[:128],
}


def _key(descriptor: int, name: str, said: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps([name, said], default=str, sort_keys=True).encode())
    for chunk in _chunks(descriptor):
        digest.update(chunk)
    return f"drop-{digest.hexdigest()[:40]}"


def _chunks(descriptor: int) -> Iterator[bytes]:
    """The bytes from the first on. Raises _StillWritten when the file changes meanwhile: then it was not complete."""
    before = drop.stamp(descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    while chunk := os.read(descriptor, _CHUNK):
        yield chunk
    if drop.stamp(descriptor) != before:
        raise _StillWritten


def _report(view: DeliveryView) -> dict[str, Any]:
    refusal = view.refusal and Finding(
        view.refusal["code"], Severity.REFUSES_DELIVERY, "", None, dict(view.refusal["details"])
    )
    return {
        "delivery_uid": str(view.delivery_uid),
        "state": view.state.value,
        "ledger": [asdict(line) for line in view.ledger],
        "refusal": {"code": refusal.code, **words(refusal)} if refusal else None,
        "findings_total": view.findings_total,
        "findings": [
            {"row": one.row_no, "code": one.code, "severity": one.severity.value, "details": one.details, **words(one)}
            for one in view.findings
        ],
    }


def _refused(error: LandDataError) -> dict[str, Any]:
    said = {language: error.sentence(language) for language in ("vi", "en")}
    mend = {f"mend_{language}": error.mend(language) for language in ("vi", "en")}
    return {"delivery_uid": None, "state": State.REFUSED.value, "refusal": {"code": error.code, **said, **mend}}
