"""What terms of a connection have to be like before anybody approves them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from landdata.errors import ConnectionUnfit
from landdata.model.connections import Credential, Terms, Way
from landdata.model.crs import zone
from landdata.model.parcels import FLAT_COLUMNS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_OURS = frozenset({"host", "accept", "accept-encoding", "content-length", "connection", "transfer-encoding", "cookie"})
_KNOWN = frozenset(one.name for one in FLAT_COLUMNS)
_WEB, _FILES = frozenset({"https", "http"}), frozenset({"sftp"})

_REASONS = {
    "address": ("địa chỉ không đúng dạng", "its address is not of the form https://, or sftp:// for SFTP"),
    "collection": ("thiếu tên lớp, kiểu đối tượng hoặc thư mục", "a collection, feature type or folder is missing"),
    "zone": ("OAPIF và WFS cần múi VN-2000, SFTP thì không", "a zone is needed for OAPIF and WFS, and for them only"),
    "wgs84": ("--wgs84 chỉ dùng cho OAPIF", "--wgs84 is for OAPIF only"),
    "ssh": ("SFTP dùng khóa SSH, và chỉ khóa SSH", "SFTP takes an SSH key and nothing else"),
    "host_key": ("SFTP cần khóa công khai của máy chủ", "SFTP needs the server's public host key, and only it does"),
    "secret": ("tệp bí mật thiếu, thừa hoặc sai tên", "the secret file is missing, not needed, or has an unfit name"),
    "user": ("tên người dùng thiếu, thừa hoặc sai", "a user or client id is missing, not needed or unfit"),
    "token": ("địa chỉ cấp mã OAuth 2 thiếu, thừa hoặc sai", "the token's address is missing, not needed or unfit"),
    "header": ("tiêu đề của khóa thiếu, thừa hoặc sai", "the key's header is missing, not needed or unfit"),
    "files": ("SFTP không có cột đổi tên hay ngày thay đổi", "SFTP has neither columns nor a change date"),
    "columns": ("cột đích không thuộc hồ sơ flat hoặc lặp lại", "a column is not of profile flat, or named twice"),
    "numbers": ("chu kỳ hoặc số dòng mỗi trang ngoài phạm vi", "the cadence or the rows of a page are out of range"),
}


def require_fit(terms: Terms) -> None:
    """Raises ConnectionUnfit, naming the first thing that does not fit, or UnknownZone."""
    for unfit in (*_service(terms), *_proof(terms), *_numbers(terms)):
        vi, en = _REASONS[unfit]
        raise ConnectionUnfit(reason_vi=vi, reason_en=en)
    if terms.epsg is not None:
        zone(terms.epsg)


def _service(terms: Terms) -> Iterator[str]:
    files = terms.way is Way.SFTP
    if not _plain(terms.address, _FILES if files else _WEB):
        yield "address"
    if not terms.collection or not terms.collection.isprintable() or len(terms.collection) > 200:
        yield "collection"
    if files != (terms.epsg is None):
        yield "zone"
    if terms.wgs84 and terms.way is not Way.OAPIF:
        yield "wgs84"
    if files and (terms.changed_by or terms.columns):
        yield "files"
    targets = terms.columns.values()
    if len(targets) > 100 or not set(targets) <= _KNOWN or len(set(targets)) != len(targets):
        yield "columns"


def _proof(terms: Terms) -> Iterator[str]:
    files, how = terms.way is Way.SFTP, terms.credential
    if files != (how is Credential.SSH_KEY):
        yield "ssh"
    if files != bool(terms.host_key):
        yield "host_key"
    if (how is Credential.NONE) != (not terms.secret_file) or (
        terms.secret_file and not _NAME.fullmatch(terms.secret_file)
    ):
        yield "secret"
    named = how in {Credential.BASIC, Credential.OAUTH2, Credential.SSH_KEY}
    if named != bool(terms.user_name) or not terms.user_name.isprintable() or ":" in terms.user_name:
        yield "user"
    token = _plain(terms.token_address, _WEB) if how is Credential.OAUTH2 else not terms.token_address
    if not token:
        yield "token"
    fits = bool(_HEADER.fullmatch(terms.header)) and terms.header.lower() not in _OURS
    if not (fits if how is Credential.API_KEY else not terms.header):
        yield "header"


def _numbers(terms: Terms) -> Iterator[str]:
    days, minutes, rows = terms.full_every_days, terms.cadence_minutes, terms.page_rows
    if not (1 <= days <= 366 and 5 <= minutes <= 527_040 and 1 <= rows <= 10_000):
        yield "numbers"


def _plain(text: str, schemes: frozenset[str]) -> bool:
    """A host under one of the schemes: no user, no password, no fragment, nothing that does not print."""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= 2_000
    return fits and plain and not parts.fragment and "@" not in parts.netloc
