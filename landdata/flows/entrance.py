"""How a person gets in: by a password or an issuer's word, then by whatever the account still lacks; every step noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from landdata.errors import FreshProofNeeded, IdentityRefused, SignInBusy, SignInRefused, StepNeeded, TooManyTries
from landdata.flows.passwords import Passwords
from landdata.model import totp
from landdata.model.people import FRESH, Clock, Entered, Kind, SignedIn, Stage, needs_second_factor, now
from landdata.store import attempts, people, sessions
from landdata.store.engine import Database, Writer
from landdata.store.keys import Keys
from landdata.store.people import Account

# Who got in from an address so lately is counted there apart from strangers' tries.
KNOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Entrance:
    """What signing in needs; one for a process."""

    db: Database
    passwords: Passwords
    keys: Keys
    second_factor_for_all: bool = False
    clock: Clock = now


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from, and the session secret that its browser brought along, if any."""

    address: str
    agent: str = ""
    token: str | None = None


def sign_in(at: Entrance, *, login: str, password: str, visitor: Visitor) -> Entered:
    """By sign-in name and password, or the one-time code in its place.

    One text and one hash for every cause: unknown name, closed account, no password, wrong password. Raises SignInRefused,
    TooManyTries (counted by account and by address; in the database, so for all processes) and SignInBusy.
    """
    moment, name = at.clock(), login.strip().casefold()
    counted = count_try(at, "password", name, visitor, moment)
    with at.db.read() as tx:
        account = people.find(tx, name)
    usable = account is not None and not account.disabled
    try:
        right = at.passwords.fits(account.password_hash if account and usable else None, password)
    except SignInBusy:
        counted.was_none(at, moment)
        raise
    if account is not None and usable and not right:
        right = _is_invited(account, password, moment)
    if account is None or not right:
        with at.db.write() as tx:
            # A name that nobody has is not noted: it may be a password in the wrong field.
            person_id = None if account is None else account.person_id
            people.note(tx, Kind.SIGN_IN_FAILED, person_id=person_id, address=visitor.address)
        raise SignInRefused
    stronger = None
    if account.password_hash is not None and at.passwords.is_weak(account.password_hash):
        stronger = at.passwords.hash(password)
    with at.db.write() as tx:
        # Hashing takes its time: a password that was changed meanwhile, or an account closed, opens nothing more.
        if not people.is_as_it_was(tx, account):
            raise SignInRefused
        counted.went_well(tx, moment)
        attempts.forget_old(tx, moment)
        if stronger is not None and account.password_hash is not None:
            people.rehash(tx, account.person_id, account.password_hash, stronger)
        return _begin(tx, at, account, visitor, moment, by_issuer=False)


def sign_in_by_issuer(at: Entrance, *, issuer: str, subject: str, visitor: Visitor) -> Entered:
    """By the word of an issuer, for an identity that an administrator linked; never by an e-mail address.

    Our own second factor is asked for as after a password. Raises IdentityRefused.
    """
    moment = at.clock()
    with at.db.write() as tx:
        account = people.by_identity(tx, issuer=issuer, subject=subject)
        if account is not None and not account.disabled:
            return _begin(tx, at, account, visitor, moment, by_issuer=True)
        person_id = None if account is None else account.person_id
        people.note(tx, Kind.SIGN_IN_FAILED, person_id=person_id, address=visitor.address, words="OIDC")
    raise IdentityRefused


def use_state(at: Entrance, digest: bytes, *, ends_at: datetime) -> bool:
    """Use up the state of a sign-in through an issuer; False when it came back before."""
    with at.db.write() as tx:
        return people.use_state(tx, digest, ends_at=ends_at, now=at.clock())


def next_stage(at: Entrance, account: Account, *, by_issuer: bool, factor_proved: bool) -> Stage:
    """What the account has to do next before it may do anything."""
    if account.totp is not None and not factor_proved:
        return Stage.SECOND_FACTOR
    if account.password_hash is None and not by_issuer:
        return Stage.NEW_PASSWORD
    if account.totp is None and needs_second_factor(account.roles, everybody=at.second_factor_for_all):
        return Stage.ENROL
    return Stage.OPEN


def go_on(tx: Writer, at: Entrance, who: SignedIn, moment: datetime) -> Entered:
    """The next stage of a session whose holder has just proved something, under a new secret."""
    account = people.by_id(tx, who.person_id)
    stage = next_stage(at, account, by_issuer=who.by_issuer, factor_proved=True)
    if stage is Stage.OPEN and who.session.stage is not Stage.OPEN:
        people.note(tx, Kind.SIGNED_IN, person_id=who.person_id, address=who.session.address)
    return Entered(sessions.move(tx, who.session.uid, stage, moment), stage)


@dataclass(frozen=True, slots=True)
class Counted:
    """A try that was counted before anything was compared."""

    own: frozenset[bytes]
    shared: frozenset[bytes]

    def was_none(self, at: Entrance, moment: datetime) -> None:
        """Nothing was compared: the machine was busy, and that is not the person's fault."""
        with at.db.write() as tx:
            attempts.give_back(tx, self.own | self.shared, moment)

    def went_well(self, tx: Writer, moment: datetime) -> None:
        attempts.clear(tx, self.own)
        attempts.give_back(tx, self.shared, moment)


def count_try(at: Entrance, what: str, login: str, visitor: Visitor, moment: datetime) -> Counted:
    """Count a try, for all processes. Raises TooManyTries.

    By the account and by the address; but where its holder got in lately, by both together only: strangers can
    neither keep a person out of the own office by trying elsewhere, nor a whole office by trying within it.
    """
    with at.db.write() as tx:
        if people.signed_in_from(tx, login, visitor.address, moment - KNOWN):
            own = frozenset({attempts.subject(what, login, visitor.address)})
            shared: frozenset[bytes] = frozenset()
        else:
            own = frozenset({attempts.subject(what, login)})
            shared = frozenset({attempts.subject(what + " address", _network(visitor.address))})
        wait = attempts.claim(tx, own | shared, moment)
        if wait is not None:
            # Leaving by the error takes back what was counted here.
            raise TooManyTries(seconds=int(wait.total_seconds()) + (wait.microseconds > 0))
    return Counted(own, shared)


def at_stage(who: SignedIn, *stages: Stage) -> None:
    """Raises StepNeeded unless the sign-in has come to one of these."""
    if who.session.stage not in stages:
        raise StepNeeded(stage=who.session.stage.value)


def proved_lately(at: Entrance, who: SignedIn) -> None:
    """Raises FreshProofNeeded unless the person proved to be it within ten minutes."""
    if at.clock() - who.proved_at > FRESH:
        raise FreshProofNeeded


def _network(address: str) -> str:
    """Whose address it is: one connection at home has 2**64 of the longer kind."""
    found = ip_address(address)
    return address if found.version == 4 else str(ip_network((found, 64), strict=False))


def _begin(
    tx: Writer, at: Entrance, account: Account, visitor: Visitor, moment: datetime, *, by_issuer: bool
) -> Entered:
    stage = next_stage(at, account, by_issuer=by_issuer, factor_proved=False)
    if visitor.token:
        # Whatever a browser brings along, and whoever put it there, is worth nothing after this.
        sessions.end_presented(tx, visitor.token)
    token = sessions.begin(
        tx, person_id=account.person_id, stage=stage, by_issuer=by_issuer, address=visitor.address,
        agent=visitor.agent, now=moment,
    )  # fmt: skip
    if stage is Stage.OPEN:
        people.note(tx, Kind.SIGNED_IN, person_id=account.person_id, address=visitor.address)
    return Entered(token, stage)


def _is_invited(account: Account, code: str, moment: datetime) -> bool:
    digest, ends_at = account.invitation, account.invitation_ends_at
    return digest is not None and ends_at is not None and digest == totp.digest_of(code) and moment < ends_at
