"""Places in lists as a word for the address: nothing personal is in it, and nothing depends on it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

from landdata.errors import CursorInvalid
from landdata.model.cases import Place

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 2**31 - 1
_LARGEST = 2**63


def cursor_of(place: Place) -> str:
    """A place as a word."""
    micros = (place.first_seen_at - _BEGINNING) // timedelta(microseconds=1)
    said = f"{place.certificates}.{place.parcels}.{micros}.{place.case.hex}"
    return urlsafe_b64encode(said.encode()).rstrip(b"=").decode()


def place_of(cursor: str) -> Place:
    """The place again. Raises CursorInvalid."""
    try:
        said = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        certificates, parcels, micros, case = said.split(".")
        if not (0 <= int(certificates) <= _MOST and 0 <= int(parcels) <= _MOST):
            raise CursorInvalid
        return Place(int(certificates), int(parcels), _BEGINNING + timedelta(microseconds=int(micros)), UUID(case))
    except (ValueError, OverflowError):
        raise CursorInvalid from None


def cursor_of_number(number: int) -> str:
    """The number of a line as a word."""
    return urlsafe_b64encode(str(number).encode()).rstrip(b"=").decode()


def number_of(cursor: str) -> int:
    """The number again. Raises CursorInvalid."""
    try:
        said = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:
        raise CursorInvalid from None
    if not said.isdecimal() or len(said) > len(str(_LARGEST)) or int(said) >= _LARGEST:
        raise CursorInvalid
    return int(said)
