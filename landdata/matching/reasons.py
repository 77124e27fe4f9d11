"""Why a holder was or was not linked: stable codes with a sentence in two languages; an answer joins them by `;`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a reason says; `evidence` is what may stand behind `=`."""

    vi: str
    en: str
    evidence: str = ""


class Reason(IntEnum):
    """A reason by the bit it has in a set of them; new ones go to the end."""

    NUMBER_MISSING = 0
    NUMBER_SHAPE = 1
    NUMBER_UNKNOWN = 2
    NUMBER_PADDED = 3
    NUMBER_OLD = 4
    NUMBER_SHARED = 5
    NUMBER_PROVINCE = 6
    NUMBER_GENDER = 7
    NUMBER_YEAR = 8
    NAME_MISSING = 9
    NAME_NOT_A_PERSON = 10
    NAME_TIDIED = 11
    NAME_ONE_OF = 12
    NAME_FORMER = 13
    NAME_MARKS_LOST = 14
    NAME_ABBREVIATED = 15
    NAME_LETTERS_LOST = 16
    NAME_TYPO = 17
    NAME_SYLLABLE_LEFT_OUT = 18
    NAME_ORDER = 19
    NAME_NEAR = 20
    NAME_DIFFERS = 21
    BIRTH_MISSING = 22
    BIRTH_UNREADABLE = 23
    BIRTH_YEAR_ONLY = 24
    BIRTH_PLACEHOLDER = 25
    BIRTH_SWAPPED = 26
    BIRTH_SLIP = 27
    BIRTH_DIFFERS = 28
    GENDER_DIFFERS = 29
    PERSON_DEAD = 30
    DIED_BEFORE_CERTIFICATE = 31
    BORN_AFTER_CERTIFICATE = 32
    RIVAL = 33
    BEARER = 34
    CANDIDATE = 35
    CANDIDATES_MANY = 36
    BIRTH_NEXT_YEAR = 37
    ANSWERS_CONTRADICT = 38
    ANSWER_UNREADABLE = 39
    QUESTION_REFUSED = 40
    DECIDED = 41
    DECISION_CONTRADICTED = 42


SENTENCES: dict[Reason, Sentence] = {
    Reason.NUMBER_MISSING: Sentence("Không có số giấy tờ.", "There is no identity number."),
    Reason.NUMBER_SHAPE: Sentence(
        "Số giấy tờ không phải 9 hay 12 chữ số.", "The identity number is not of 9 or 12 digits."
    ),
    Reason.NUMBER_UNKNOWN: Sentence("Không ai mang số này.", "Nobody bears this number."),
    Reason.NUMBER_PADDED: Sentence(
        "Đã thêm lại số 0 ở đầu mà bảng tính làm mất.", "Leading zeros that a spreadsheet took away were put back."
    ),
    Reason.NUMBER_OLD: Sentence("Số cũ của người này (CMND).", "A former number of this person (CMND)."),
    Reason.NUMBER_SHARED: Sentence(
        "Từ hai người trở lên mang số này.", "Two persons or more bear this number.", "how many"
    ),
    Reason.NUMBER_PROVINCE: Sentence(
        "Ba số đầu không phải mã nơi đăng ký khai sinh nào.",
        "The first three digits are no place of birth registration.",
    ),
    Reason.NUMBER_GENDER: Sentence(
        "Chữ số thứ tư trái với giới tính đã ghi.", "The fourth digit contradicts the gender as written."
    ),
    Reason.NUMBER_YEAR: Sentence(
        "Chữ số thứ tư đến thứ sáu trái với năm sinh đã ghi.",
        "Digits four to six contradict the year of birth as written.",
    ),
    Reason.NAME_MISSING: Sentence("Không có họ tên.", "There is no name."),
    Reason.NAME_NOT_A_PERSON: Sentence("Tên của tổ chức, cộng đồng.", "The name of an organisation or a community."),
    Reason.NAME_TIDIED: Sentence(
        "Họ tên được đọc sau khi bỏ danh xưng, ghi chú hoặc sửa bảng mã.",
        "The name was read without title or note, or from another code page.",
    ),
    Reason.NAME_ONE_OF: Sentence(
        "Là người thứ hai trong các tên ghi chung một ô.", "The second of the persons in one text field."
    ),
    Reason.NAME_FORMER: Sentence("Là họ tên cũ của người này.", "A former name of this person."),
    Reason.NAME_MARKS_LOST: Sentence("Họ tên mất dấu.", "Marks of the name were lost."),
    Reason.NAME_ABBREVIATED: Sentence("Họ tên viết tắt.", "The name is abbreviated."),
    Reason.NAME_LETTERS_LOST: Sentence(
        "Họ tên có chữ bị thay bằng dấu hỏi.", "Letters of the name became question marks."
    ),
    Reason.NAME_TYPO: Sentence("Họ tên sai một lỗi gõ.", "One slip in the name."),
    Reason.NAME_SYLLABLE_LEFT_OUT: Sentence(
        "Họ tên thiếu hoặc thừa một chữ lót.", "A middle name is missing or added."
    ),
    Reason.NAME_ORDER: Sentence("Các chữ của họ tên bị đổi chỗ.", "The words of the name changed places."),
    Reason.NAME_NEAR: Sentence(
        "Họ tên gần giống: một chữ là chữ khác gần với nó.",
        "A near name: one word is another that is near.",
        "likeness, %",
    ),
    Reason.NAME_DIFFERS: Sentence("Họ tên khác.", "The name is another.", "likeness, %"),
    Reason.BIRTH_MISSING: Sentence("Không có ngày hoặc năm sinh.", "There is no date or year of birth."),
    Reason.BIRTH_UNREADABLE: Sentence("Ngày sinh không đọc được.", "The date of birth cannot be read."),
    Reason.BIRTH_YEAR_ONLY: Sentence(
        "Chỉ so được năm, hoặc tháng và năm sinh.", "Only the year, or month and year, of birth can be compared."
    ),
    Reason.BIRTH_PLACEHOLDER: Sentence(
        "Ngày 01/01 được coi là chỉ biết năm.", "The first of January is taken for a bare year."
    ),
    Reason.BIRTH_SWAPPED: Sentence("Ngày và tháng sinh đổi chỗ.", "Day and month of birth changed places."),
    Reason.BIRTH_SLIP: Sentence(
        "Chỉ ngày, chỉ tháng, hoặc một chữ số của năm sinh khác.",
        "Only the day, the month or one digit of the year of birth differs.",
    ),
    Reason.BIRTH_NEXT_YEAR: Sentence("Năm sinh lệch một năm.", "The years of birth are neighbours."),
    Reason.BIRTH_DIFFERS: Sentence("Ngày sinh khác.", "The date of birth is another.", "years between"),
    Reason.GENDER_DIFFERS: Sentence("Giới tính khác.", "The gender is another."),
    Reason.PERSON_DEAD: Sentence("Người này đã chết.", "This person is dead."),
    Reason.DIED_BEFORE_CERTIFICATE: Sentence(
        "Người mang số chết trước ngày cấp giấy.", "The bearer died before the day of the certificate."
    ),
    Reason.BORN_AFTER_CERTIFICATE: Sentence(
        "Người mang số sinh sau ngày cấp giấy.", "The bearer was born after the day of the certificate."
    ),
    Reason.RIVAL: Sentence(
        "Người khác ở xã có đất mang họ tên này và cũng hợp ngày sinh.",
        "Somebody else in the commune of the land bears this name with a birth that fits.",
        "how many",
    ),
    Reason.BEARER: Sentence("Người mang số.", "Who bears the number.", "person_id"),
    Reason.CANDIDATE: Sentence(
        "Có thể là người này, theo họ tên, ngày sinh và nơi ở; cần cán bộ xác nhận.",
        "It may be this person, by name, birth and place; a clerk has to confirm it.",
        "person_id, by comma",
    ),
    Reason.CANDIDATES_MANY: Sentence(
        "Nhiều người hợp họ tên và ngày sinh.", "Many persons fit name and birth.", "how many"
    ),
    Reason.ANSWERS_CONTRADICT: Sentence(
        "Nền tảng dân cư trả lời hai điều trái nhau về số này.",
        "The population platform gave two answers about this number that contradict each other.",
    ),
    Reason.ANSWER_UNREADABLE: Sentence(
        "Không đọc được trả lời của nền tảng dân cư.", "The population platform's answer cannot be read."
    ),
    Reason.QUESTION_REFUSED: Sentence(
        "Nền tảng dân cư không nhận câu hỏi ghi như thế này.",
        "The population platform does not take a question written like this.",
    ),
    Reason.DECIDED: Sentence(
        "Cán bộ đã xác nhận theo văn bản và người thứ hai đã duyệt.",
        "A clerk confirmed it by a document, and a second person approved.",
    ),
    Reason.DECISION_CONTRADICTED: Sentence(
        "Trả lời mới của nền tảng dân cư trái với quyết định của cán bộ; cần xem lại.",
        "A new answer of the population platform speaks against what a clerk decided; it has to be looked at again.",
    ),
}


@lru_cache(maxsize=10_000)
def of_mask(mask: int) -> tuple[Reason, ...]:
    """The reasons in a set of them, in their order; sets are few."""
    return tuple(reason for reason in Reason if mask >> reason & 1)


def codes(mask: int) -> str:
    """The codes in a set of reasons, in their order, joined by `;`."""
    return ";".join(reason.name for reason in of_mask(mask))
