"""Verifications of the access log as they are asked for, go on and end; no input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from landdata.model.access_log import Verdict

# Faults and gaps that are kept one by one; how many more there were is counted.
MOST_KEPT = 200


class Outcome(StrEnum):
    """What a verification came to."""

    INTACT = "INTACT"
    DOUBTFUL = "DOUBTFUL"  # nothing false, but something that a person has to look at
    TAMPERED = "TAMPERED"
    FAILED = "FAILED"  # it could not be carried out


@dataclass(frozen=True, slots=True)
class Verification:
    """One verification; `asked_by` None: the nightly one. `done` of `whole` seals; `found` is what `as_found` gives."""

    verification_id: int
    asked_by: str | None
    reason: str | None
    asked_at: datetime
    started_at: datetime | None
    done: int
    whole: int
    ended_at: datetime | None
    outcome: Outcome | None
    found: Mapping[str, Any] | None


def outcome_of(verdict: Verdict) -> Outcome:
    """Tampering outweighs doubts."""
    if verdict.faults:
        return Outcome.TAMPERED
    return Outcome.DOUBTFUL if verdict.doubts else Outcome.INTACT


def as_found(verdict: Verdict) -> dict[str, Any]:
    """What is kept of a verdict, as JSON values: counts, and the first faults, doubts and gaps in words."""
    return {
        "seals": verdict.seals,
        "sealed": verdict.sealed,
        "unsealed": verdict.unsealed,
        "anchors": verdict.anchors,
        "anchored": verdict.anchored,
        "faults": [{"kind": one.kind.value, "said": one.said()} for one in verdict.faults[:MOST_KEPT]],
        "further_faults": verdict.further_faults + max(0, len(verdict.faults) - MOST_KEPT),
        "doubts": list(verdict.doubts[:MOST_KEPT]),
        "gaps": [
            {
                "first": one.first,
                "many": one.many,
                "before": one.before.isoformat() if one.before else None,
                "after": one.after.isoformat() if one.after else None,
                "after_start": one.after_start,
            }
            for one in verdict.gaps[:MOST_KEPT]
        ],
        "further_gaps": max(0, len(verdict.gaps) - MOST_KEPT),
    }
