"""Accounts of officials: roles and what each may do, stages of a sign-in, sessions, noted events; knows no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

# A moment in UTC; tests move it, so that nobody waits for a lock-out or a session to end.
Clock = Callable[[], datetime]


def now() -> datetime:
    """What the clock of the machine says."""
    return datetime.now(UTC)


class Act(StrEnum):
    """What a signed-in person may do; routes name these, never roles."""

    SEE_COVERAGE = "see-coverage"
    SEE_DELIVERIES = "see-deliveries"
    DELIVER = "deliver"
    BACKFILL = "backfill"
    DECIDE = "decide"
    SEE_SECURITY = "see-security"
    SEARCH_ACCESS_LOG = "search-access-log"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_AGREEMENTS = "manage-agreements"
    SEE_CASES = "see-cases"
    CLEAR_CASES = "clear-cases"
    MANAGE_SOURCES = "manage-sources"
    MANAGE_INDICATORS = "manage-indicators"
    SEE_PARCELS = "see-parcels"
    USE_GIS = "use-gis"
    ADMINISTER = "administer"


class Role(StrEnum):
    """What an account was given; it says nothing by itself, `ROLES` does."""

    MINISTRY_VIEWER = "MINISTRY_VIEWER"
    MINISTRY_BACKFILL = "MINISTRY_BACKFILL"
    LAND_OFFICER = "LAND_OFFICER"
    MATCHING_CLERK = "MATCHING_CLERK"
    SECOND_APPROVER = "SECOND_APPROVER"
    SECURITY_OFFICER = "SECURITY_OFFICER"
    INSPECTOR = "INSPECTOR"
    GIS_USER = "GIS_USER"
    ADMINISTRATOR = "ADMINISTRATOR"


@dataclass(frozen=True, slots=True)
class RoleTerms:
    """A role: names and sentences in both languages, kinds of office whose people may hold it, acts, second factor."""

    vi: str
    en: str
    told_vi: str
    told_en: str
    kinds: frozenset[str]
    acts: frozenset[Act]
    second_factor: bool


_MINISTRY, _LAND = frozenset({"MINISTRY"}), frozenset({"LAND_OFFICE"})
_SEES = frozenset({Act.SEE_COVERAGE, Act.SEE_DELIVERIES, Act.SEE_PARCELS})

# The one table of who may do what. People of a land office act for their own office only, those of the ministry for all.
ROLES: dict[Role, RoleTerms] = {
    Role.MINISTRY_VIEWER: RoleTerms(
        "Cán bộ Bộ (xem)", "Ministry viewer",
        "Xem mức độ kết nối, bản đồ thửa đất và mọi lần giao nộp.", "Sees coverage, the parcel map and every delivery.",
        _MINISTRY, _SEES, second_factor=False,
    ),
    Role.MINISTRY_BACKFILL: RoleTerms(
        "Cán bộ Bộ (nhập dữ liệu quá khứ)", "Ministry back-fill officer",
        "Giao nộp thay văn phòng, cả với ngày hiệu lực đã qua; ghi cam kết của nguồn; nạp chỉ tiêu.",
        "Delivers for offices, also with past effective days; notes what sources promise; uploads indicators.",
        _MINISTRY, _SEES | {Act.DELIVER, Act.BACKFILL, Act.MANAGE_SOURCES, Act.MANAGE_INDICATORS}, second_factor=False,
    ),
    Role.LAND_OFFICER: RoleTerms(
        "Cán bộ văn phòng đăng ký đất đai", "Land office clerk",
        "Giao nộp và xem các lần giao nộp của chính văn phòng mình.", "Delivers, and sees the own office's deliveries.",
        _LAND, _SEES | {Act.DELIVER}, second_factor=False,
    ),
    Role.MATCHING_CLERK: RoleTerms(
        "Cán bộ đối chiếu chủ sử dụng", "Matching clerk",
        "Xử lý chủ sử dụng chưa khớp với dữ liệu dân cư.", "Clears holders who are not linked with a citizen.",
        _LAND, _SEES | {Act.SEE_CASES, Act.CLEAR_CASES}, second_factor=True,
    ),
    Role.SECOND_APPROVER: RoleTerms(
        "Người duyệt thứ hai", "Second approver",
        "Quyết định phần đang chờ; ở Bộ còn duyệt thỏa thuận.", "Decides about what waits; at the ministry agreements too.",
        _MINISTRY | _LAND, _SEES | {Act.DECIDE, Act.MANAGE_AGREEMENTS, Act.SEE_CASES}, second_factor=True,
    ),
    Role.SECURITY_OFFICER: RoleTerms(
        "Cán bộ an ninh", "Security officer",
        "Xem sự kiện đăng nhập, cảnh báo và niêm phong nhật ký.", "Sees sign-in events, alarms and the seals of the log.",
        _MINISTRY, frozenset({Act.SEE_COVERAGE, Act.SEE_SECURITY}), second_factor=True,
    ),
    Role.INSPECTOR: RoleTerms(
        "Thanh tra", "Inspector",
        "Tìm trong nhật ký truy cập: ai đã xem, khi nào, vì sao.", "Searches the access log: who looked, when and why.",
        _MINISTRY, frozenset({Act.SEE_COVERAGE, Act.SEARCH_ACCESS_LOG}), second_factor=True,
    ),
    Role.GIS_USER: RoleTerms(
        "Người dùng GIS", "GIS user",
        "Xem thửa đất (không có chủ sử dụng) trên bản đồ và bằng QGIS, GDAL; văn phòng chỉ xem tỉnh của mình.",
        "Sees parcels, without their holders, on the map and with QGIS or GDAL; an office's people those of its provinces.",
        _MINISTRY | _LAND, frozenset({Act.SEE_COVERAGE, Act.SEE_PARCELS, Act.USE_GIS}), second_factor=False,
    ),
    Role.ADMINISTRATOR: RoleTerms(
        "Quản trị", "Administrator",
        "Quản lý tài khoản và vai trò của người khác, nguồn, chỉ tiêu, hệ thống, ngưỡng, hàng đợi; soạn thỏa thuận chờ duyệt.",
        "Manages others' accounts and roles, sources, indicators, clients, thresholds, the queue; drafts agreements.",
        _MINISTRY,
        frozenset(
            {
                Act.SEE_COVERAGE, Act.MANAGE_PEOPLE, Act.MANAGE_SOURCES, Act.MANAGE_INDICATORS, Act.MANAGE_AGREEMENTS,
                Act.ADMINISTER,
            }
        ),
        second_factor=True,
    ),
}  # fmt: skip


# Roles of both kinds of office may not do these in a land office.
MINISTRY_ACTS = frozenset(
    {
        Act.ADMINISTER,
        Act.BACKFILL,
        Act.MANAGE_AGREEMENTS,
        Act.MANAGE_INDICATORS,
        Act.MANAGE_PEOPLE,
        Act.MANAGE_SOURCES,
        Act.SEARCH_ACCESS_LOG,
        Act.SEE_SECURITY,
    }
)


def acts_of(roles: Iterable[Role], office_kind: str) -> frozenset[Act]:
    """All that these roles together may do for people of this kind of office."""
    acts: frozenset[Act] = frozenset().union(*(ROLES[role].acts for role in roles))
    return acts if office_kind == "MINISTRY" else acts - MINISTRY_ACTS


def needs_second_factor(roles: Iterable[Role], *, everybody: bool) -> bool:
    """Whether an account with these roles cannot be used without a second factor."""
    return everybody or any(ROLES[role].second_factor for role in roles)


class Stage(StrEnum):
    """How far a sign-in has come; only an OPEN session may do anything but go on with it."""

    SECOND_FACTOR = "SECOND_FACTOR"
    NEW_PASSWORD = "NEW_PASSWORD"  # noqa: S105 - a stage
    ENROL = "ENROL"
    OPEN = "OPEN"


IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# An unfinished sign-in.
UNFINISHED = timedelta(minutes=10)
# For so long an act that asks for a fresh proof takes the last one.
FRESH = timedelta(minutes=10)
# Sessions of one account at a time; the oldest is ended by the next.
MOST_SESSIONS = 10
INVITATION = timedelta(hours=72)
# A session's last use is written down once a minute, not with every request.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it in a list; `uid` names it, and opens nothing."""

    uid: UUID
    stage: Stage
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a session that is in force: the caller of routes for people."""

    person_id: int
    login: str
    full_name: str
    office_code: str
    office_kind: str
    roles: frozenset[Role]
    session: Session
    proved_at: datetime
    by_issuer: bool

    @property
    def acts(self) -> frozenset[Act]:
        return acts_of(self.roles, self.office_kind)


@dataclass(frozen=True, slots=True)
class Entered:
    """A step of a sign-in went well: the session's new secret, for the cookie alone, and how far it has come."""

    token: str
    stage: Stage


class Kind(StrEnum):
    """What is noted of people, for good."""

    ADDED = "ADDED"
    GRANTED = "GRANTED"
    REVOKED = "REVOKED"
    DISABLED = "DISABLED"
    ENABLED = "ENABLED"
    LINKED = "LINKED"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - an event
    FACTOR_RESET = "FACTOR_RESET"
    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    FACTOR_FAILED = "FACTOR_FAILED"
    FACTOR_ENROLLED = "FACTOR_ENROLLED"
    RECOVERY_USED = "RECOVERY_USED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - an event
    SIGNED_OUT = "SIGNED_OUT"
    SESSION_ENDED = "SESSION_ENDED"
    GIS_KEY_MADE = "GIS_KEY_MADE"
    GIS_KEY_ENDED = "GIS_KEY_ENDED"


@dataclass(frozen=True, slots=True)
class Event:
    """One noted event. `login` is None for a name that nobody has: it could be a password typed into the wrong field."""

    event_id: int
    at: datetime
    kind: Kind
    login: str | None
    by: str | None
    address: str | None
    note: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as the administrator sees it."""

    login: str
    full_name: str
    office_code: str
    roles: tuple[Role, ...]
    disabled: bool
    has_password: bool
    has_second_factor: bool
    linked: int
