"""One-time codes are those of RFC 6238."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from landdata.model import totp

# RFC 6238, appendix B (SHA-1): seconds and the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_published_codes(seconds, code):
    moment = datetime.fromtimestamp(seconds, UTC)
    step = totp.step_of(moment)
    assert totp.code_at(b"12345678901234567890", step) == code
    assert totp.matching_step(b"12345678901234567890", code, moment) == step


def test_one_step_of_drift_either_way_and_no_more():
    moment = datetime.fromtimestamp(2000000000, UTC)
    here = totp.step_of(moment)
    fits = [
        n for n in range(-3, 4) if totp.matching_step(b"s" * 20, totp.code_at(b"s" * 20, here + n), moment) is not None
    ]
    assert fits == [-1, 0, 1]


def test_codes_to_read_out_are_taken_as_people_type_them():
    code = totp.code_to_read_out()
    assert totp.digest_of(code) == totp.digest_of(code.lower().replace("-", " "))
    assert totp.digest_of(code) != totp.digest_of(totp.code_to_read_out())
