"""The page of thresholds: rules of alerts, terms of the ladder's rungs with their first days, and what matching goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api import problems
from api.days import today
from api.web.administration import page
from api.web.forms import MENDABLE, Unfit, day_of, needed, number_of, proven, whole_of
from api.web.house import language_of
from api.web.ladder import SHORT
from api.web.places import PLACES
from api.web.routing import field, see_other
from api.web.rule_words import BIRTHS, LIKENESS
from landdata.flows import alerts, coverage_rules
from landdata.matching import thresholds
from landdata.model.alerts import UNIT_WORDS, Unit
from landdata.model.coverage_rules import OF_SHARE, Rung, in_force
from landdata.writing.alerts import figure

if TYPE_CHECKING:
    from api.web.routing import Pages

_SHARES = ("commune_share", "district_share", "province_share")
_PER_CENT = 100


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.rules)(every)
    pages.post(PLACES.rules)(set_alert)
    pages.post(PLACES.rule_coverage)(set_rung)


def every(request: Request) -> Response:
    return _every(request)


def set_alert(request: Request) -> Response:
    """Another threshold, calm or switch of one rule, from the next look on."""
    who = proven(request)
    try:
        code = field(request, "quy")
        found = next((one for one in alerts.thresholds(_db(request)) if one.code == code), None)
        threshold = number_of(request, "nguong")
        if found is not None and found.unit is Unit.SHARE and threshold is not None:
            threshold /= _PER_CENT
        alerts.set_rule(
            _db(request), code=code, login=who.login, reason=needed(request, "ly_do", "lý do", "A reason"),
            threshold=threshold, calm_minutes=whole_of(request, "lang"), enabled=field(request, "bat") == "1",
        )  # fmt: skip
    except MENDABLE as error:
        return _every(request, error)
    return see_other(f"{PLACES.rules.path(language_of(request))}#canh-bao")


def set_rung(request: Request) -> Response:
    """A version of a rung's terms from a day on; what was published before keeps what it said."""
    who = proven(request)
    try:
        rung = Rung(field(request, "bac"))
    except ValueError:
        raise problems.HttpError(problems.REQUEST_INVALID) from None
    try:
        first = day_of(request, "tu")
        if first is None:
            raise Unfit("Thiếu ngày bắt đầu.", "The first day is missing.")
        changed: dict[str, Any] = {"within_days": whole_of(request, "within_days")}
        for name in _SHARES:
            share = number_of(request, name)
            changed[name] = None if share is None else share / _PER_CENT
        for name in ("district_communes", "province_communes"):
            changed[name] = whole_of(request, name) or 1
        coverage_rules.set_rule(
            _db(request), rung=rung, by=who.login, reason=needed(request, "ly_do", "lý do", "A reason"),
            effective_from=first, **changed,
        )  # fmt: skip
    except MENDABLE as error:
        return _every(request, error)
    return see_other(f"{PLACES.rules.path(language_of(request))}#bac")


def _every(request: Request, error: Exception | None = None) -> Response:
    db = _db(request)
    rules, changes = alerts.rules(db)
    versions = coverage_rules.every(db)
    now = {rung: in_force(versions, rung, [today()])[0] for rung in Rung}
    return page(
        request, "rules.html", error, rules=rules, changes=changes, versions=versions, now=now, figure=figure,
        vi=language_of(request) == "vi", units=UNIT_WORDS, shares=Unit.SHARE, of_share=OF_SHARE, today=today(),
        accepted=thresholds.ACCEPTED, at_home=thresholds.ACCEPTED_AT_HOME, worth=thresholds.WORTH_A_LOOK,
        likeness=LIKENESS, births=BIRTHS, rungs=SHORT, near=thresholds.NEAR_SHARE,
        most=thresholds.MOST_CANDIDATES, formed=getattr(request.state, "form", {}),
    )  # fmt: skip


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
