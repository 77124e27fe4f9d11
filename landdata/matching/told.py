"""Reasons as they are kept with claims, told in two languages with the evidence behind them; pure."""

from __future__ import annotations

from dataclasses import dataclass

from landdata.matching.reasons import SENTENCES, Reason, Sentence

# Codes that claims on record may still have beside those of `Reason`.
_OTHERS = {
    "DEAD": SENTENCES[Reason.PERSON_DEAD],
    "BIRTH_IMPLAUSIBLE": Sentence("Năm sinh không hợp lý.", "The year of birth is implausible."),
    "PLATFORM_CONTRADICTS_ITSELF": Sentence(
        "Nền tảng dân cư trả lời hai điều trái nhau.",
        "The population platform gave two answers that contradict each other.",
    ),
    "ANSWER_UNREADABLE": Sentence(
        "Không đọc được trả lời của nền tảng dân cư.", "The population platform's answer cannot be read."
    ),
}


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
    sentence = SENTENCES[Reason[code]] if code in Reason.__members__ else _OTHERS.get(code, Sentence(code, code))
    return Told(code, sentence.vi, sentence.en, evidence, sentence.evidence)
