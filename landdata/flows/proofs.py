"""What a person with a session does about the own account: prove a second factor, set one up, change the password."""

from __future__ import annotations

from dataclasses import dataclass

from landdata.errors import PasswordUnfit, SecondFactorMissing, SecondFactorRefused, SignInRefused
from landdata.flows.entrance import Entrance, Visitor, at_stage, count_try, go_on, proved_lately
from landdata.model import passwords, totp
from landdata.model.people import Entered, Kind, SignedIn, Stage
from landdata.store import people, sessions

SERVICE = "Land Data"
_CODE_LENGTH = totp.DIGITS


@dataclass(frozen=True, slots=True)
class NewFactor:
    """A second factor in the making: the secret to type, and the address that a QR code holds."""

    secret: str
    address: str


def prove(at: Entrance, who: SignedIn, *, code: str, visitor: Visitor) -> Entered:
    """Prove the second factor, by the app's code or by a recovery code; in an open session, anew.

    Raises SecondFactorRefused (also for a code used before), TooManyTries, StepNeeded.
    """
    at_stage(who, Stage.SECOND_FACTOR, Stage.OPEN)
    moment = at.clock()
    counted = count_try(at, "factor", who.login, visitor, moment)
    with at.db.write() as tx:
        account = people.by_id(tx, who.person_id)
        plain = "".join(code.split())
        if account.totp is None:
            right, kind = False, None
        elif len(plain) == _CODE_LENGTH:
            secret = at.keys.open_factor(who.person_id, account.totp)
            step = totp.matching_step(secret, plain, moment)
            right, kind = step is not None and people.use_step(tx, who.person_id, step), None
            if right and at.keys.factor_outdated(account.totp):
                people.reseal_factor(tx, who.person_id, at.keys.seal_factor(who.person_id, secret))
        else:
            right = people.use_recovery_code(tx, who.person_id, totp.digest_of(plain), moment)
            kind = Kind.RECOVERY_USED
        if right:
            counted.went_well(tx, moment)
            if kind is not None:
                people.note(tx, kind, person_id=who.person_id, address=visitor.address)
            return go_on(tx, at, who, moment)
        people.note(tx, Kind.FACTOR_FAILED, person_id=who.person_id, address=visitor.address)
    raise SecondFactorRefused


def has_factor(at: Entrance, who: SignedIn) -> bool:
    """Whether the person proves it anew by a second factor, and not by the password."""
    with at.db.read() as tx:
        return people.by_id(tx, who.person_id).totp is not None


def prove_password(at: Entrance, who: SignedIn, *, password: str, visitor: Visitor) -> Entered:
    """Prove to be it anew by the password, for an account without second factor. Raises SignInRefused, TooManyTries."""
    at_stage(who, Stage.OPEN)
    _check_password(at, who, password, visitor)
    with at.db.write() as tx:
        if people.by_id(tx, who.person_id).totp is None:
            return go_on(tx, at, who, at.clock())
    raise SecondFactorRefused


def begin_factor(at: Entrance, who: SignedIn) -> NewFactor:
    """Make the secret of a new second factor; it is not in force before its first code came back.

    In an open session the person has to have proved to be it lately. Raises StepNeeded, FreshProofNeeded.
    """
    at_stage(who, Stage.ENROL, Stage.OPEN)
    if who.session.stage is Stage.OPEN:
        proved_lately(at, who)
    secret = totp.new_secret()
    with at.db.write() as tx:
        sessions.hold_factor(tx, who.session.uid, at.keys.seal_factor(who.person_id, secret))
    return NewFactor(totp.as_text(secret), totp.address_of(secret, login=who.login, service=SERVICE))


def confirm_factor(at: Entrance, who: SignedIn, *, code: str, visitor: Visitor) -> tuple[Entered, tuple[str, ...]]:
    """Put it in force by its first code; returns recovery codes, which are shown once. Other sessions end.

    Raises SecondFactorMissing, SecondFactorRefused, TooManyTries, StepNeeded.
    """
    at_stage(who, Stage.ENROL, Stage.OPEN)
    moment = at.clock()
    counted = count_try(at, "factor", who.login, visitor, moment)
    with at.db.write() as tx:
        sealed = sessions.held_factor(tx, who.session.uid)
        if sealed is None:
            raise SecondFactorMissing
        step = totp.matching_step(at.keys.open_factor(who.person_id, sealed), code, moment)
        if step is not None:
            counted.went_well(tx, moment)
            codes = tuple(totp.code_to_read_out() for _ in range(totp.RECOVERY_CODES))
            people.set_factor(tx, who.person_id, sealed, step, [totp.digest_of(one) for one in codes])
            people.note(tx, Kind.FACTOR_ENROLLED, person_id=who.person_id, address=visitor.address)
            sessions.end_all(tx, person_id=who.person_id, but=who.session.uid)
            return go_on(tx, at, who, moment), codes
        people.note(tx, Kind.FACTOR_FAILED, person_id=who.person_id, address=visitor.address)
    raise SecondFactorRefused


def change_password(at: Entrance, who: SignedIn, *, current: str | None, new: str, visitor: Visitor) -> Entered:
    """Set the password. In an open session the present one is needed; other sessions end.

    Raises SignInRefused, TooManyTries, PasswordUnfit, StepNeeded and SignInBusy.
    """
    at_stage(who, Stage.NEW_PASSWORD, Stage.OPEN)
    if who.session.stage is Stage.OPEN:
        _check_password(at, who, current or "", visitor)
    fault = passwords.fault(new, who.login)
    if fault is not None:
        raise PasswordUnfit(reason_vi=fault[0], reason_en=fault[1])
    hashed = at.passwords.hash(new)
    with at.db.write() as tx:
        people.set_password(tx, who.person_id, hashed)
        people.note(tx, Kind.PASSWORD_CHANGED, person_id=who.person_id, address=visitor.address)
        sessions.end_all(tx, person_id=who.person_id, but=who.session.uid)
        return go_on(tx, at, who, at.clock())


def _check_password(at: Entrance, who: SignedIn, password: str, visitor: Visitor) -> None:
    moment = at.clock()
    counted = count_try(at, "password", who.login, visitor, moment)
    with at.db.read() as tx:
        hashed = people.by_id(tx, who.person_id).password_hash
    right = at.passwords.fits(hashed, password)
    with at.db.write() as tx:
        if right:
            counted.went_well(tx, moment)
        else:
            people.note(tx, Kind.SIGN_IN_FAILED, person_id=who.person_id, address=visitor.address)
    if not right:
        raise SignInRefused
