"""Decides about claims beside whoever bears their number: nobody, one citizen, or two who were given the same nine digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from landdata.matching.answered import Judgement, judge
from landdata.matching.reasons import Reason
from landdata.model.persons import Answer, Citizen, Claim, ClaimStatus, Verification

_RANK = {ClaimStatus.VERIFIED: 0, ClaimStatus.INCOMPLETE: 1, ClaimStatus.MISMATCH: 2}


class _Side(NamedTuple):
    citizen: Citizen
    said: Judgement

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Who fits best comes first, by a rule that does not depend on the order of the answer."""
        years = self.said.years if self.said.years is not None else 999
        return _RANK[self.said.status], -self.said.share, years, self.citizen.person_ref


def decide(claims: Sequence[Claim], answers: Sequence[Answer]) -> list[Verification]:
    """The outcome of each claim by the answer at the same place. ValueError when they are not of one length.

    A bearer who is not believed is named, too, for the clerk who will look at it: never for anybody who asks.
    """
    pairs = [
        (claim, bearer) for claim, answer in zip(claims, answers, strict=True) for bearer in _distinct(answer.bearers)
    ]
    judged = iter(judge([claim for claim, _ in pairs], [bearer for _, bearer in pairs]))
    return [
        _of(claim, answer, [_Side(bearer, next(judged)) for bearer in _distinct(answer.bearers)])
        for claim, answer in zip(claims, answers, strict=True)
    ]


def _distinct(bearers: tuple[Citizen, ...]) -> tuple[Citizen, ...]:
    return bearers if len(bearers) < 2 else tuple({one.person_ref: one for one in bearers}.values())


def _of(claim: Claim, answer: Answer, sides: list[_Side]) -> Verification:
    if answer.doubt:
        return Verification(claim.identity_key, ClaimStatus.AMBIGUOUS, (answer.doubt,), None)
    if not sides:
        return Verification(claim.identity_key, ClaimStatus.NOT_FOUND, (Reason.NUMBER_UNKNOWN.name,), None)
    best = sides[0] if len(sides) == 1 else min(sides, key=lambda side: side.order)
    status, reasons = best.said.status, best.said.reasons
    if len(sides) > 1:
        reasons = tuple(sorted({*reasons, Reason.NUMBER_SHARED}))
        if sum(one.said.status is ClaimStatus.VERIFIED for one in sides) > 1:
            # Both may be meant, so neither is named.
            return Verification(claim.identity_key, ClaimStatus.AMBIGUOUS, tuple(one.name for one in reasons), None)
    names = tuple(one.name for one in reasons)
    return Verification(claim.identity_key, status, names, best.citizen, best.said.share, best.said.years)
