"""Moods of the mock population platform in a simulation: how a real one misbehaves, on demand; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mood(StrEnum):
    """What a request to the mock may meet."""

    NORMAL = "normal"
    SLOW = "slow"
    FAILING = "failing"
    RATE_LIMITING = "rate_limiting"
    DOWN = "down"
    DUPLICATING = "duplicating"
    REORDERING = "reordering"
    CONTRADICTING = "contradicting"


@dataclass(frozen=True, slots=True)
class Order:
    """A mood, the share (0..1) of requests or lines that meet it, and the seed they are drawn with."""

    mood: Mood
    share: float
    seed: int
