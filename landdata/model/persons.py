"""Identity claims, what the population platform answers, and the outcomes of matching; no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

# First three of a citizen's twelve digits -> province where the birth was registered (TT 07/2016/TT-BCA; domain.md 3.1).
# They are the 63 of before July 2025 and keep that meaning for life: as codes of units seven mean another province since,
# 29 none at all.
BIRTH_PROVINCES: dict[str, str] = {
    "001": "Hà Nội", "002": "Hà Giang", "004": "Cao Bằng", "006": "Bắc Kạn", "008": "Tuyên Quang", "010": "Lào Cai",
    "011": "Điện Biên", "012": "Lai Châu", "014": "Sơn La", "015": "Yên Bái", "017": "Hòa Bình", "019": "Thái Nguyên",
    "020": "Lạng Sơn", "022": "Quảng Ninh", "024": "Bắc Giang", "025": "Phú Thọ", "026": "Vĩnh Phúc", "027": "Bắc Ninh",
    "030": "Hải Dương", "031": "Hải Phòng", "033": "Hưng Yên", "034": "Thái Bình", "035": "Hà Nam", "036": "Nam Định",
    "037": "Ninh Bình", "038": "Thanh Hóa", "040": "Nghệ An", "042": "Hà Tĩnh", "044": "Quảng Bình", "045": "Quảng Trị",
    "046": "Thừa Thiên Huế", "048": "Đà Nẵng", "049": "Quảng Nam", "051": "Quảng Ngãi", "052": "Bình Định",
    "054": "Phú Yên", "056": "Khánh Hòa", "058": "Ninh Thuận", "060": "Bình Thuận", "062": "Kon Tum", "064": "Gia Lai",
    "066": "Đắk Lắk", "067": "Đắk Nông", "068": "Lâm Đồng", "070": "Bình Phước", "072": "Tây Ninh", "074": "Bình Dương",
    "075": "Đồng Nai", "077": "Bà Rịa - Vũng Tàu", "079": "Hồ Chí Minh", "080": "Long An", "082": "Tiền Giang",
    "083": "Bến Tre", "084": "Trà Vinh", "086": "Vĩnh Long", "087": "Đồng Tháp", "089": "An Giang", "091": "Kiên Giang",
    "092": "Cần Thơ", "093": "Hậu Giang", "094": "Sóc Trăng", "095": "Bạc Liêu", "096": "Cà Mau",
}  # fmt: skip


class ClaimStatus(StrEnum):
    """What is known of a holder's identity; only VERIFIED holders are answered to the residency desk."""

    PENDING = "PENDING"  # not asked yet
    VERIFIED = "VERIFIED"
    MISMATCH = "MISMATCH"  # the number exists, name or birth differ
    NOT_FOUND = "NOT_FOUND"
    INCOMPLETE = "INCOMPLETE"  # no number or no birth: cannot be asked, or says too little to tell
    AMBIGUOUS = "AMBIGUOUS"  # two persons fit, or the platform contradicts itself


@dataclass(frozen=True, slots=True)
class Claim:
    """What certificates say of one holder; the number is plain here and sealed at rest."""

    identity_key: UUID
    name: str
    id_number: str
    birth_date: date | None
    birth_year: int


@dataclass(frozen=True, slots=True)
class Citizen:
    """A citizen as the population platform confirms them. `date_of_birth` is ISO, or a bare year."""

    person_ref: str
    id_number: str
    old_id_number: str | None
    full_name: str
    date_of_birth: str
    alive: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform says to one claim: who bears the number, nobody, or two who were given one number of nine digits.

    `doubt` is the code of a reason when the answer cannot be used; then nobody is named.
    """

    identity_key: UUID
    bearers: tuple[Citizen, ...]
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of one claim. `citizen` bears the number, and is believed to be the holder only when VERIFIED.

    `share`: letters in a hundred that the names have in common; `years` between the births, None where one is unknown.
    """

    identity_key: UUID
    status: ClaimStatus
    reasons: tuple[str, ...]
    citizen: Citizen | None
    share: int | None = None
    years: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A citizen of whom the platform reports a new number, a corrected name or birth, or a death; the number is today's."""

    person_ref: str
    id_number: str


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the platform's list of changes; `cursor` is where the next one begins."""

    citizens: tuple[Changed, ...]
    cursor: str
    more: bool


def missing(id_number: str | None, birth_year: int | None) -> tuple[str, ...]:
    """Why a claim cannot be asked: the platform needs a number of 9 or 12 digits and a plausible year of birth."""
    reasons = []
    if not id_number:
        reasons.append("NUMBER_MISSING")
    elif not (id_number.isascii() and id_number.isdigit() and len(id_number) in {9, 12}):
        reasons.append("NUMBER_SHAPE")
    if birth_year is None:
        reasons.append("BIRTH_MISSING")
    elif not 1850 <= birth_year <= 2100:
        reasons.append("BIRTH_UNREADABLE")
    return tuple(reasons)
