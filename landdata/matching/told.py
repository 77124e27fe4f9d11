"""Reasons as they are kept with claims, told in two languages with the evidence behind them; pure."""

from __future__ import annotations

from dataclasses import dataclass

from landdata.matching.reasons import SENTENCES, Reason, Sentence


@dataclass(frozen=True, slots=True)
class Told:
    """One reason: code, sentences, and what stands behind `=`, with what that is."""

    code: str
    vi: str
    en: str
    evidence: str
    evidence_is: str


def told(reason: str) -> Told:
    """A reason, `CODE` or `CODE=evidence`; a code that no version of the rules knows speaks for itself."""
    code, _, evidence = reason.partition("=")
    sentence = SENTENCES[Reason[code]] if code in Reason.__members__ else Sentence(code, code)
    return Told(code, sentence.vi, sentence.en, evidence, sentence.evidence)
