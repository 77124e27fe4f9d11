"""How a delivery goes on, told to a person at a terminal: progress while it is worked on, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from landdata.commands import console
from landdata.flows import receive, verdict
from landdata.model.deliveries import DeliveryView, Finding, Severity, State
from landdata.model.progress import Stage
from landdata.store.engine import Database

_LOOK_SECONDS = 0.5
_EXIT = {State.PUBLISHED.value: 0, State.SUPERSEDED.value: 0, State.WITHDRAWN.value: 0, State.WAITING.value: 3}
_ENDS = {
    State.PUBLISHED.value: "ĐÃ CÔNG BỐ / PUBLISHED",
    State.SUPERSEDED.value: "ĐÃ ĐƯỢC THAY THẾ / SUPERSEDED",
    State.REFUSED.value: "BỊ TỪ CHỐI / REFUSED",
    State.WAITING.value: "CHỜ NGƯỜI THỨ HAI / WAITING",
    State.WITHDRAWN.value: "ĐÃ RÚT / WITHDRAWN",
}
_PARTS = {
    "rows_new": "mới / new",
    "rows_changed": "thay đổi / changed",
    "rows_unchanged": "không đổi / unchanged",
    "rows_waiting": "chờ / waiting",
    "rows_refused": "trả lại / refused",
}


def looks(db: Database, uid: UUID, *, busy: Callable[[], bool] = lambda: False) -> Iterator[dict[str, Any]]:
    """Looks at a delivery until it is at rest and nothing more is to come."""
    while True:
        waits = busy()  # asked first: what ends in between is seen by the look
        found = receive.glance(db, caller=None, delivery_uid=uid)
        yield {
            "state": found.state.value,
            "stage": found.stage.value,
            "done": found.done,
            "total": found.total,
            "seconds_left": found.seconds_left,
            "ahead": found.ahead,
        }
        if found.state.at_rest and not waits:
            return
        time.sleep(_LOOK_SECONDS)


def watch(seen: Iterable[Mapping[str, Any]]) -> None:
    """Show looks as progress until there are no more."""
    with console.progress() as report:
        for one in seen:
            if "stage" in one:
                # A service of before does not say the last two.
                report(Stage(one["stage"]), one["done"], one["total"], one.get("seconds_left"), one.get("ahead"))


def answer(view: DeliveryView) -> dict[str, Any]:
    """A view under the names that the service uses."""
    return {
        "delivery_uid": view.delivery_uid,
        "state": view.state.value,
        "ledger": [asdict(line) for line in view.ledger],
        "refusal": view.refusal and _said(view.refusal["code"], view.refusal["details"]),
        "communes": [
            {
                "code": one.code,
                "state": one.state.value,
                "reasons": [_said(doubt.code, doubt.details) for doubt in one.reasons],
            }
            for one in view.communes
        ],
    }


def _said(code: str, details: Mapping[str, Any]) -> dict[str, str]:
    """A code with its sentences, under the names that the service uses."""
    said = verdict.words(Finding(code, Severity.REFUSES_DELIVERY, "", None, dict(details)))
    names = {"detail": "vi", "detail_en": "en", "mend": "mend_vi", "mend_en": "mend_en"}
    return {"code": code, **{name: said[word] for name, word in names.items()}}


def tell(view: Mapping[str, Any]) -> int:
    """Print the ledger and the end; the exit code. The view is the service's, or one with the same members."""
    for line in view["ledger"]:
        parts = " + ".join(f"{line[name]:,} {words}" for name, words in _PARTS.items() if name in line)
        console.out.print(f"{line['layer']}: {line['rows_read']:,} dòng đọc / rows read = {parts}")
    uid, waiting = view["delivery_uid"], State.WAITING.value
    for commune in view["communes"]:
        for reason in commune["reasons"] if commune["state"] == waiting else ():
            console.out.print(f"  {commune['code']} {reason['code']}: {reason['detail']}\n    {reason['detail_en']}")
    if refusal := view["refusal"]:
        console.out.print(f"{refusal['code']} {refusal['detail']}\n  Cách sửa: {refusal['mend']}")
        console.out.print(f"  {refusal['detail_en']}\n  How to mend: {refusal['mend_en']}")
    console.out.print(_ENDS.get(view["state"], view["state"]))
    if view["state"] == waiting:
        console.out.print(f"  Duyệt hay trả lại / agree or send back: landdata deliveries approve|reject {uid}")
    elif not view["refusal"] and any(line["rows_refused"] for line in view["ledger"]):
        console.out.print(f"  Nhận lại các dòng / get the rows back: landdata deliveries refused {uid} -o FILE")
    return _EXIT.get(view["state"], 1)
