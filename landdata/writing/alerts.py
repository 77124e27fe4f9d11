"""Alerts in words: an e-mail and a webhook's body, Vietnamese first and English beside, nothing personal in either."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from landdata.model.alerts import UNIT_WORDS, Alert, Letter, Occasion, Telling, Unit

_HERE = ZoneInfo("Asia/Ho_Chi_Minh")
# What follows a figure that stands alone, such as the values of details.
_SHARES = frozenset({"now", "before"})


def figure(value: float | None, unit: Unit, *, vi: bool) -> str:
    """A value with its unit; shares in per cent. Vietnamese has a decimal comma."""
    if value is None:
        return "-"
    shown = f"{100 * value:.1f}" if unit is Unit.SHARE else f"{value:.1f}".removesuffix(".0")
    words = UNIT_WORDS[unit][0 if vi else 1]
    if not vi and value == 1:
        words = words.removesuffix("s")
    return f"{shown.replace('.', ',') if vi else shown} {words}"


def letter(telling: Telling) -> Letter:
    """The e-mail of a notice; a recovery answers the message that told of the alert, so that both stand together."""
    alert, ended = telling.alert, telling.occasion is Occasion.CLOSED
    marks = ("Đã khôi phục", "recovered") if ended else ("Cảnh báo", "alert")
    return Letter(
        message=telling.message(telling.occasion),
        answers=telling.message(Occasion.OPENED) if ended else None,
        to=telling.target,
        subject=f"[{marks[0]} / {marks[1]}] {alert.rule.vi} / {alert.rule.en}: {alert.subject}",
        text="\n".join(
            [*_lines(alert, ended=ended, vi=True), "", "---", "", *_lines(alert, ended=ended, vi=False), ""]
        ),
        made_at=telling.made_at,
    )


def body(telling: Telling) -> bytes:
    """The JSON that a webhook gets."""
    alert = telling.alert
    return json.dumps(
        {
            "type": f"land.alert.{telling.occasion.lower()}",
            "timestamp": telling.made_at.isoformat(),
            "data": {
                "alert": str(alert.alert_uid),
                "rule": alert.rule.code,
                "vi": alert.rule.vi,
                "en": alert.rule.en,
                "subject": alert.subject,
                "office": alert.office_code,
                "opened_at": alert.opened_at.isoformat(),
                "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
                "unit": alert.rule.unit,
                "value": alert.value,
                "threshold": alert.threshold,
                "closed_value": alert.closed_value,
                "details": dict(alert.details),
            },
        },
        ensure_ascii=False,
    ).encode()


def _lines(alert: Alert, *, ended: bool, vi: bool) -> list[str]:
    def said(vietnamese: str, english: str) -> str:
        return vietnamese if vi else english

    rule = alert.rule
    name = alert.name_vi if vi else alert.name_en
    lines = [
        said(rule.vi, rule.en) + ".",
        said("Đối tượng: ", "About: ") + alert.subject + (f", {name}" if name else ""),
        said("Mở lúc: ", "Since: ") + _at(alert.opened_at, vi=vi),
        said("Đo được: ", "Measured: ") + figure(alert.value, rule.unit, vi=vi)
        + said("; ngưỡng: ", "; threshold: ") + figure(alert.threshold, rule.unit, vi=vi),
        *(f"- {name}: {_plain(name, value, rule.unit, vi=vi)}" for name, value in alert.details.items()),
    ]  # fmt: skip
    if not ended:
        return [*lines, said("Nên làm: ", "What to do: ") + said(rule.mend_vi, rule.mend_en)]
    now = "" if alert.closed_value is None else ": " + figure(alert.closed_value, rule.unit, vi=vi)
    when = _at(alert.closed_at, vi=vi) if alert.closed_at else "-"
    return [*lines, said(f"Đã khôi phục lúc {when}{now}.", f"Recovered at {when}{now}.")]


def _plain(name: str, value: str | float, unit: Unit, *, vi: bool) -> str:
    """A detail: shares of a share rule as shares, whatever else as it is."""
    if unit is Unit.SHARE and name in _SHARES and isinstance(value, float):
        return figure(value, unit, vi=vi)
    return str(value)


def _at(moment: datetime, *, vi: bool) -> str:
    there = moment.astimezone(_HERE)
    return f"{there:%H:%M %d/%m/%Y} (giờ Việt Nam)" if vi else f"{there:%Y-%m-%d %H:%M} (Vietnam time)"
