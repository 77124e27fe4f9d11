"""What a password must be (NIST SP 800-63B, 5.1.1.2): long, not a common one, not the sign-in name; no rule of letters."""

from __future__ import annotations

import re
import unicodedata

SHORTEST, LONGEST = 12, 256

# What people in Vietnam and elsewhere choose first; a password is common when nothing but such words, digits and signs
# is in it. Written without marks: typed ones are compared so, too.
_COMMON = (
    "password passw0rd pass matkhau matkhaumoi mk admin administrator quantri root user guest login dangnhap welcome "
    "letmein hello xinchao chao changeme default secret test thu qwerty qwertyuiop qwertz azerty asdf asdfgh asdfghjkl "
    "asdfghjkl zxcv zxcvbn zxcvbnm qazwsx qazwsxedc abc abcd abcde abcdef abcxyz abcdefgh abcdefghijkl iloveyou ilove "
    "you loveyou love anhyeuem emyeuanh yeuem yeuanh anhyeu toiyeuem vietnam vietnamvodich vodich hanoi saigon hochiminh "
    "thanhpho danang haiphong cantho sunshine princess dragon monkey football bongda baseball master superman batman "
    "shadow michael charlie trustno computer internet iphone samsung google facebook zalo microsoft windows congan "
    "datdai thuadat diachinh vanphong dangky botnmt nongnghiep moitruong landdata land office bo so tinh xa phuong "
    "nguyen tran phamvan thang nam ngay mua xuan ha thu dong happy new year chucmung nammoi tet lucky may man"
)
COMMON_WORDS = frozenset(_COMMON.split())
_ROWS = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb")


def fault(password: str, login: str) -> tuple[str, str] | None:
    """Why it cannot be taken, in Vietnamese and English; None for a good one."""
    if len(password) < SHORTEST:
        return f"cần ít nhất {SHORTEST} ký tự", f"it needs at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"dài quá {LONGEST} ký tự", f"it is longer than {LONGEST} characters"
    plain, name = _plain(password), _letters(_plain(login))
    readings = {_letters(plain), _letters(_unmasked(plain))} - {""}
    if name and any(one.replace(name, "") == "" for one in readings):
        return "là tên đăng nhập", "it is the sign-in name"
    if _is_repeated(plain) or _is_run(plain) or any(map(_is_words, readings)):
        return "là mật khẩu quá phổ biến", "it is too common"
    return None


def _plain(text: str) -> str:
    """Small letters without marks; `đ` is a letter of its own to Unicode."""
    parts = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d")
    return "".join(one for one in parts if not unicodedata.combining(one))


def _letters(plain: str) -> str:
    return "".join(one for one in plain if one.isalpha())


def _unmasked(plain: str) -> str:
    """Signs inside a word read as the letters they stand for: the first thing that every list of guesses tries."""
    return re.sub(r"\W+\Z", "", plain.rstrip("0123456789")).translate(str.maketrans("@$!0", "asio"))


def _is_repeated(plain: str) -> bool:
    """`abcabcabcabc`: one to four characters again and again."""
    return any(plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, 5))


def _is_run(plain: str) -> bool:
    """Nothing but neighbours of a keyboard or an alphabet, in either direction: `123456789012`, `qwertyuiop12`."""
    left = plain
    while left:
        for size in range(len(left), 1, -1):
            piece = left[:size]
            if any(piece in row or piece[::-1] in row for row in _ROWS):
                left = left[size:]
                break
        else:
            return False
    return True


def _is_words(rest: str) -> bool:
    """Nothing but common words in a row."""
    reach = {0}
    for end in range(1, len(rest) + 1):
        if any(start in reach and rest[start:end] in COMMON_WORDS for start in range(max(0, end - 20), end)):
            reach.add(end)
    return len(rest) in reach
