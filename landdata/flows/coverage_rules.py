"""What it takes to stand on a rung of the ladder: told, and set anew by an administrator with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from landdata.errors import AdministratorNeeded, CoverageRuleUnfit
from landdata.model.coverage_rules import OF_SHARE, Rule, Rung, Terms, in_force
from landdata.store import coverage_rules, deliveries, offices, people
from landdata.store.engine import Database

_TIMELESS = frozenset({Rung.RECEIVED, *OF_SHARE})


def every(db: Database) -> tuple[Rule, ...]:
    """All versions of all rungs with who set them, in the order in which they were recorded."""
    with db.read() as tx:
        return coverage_rules.told(tx)


def set_rule(
    db: Database, *, rung: Rung, by: str, reason: str, effective_from: date | None = None, **changed: Any
) -> Rule:
    """Add a version with the terms in force on its first day, but for `changed` (fields of Terms); returns it.

    `effective_from`: today in Vietnam when left out, never earlier: a figure that was published stays what it was.
    Raises AdministratorNeeded, CoverageRuleUnfit.
    """
    with db.write() as tx:
        if by not in people.lock_administrators(tx):
            raise AdministratorNeeded
        person = offices.ministry_person(tx, by)
        today = deliveries.today(tx)
        first = effective_from or today
        [before] = in_force(coverage_rules.every(tx), rung, [first])
        terms = replace(before.terms, **changed)
        _check(rung, terms, before.terms, reason)
        if first < today:
            raise CoverageRuleUnfit(
                reason_vi=f"ngày bắt đầu {first} đã qua", reason_en=f"its first day, {first}, has passed"
            )
        if person is None:
            raise AdministratorNeeded
        return coverage_rules.add(
            tx, rung=rung, terms=terms, effective_from=first, person_id=person, reason=reason.strip()
        )


def _check(rung: Rung, terms: Terms, before: Terms, reason: str) -> None:
    """Raises CoverageRuleUnfit."""
    if not reason.strip():
        raise CoverageRuleUnfit(reason_vi="thiếu lý do", reason_en="a reason is missing")
    if terms == before:
        raise CoverageRuleUnfit(reason_vi="không có gì thay đổi", reason_en="nothing changes")
    if (terms.commune_share is None) == (rung in OF_SHARE):
        raise CoverageRuleUnfit(
            reason_vi=f"tỷ lệ của xã không hợp với bậc {rung}", reason_en=f"a share of the commune does not suit {rung}"
        )
    if terms.within_days is not None and rung in _TIMELESS:
        raise CoverageRuleUnfit(reason_vi=f"số ngày không hợp với bậc {rung}", reason_en=f"days do not suit {rung}")
    shares = (terms.commune_share, terms.district_share, terms.province_share)
    if not all(one is None or 0 < one <= 1 for one in shares):
        raise CoverageRuleUnfit(reason_vi="tỷ lệ từ trên 0 đến 1", reason_en="shares are more than 0 and at most 1")
    if min(terms.district_communes, terms.province_communes, terms.within_days or 1) < 1:
        raise CoverageRuleUnfit(reason_vi="số lượng ít nhất là 1", reason_en="numbers are at least 1")
