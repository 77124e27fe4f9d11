"""What clerks decide about holders that were not linked, and what that does to the platform's answers; all of it is noted.

A decision hangs on what certificates say, so it outlives the next delivery. It is no link by itself: the platform is asked
again, and what is in force is weighed with every answer, now and later. Nobody is linked to a citizen whom the platform
does not name, and what speaks against a decision brings the case back to the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from landdata.errors import (
    CaseStepUnfit,
    CaseUnknown,
    DecisionUnfit,
    DecisionUnknown,
    OfficeUnknown,
    PersonUnknown,
    SecondPersonNeeded,
)
from landdata.matching.reasons import Reason
from landdata.model.cases import Case, Decided, Kind, Saying, State, Step, Words, codes, names_a_number
from landdata.model.persons import Claim, ClaimStatus, Verification, missing
from landdata.store import cases, decisions, offices, renewal
from landdata.store.arrays import Several
from landdata.store.decisions import Ruling, Told
from landdata.store.engine import Database, Reader, Writer
from landdata.store.keys import Keys

CASES_TASK = "cases"
_OPEN = {State.WAITING, State.IN_FORCE}
# The bearer of the number is known, and is not believed to be the holder.
_CONFIRMABLE = {ClaimStatus.MISMATCH, ClaimStatus.INCOMPLETE}
# What may come and go while the person, and what differs of them, stays the same.
_BESIDE = {Reason.NUMBER_OLD.name, Reason.BIRTH_YEAR_ONLY.name, Reason.PERSON_DEAD.name}


def decide(
    db: Database, *, office_code: str, case: UUID, kind: Kind, saying: Saying, words: Words | None = None, keys: Keys
) -> int:
    """Decide about a case; returns the number of the decision. A CONFIRM waits for a second person, the rest holds at once.

    `words`: of a CORRECT what has to be read otherwise, of any other nothing. Raises CaseUnknown, CaseStepUnfit,
    DecisionUnfit, PersonUnknown, OfficeUnknown.
    """
    said = words or Words()
    _require_words(kind, said)
    _require_saying(saying)
    with db.write() as tx:
        renewal.stand_by(tx)
        office, person = _enter(tx, office_code, saying.login)
        found, known = _case(tx, case)
        open_now = [one for one in known if one.state in _OPEN]
        _require_fit(found, kind, open_now)
        for one in open_now:
            if kind is Kind.CORRECT and one.kind is Kind.CORRECT:
                _require_own(one, office_code)
                decisions.move(tx, one.number, State.REPLACED, due=False)
                decisions.note(tx, one.number, Step.REPLACED, person_id=person, reason=saying.reason, evidence=None)
        state = State.WAITING if kind is Kind.CONFIRM else State.IN_FORCE
        number = decisions.add(tx, found, kind, state=state, office_id=office, person_id=person, words=said, keys=keys)
        decisions.note(tx, number, Step.ASKED, person_id=person, reason=saying.reason, evidence=saying.evidence)
        if kind is Kind.CORRECT:
            decisions.ask_worker(tx)
    return number


def approve(db: Database, *, office_code: str, case: UUID, number: int, saying: Saying) -> None:
    """Let a confirmation hold. Raises SecondPersonNeeded for who asked for it, and as `decide`."""
    with db.write() as tx:
        one, person = _take_up(tx, office_code, case, number, saying, {State.WAITING})
        if saying.login == one.steps[0].login:
            raise SecondPersonNeeded
        decisions.move(tx, number, State.IN_FORCE, due=True, approved_by=person)
        decisions.note(tx, number, Step.APPROVED, person_id=person, reason=saying.reason, evidence=saying.evidence)
        decisions.ask_worker(tx)


def refuse(db: Database, *, office_code: str, case: UUID, number: int, saying: Saying) -> None:
    """Turn a confirmation down; the case stays on the list. Raises as `decide`."""
    with db.write() as tx:
        _, person = _take_up(tx, office_code, case, number, saying, {State.WAITING})
        decisions.move(tx, number, State.REFUSED, due=False)
        decisions.note(tx, number, Step.REFUSED, person_id=person, reason=saying.reason, evidence=saying.evidence)


def withdraw(db: Database, *, office_code: str, case: UUID, number: int, saying: Saying) -> None:
    """Take a decision back: the claim is judged by the rules again, and nobody is answered by it until then."""
    with db.write() as tx:
        one, person = _take_up(tx, office_code, case, number, saying, _OPEN)
        asks = one.state is State.IN_FORCE and one.kind is not Kind.REJECT
        decisions.move(tx, number, State.WITHDRAWN, due=asks)
        decisions.note(tx, number, Step.WITHDRAWN, person_id=person, reason=saying.reason, evidence=saying.evidence)
        if asks:
            decisions.ask_worker(tx)


def as_corrected(tx: Reader, claims: Sequence[Claim], *, keys: Keys) -> list[Claim]:
    """The claims with the words that corrections in force give them: so they are asked."""
    said = decisions.corrections(tx, [one.identity_key for one in claims], keys=keys) if claims else {}
    return [_read(one, said[one.identity_key]) if one.identity_key in said else one for one in claims]


def corrected_since(tx: Reader, claims: Sequence[Claim], at: datetime) -> bool:
    """Whether any of these claims has had a correction made, replaced or withdrawn since, so that it is asked otherwise."""
    return decisions.corrected_since(tx, [one.identity_key for one in claims], at)


def ruled(tx: Reader, claims: Sequence[Claim]) -> set[UUID]:
    """Which of these claims something is decided about: answers to them have to come through `judge`."""
    return set(decisions.in_force(tx, [one.identity_key for one in claims]))


def judge(tx: Writer, answers: Sequence[Verification], *, as_of: datetime | None = None) -> list[Verification]:
    """What becomes of claims by what our rules make of the platform's answers, and by what is decided about them.

    To be called where it is written. `citizen` of an answer that is not VERIFIED is the bearer of the number, where the
    platform names one. `as_of`: when the claims were read to be asked; who was corrected since is still to be asked.
    """
    asked = Several(one.identity_key for one in answers)
    rulings = decisions.in_force(tx, asked)
    decisions.answered(tx, asked, as_of=as_of)
    outcomes, told = [], []
    for answer in answers:
        outcome = answer
        for ruling in rulings.get(answer.identity_key, ()):
            outcome, contradicted = _ruled(ruling, outcome)
            step = _step(ruling, contradicted=contradicted)
            linked = outcome.citizen if outcome.status is ClaimStatus.VERIFIED else None
            ref = ruling.person_ref or (linked.person_ref if linked else None)
            if step is not None or ref != ruling.person_ref:
                words = f"{answer.status.value} {' '.join(answer.reasons)}".strip()
                told.append(Told(ruling.decision_id, step or Step.ANSWERED, words, ref, contradicted))
        outcomes.append(outcome)
    if told:
        decisions.tell(tx, told)
    return outcomes


def lacking(claims: Sequence[Claim]) -> dict[UUID, tuple[str, ...]]:
    """Why claims cannot be asked, by those that cannot."""
    reasons = {one.identity_key: missing(one.id_number, one.birth_year) for one in claims}
    return {key: why for key, why in reasons.items() if why}


def _ruled(ruling: Ruling, answer: Verification) -> tuple[Verification, bool]:
    """The outcome under one decision, and whether the answer speaks against it."""
    verified = answer.status is ClaimStatus.VERIFIED
    bearer = answer.citizen.person_ref if answer.citizen else None
    another = ruling.person_ref is not None and bearer != ruling.person_ref
    differs = codes(answer.reasons) - ruling.found - _BESIDE
    match ruling.kind:
        case Kind.REJECT:
            settled = ruling.found - codes(answer.reasons) - _BESIDE
            same = answer.status.value == ruling.found_status and not differs and not settled
            return (_doubted(answer) if verified else answer), not same
        case Kind.CORRECT:
            # It is no verdict: what the rules make of the corrected words holds, and only what it once led to can be lost.
            if verified and another:
                return _doubted(answer), True
            return answer, ruling.person_ref is not None and not verified
        case Kind.CONFIRM:
            if bearer is None or another or (ruling.person_ref is None and differs and not verified):
                return _doubted(answer), True
            if verified:
                return answer, False
            # The same person still, of whom more differs than was known: linked, and to be looked at.
            reasons = (Reason.DECIDED.name, *answer.reasons)
            return replace(answer, status=ClaimStatus.VERIFIED, reasons=reasons), bool(differs)


def _doubted(answer: Verification) -> Verification:
    """Nobody is linked against a decision, nor by one that an answer speaks against."""
    reasons = (*answer.reasons, Reason.DECISION_CONTRADICTED.name)
    if answer.status is ClaimStatus.VERIFIED:
        return replace(answer, status=ClaimStatus.AMBIGUOUS, reasons=reasons)
    return replace(answer, reasons=reasons)


def _step(ruling: Ruling, *, contradicted: bool) -> Step | None:
    if contradicted:
        return None if ruling.contradicted else Step.CONTRADICTED
    if ruling.contradicted:
        return Step.HELD
    return Step.ANSWERED if ruling.due else None


def _read(claim: Claim, words: Words) -> Claim:
    dated = words.birth_date is not None or words.birth_year is not None
    year = words.birth_date.year if words.birth_date else words.birth_year
    return replace(
        claim,
        name=words.name or claim.name,
        id_number=words.id_number or claim.id_number,
        birth_date=words.birth_date if dated else claim.birth_date,
        birth_year=year if dated and year else claim.birth_year,
    )


def _enter(tx: Reader, office_code: str, login: str) -> tuple[int, int]:
    office = offices.enter(tx, office_code)
    if office is None:
        raise OfficeUnknown(office_code=office_code)
    person = offices.deciding_person(tx, login, office.office_id)
    if person is None:
        raise PersonUnknown(login=login)
    return office.office_id, person


def _case(tx: Writer, case: UUID) -> tuple[Case, list[Decided]]:
    decisions.lock(tx, case)
    found = cases.one(tx, case)
    if found is None:
        raise CaseUnknown
    return found, cases.decisions(tx, case)


def _take_up(
    tx: Writer, office_code: str, case: UUID, number: int, saying: Saying, states: set[State]
) -> tuple[Decided, int]:
    _require_saying(saying, document=False)
    _, person = _enter(tx, office_code, saying.login)
    _, known = _case(tx, case)
    one = next((one for one in known if one.number == number), None)
    if one is None:
        raise DecisionUnknown
    _require_own(one, office_code)
    if one.state not in states:
        raise CaseStepUnfit(
            reason_vi=f"quyết định {number} đang là {one.state.value}",
            reason_en=f"decision {number} is {one.state.value}",
        )
    return one, person


def _require_own(one: Decided, office_code: str) -> None:
    if one.office_code != office_code:
        raise CaseStepUnfit(
            reason_vi=f"quyết định {one.number} là của cơ quan {one.office_code}",
            reason_en=f"decision {one.number} is of office {one.office_code}",
        )


def _require_fit(case: Case, kind: Kind, open_now: Sequence[Decided]) -> None:
    verdict = next((one for one in open_now if one.kind is not Kind.CORRECT), None)
    if verdict is not None:
        raise CaseStepUnfit(
            reason_vi=f"quyết định {verdict.number} đang là {verdict.state.value}; rút lại trước",
            reason_en=f"decision {verdict.number} is {verdict.state.value}; withdraw it first",
        )
    if case.status in {ClaimStatus.PENDING, ClaimStatus.VERIFIED}:
        raise CaseStepUnfit(
            reason_vi=f"hồ sơ đang là {case.status.value}", reason_en=f"the case is {case.status.value}"
        )
    if kind is Kind.CONFIRM and (case.status not in _CONFIRMABLE or case.checked_at is None):
        raise CaseStepUnfit(
            reason_vi="không có ai mang số này để xác nhận; hãy sửa số, tên hoặc ngày sinh",
            reason_en="nobody is known to bear the number; correct number, name or birth instead",
        )


def _require_words(kind: Kind, words: Words) -> None:
    if (kind is Kind.CORRECT) is not bool(words):
        raise DecisionUnfit(
            reason_vi="chỉ CORRECT, và luôn, nêu điều phải đọc khác",
            reason_en="CORRECT, and only it, says what to read",
        )
    if words.id_number is not None and missing(words.id_number, 2000):
        raise DecisionUnfit(reason_vi="số phải có 9 hoặc 12 chữ số", reason_en="a number has 9 or 12 digits")
    if words.birth_year is not None and missing("0" * 12, words.birth_year):
        raise DecisionUnfit(reason_vi="năm sinh không hợp lý", reason_en="the year of birth is implausible")
    if words.birth_date is not None and words.birth_year not in {None, words.birth_date.year}:
        raise DecisionUnfit(
            reason_vi="ngày và năm sinh trái nhau", reason_en="date and year of birth contradict each other"
        )


def _require_saying(saying: Saying, *, document: bool = True) -> None:
    if not saying.reason.strip() or (document and not (saying.evidence or "").strip()):
        raise DecisionUnfit(
            reason_vi="cần lý do và số hiệu văn bản" if document else "cần lý do",
            reason_en="a reason and a document are needed" if document else "a reason is needed",
        )
    if names_a_number(saying.reason) or names_a_number(saying.evidence or ""):
        raise DecisionUnfit(reason_vi="lý do có số định danh", reason_en="the reason holds an identity number")
