"""What people send to sign in and what they get back; the session's secret is in the cookie alone."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.people import csrf_token
from api.schemas.text import Plain
from landdata.model.people import Act, Role, Session, SignedIn, Stage

# Longer than any good one: what is too long is refused before it is hashed.
Password = Annotated[str, StringConstraints(min_length=1, max_length=256), Plain]
FactorCode = Annotated[str, StringConstraints(min_length=6, max_length=32, pattern=r"^[A-Za-z0-9 -]+$")]
Login = Annotated[str, StringConstraints(min_length=1, max_length=64), Plain]


class SignInIn(BaseModel):
    """Sign-in name and password; or the one-time code in place of the password."""

    model_config = ConfigDict(extra="forbid")

    login: Login
    password: Password


class CodeProofIn(BaseModel):
    """The app's code, or a recovery code."""

    model_config = ConfigDict(extra="forbid")

    code: FactorCode


class PasswordProofIn(BaseModel):
    """The password, for an account without second factor that needs a fresh proof."""

    model_config = ConfigDict(extra="forbid")

    password: Password


class NewPasswordIn(BaseModel):
    """A password of at least 12 characters; the present one goes along, but after a one-time code."""

    model_config = ConfigDict(extra="forbid")

    new: Password
    current: Password | None = None


class FactorCodeIn(BaseModel):
    """The first code of a second factor that is being set up."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class SessionOut(BaseModel):
    """The session and its holder; `stage` says what has to come next, and only OPEN opens anything else."""

    stage: Stage
    login: str
    full_name: str
    office_code: str
    roles: list[Role]
    acts: list[Act] = Field(description="What these roles may do.")
    csrf_token: str = Field(description="To be sent in X-CSRF-Token with everything that changes something.")
    proved_at: AwareDatetime = Field(description="When the person last proved to be it.")
    ends_at: AwareDatetime = Field(description="When the session ends; after 30 minutes without use, earlier.")

    @classmethod
    def of(cls, who: SignedIn, token: str) -> "SessionOut":
        return cls(
            stage=who.session.stage,
            login=who.login,
            full_name=who.full_name,
            office_code=who.office_code,
            roles=sorted(who.roles),
            acts=sorted(who.acts) if who.session.stage is Stage.OPEN else [],
            csrf_token=csrf_token(token),
            proved_at=who.proved_at,
            ends_at=who.session.ends_at,
        )


class OwnSession(BaseModel):
    """One of the person's own sessions."""

    session_uid: UUID = Field(description="Names it to end it; opens nothing.")
    current: bool
    stage: Stage
    started_at: AwareDatetime
    seen_at: AwareDatetime = Field(description="Last use, to the minute.")
    ends_at: AwareDatetime
    address: str
    agent: str

    @classmethod
    def of(cls, one: Session, here: UUID) -> "OwnSession":
        return cls(
            session_uid=one.uid,
            current=one.uid == here,
            stage=one.stage,
            started_at=one.started_at,
            seen_at=one.seen_at,
            ends_at=one.ends_at,
            address=one.address,
            agent=one.agent,
        )


class OwnSessions(BaseModel):
    """All of them, the newest first."""

    sessions: list[OwnSession]


class NewFactorOut(BaseModel):
    """The secret of a second factor in the making; it is in force when its first code came back."""

    secret: str = Field(description="Base32, to be typed into the app.")
    address: str = Field(description="otpauth: address, for a QR code.")


class FactorOut(BaseModel):
    """The second factor is in force; the recovery codes are shown this once."""

    state: Literal["IN_FORCE"] = "IN_FORCE"
    recovery_codes: list[str]
    session: SessionOut
