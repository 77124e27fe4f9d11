"""The roles of the database by what they are for: their names, how they come to be, and how a process connects as one.

What each may do stands in `rights.py`. One address names the owner; every process puts its own role in the owner's place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from psycopg2.extensions import encrypt_password
from sqlalchemy import make_url, text

from landdata.store.engine import Database, Reader, Writer


class Role(StrEnum):
    """Who may be connected, beside the owner; the value is what follows the owner's name and an underscore."""

    GATE = "gate"
    API = "api"
    ISSUER = "issuer"
    UPLOADER = "uploader"
    DASHBOARD = "dashboard"
    MAP = "map"
    PEOPLE = "people"
    WORKER = "worker"
    SEALER = "sealer"
    AUDITOR = "auditor"
    ADMIN = "admin"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class Use:
    """Which process is connected as a role, and for what, in two languages."""

    process: str
    vi: str
    en: str


USES: Mapping[Role, Use] = {
    Role.GATE: Use(
        "", "Sở hữu các hàm trả lời; không ai đăng nhập được", "Owns the functions that answer; nobody signs in"
    ),
    Role.API: Use(
        "api",
        "Chỉ chạy vài hàm: tra cứu, đọc thay đổi, đầu chuỗi nhật ký",
        "Executes a few functions: look-up, changes, heads of the log",
    ),
    Role.ISSUER: Use("api", "Cấp và kiểm tra mã truy cập, hạn mức", "Gives and checks tokens, knows limits"),
    Role.UPLOADER: Use(
        "api", "Nhận giao nộp, chỉ của cơ quan đang gọi", "Takes deliveries, of the calling office only"
    ),
    Role.DASHBOARD: Use("api", "Đọc số liệu, không đọc dữ liệu cá nhân", "Reads figures, no personal data"),
    Role.MAP: Use(
        "api",
        "Đọc thửa đất cho bản đồ và GIS, không thấy ai sử dụng",
        "Reads parcels for maps and GIS, and nobody's name",
    ),
    Role.PEOPLE: Use("api", "Cho cán bộ đăng nhập", "Signs officials in"),
    Role.WORKER: Use(
        "worker", "Công bố, đối chiếu, rút lại; không thấy nhật ký", "Publishes, matches, withdraws; no access log"
    ),
    Role.SEALER: Use("worker", "Niêm phong và kiểm tra nhật ký", "Seals and verifies the access log"),
    Role.AUDITOR: Use(
        "api", "Tìm trong nhật ký, cả cho lệnh landdata access-log", "Searches the log, and for landdata access-log"
    ),
    Role.ADMIN: Use(
        "api",
        "Quản lý thỏa thuận, hệ thống, cơ quan, tài khoản, ngưỡng; không đọc dữ liệu công dân",
        "Looks after agreements, clients, offices, accounts, rules; reads no citizens' data",
    ),
    Role.BACKUP: Use("pg_dump", "Đọc tất cả để sao lưu, không ghi", "Reads everything for backups, writes nothing"),
}
_READ_ONLY = {"default_transaction_read_only": "on"}
# Ends of patience, where a process asks for none of its own: a statement, a lock, a transaction that does nothing.
# The worker may wait long for another publication, and the uploader reads a whole file before it asks on.
_SETTINGS: Mapping[Role, Mapping[str, str]] = {
    Role.API: {"statement_timeout": "60s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    Role.ISSUER: {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    Role.UPLOADER: {"statement_timeout": "60s", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "1h"},
    Role.DASHBOARD: {"statement_timeout": "60s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min"}
    | _READ_ONLY,
    # A page or a tile takes milliseconds; whoever asked for more has gone away by then.
    Role.MAP: {"statement_timeout": "20s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "1min"}
    | _READ_ONLY,
    Role.PEOPLE: {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    Role.WORKER: {"statement_timeout": "2h", "idle_in_transaction_session_timeout": "1h"},
    Role.SEALER: {"statement_timeout": "10min", "lock_timeout": "1min", "idle_in_transaction_session_timeout": "10min"},
    Role.AUDITOR: {"statement_timeout": "2h", "lock_timeout": "1min"},
    Role.ADMIN: {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"},
    Role.BACKUP: _READ_ONLY,
}
# A dump must hold every row or fail; a policy that hides some would make it silently smaller.
_ATTRIBUTES: Mapping[Role, str] = {Role.GATE: "NOLOGIN NOBYPASSRLS", Role.BACKUP: "LOGIN BYPASSRLS"}
_COMMON = "NOSUPERUSER NOCREATEDB NOCREATEROLE"


def name(owner: str, role: Role) -> str:
    """The name of a role beside the owner of that name."""
    return f"{owner}_{role.value}"


def owner_of(url: str) -> str:
    """The owner's role that an address names."""
    return make_url(url).username or "landdata"


def address(url: str, role: Role) -> str:
    """The owner's address with another role in its place; a password in it stays, otherwise libpq finds the role's own."""
    made = make_url(url).set(username=name(owner_of(url), role))
    return made.render_as_string(hide_password=False)


def connect(
    url: str, role: Role, *, pool_size: int, statement_timeout_ms: int | None = None, wait_seconds: float = 5
) -> Database:
    """A pool that connects as a role; `url` is the owner's address. None: the role's own patience."""
    return Database(
        address(url, role), pool_size=pool_size, statement_timeout_ms=statement_timeout_ms, wait_seconds=wait_seconds
    )


def lacking(tx: Reader) -> list[str]:
    """Names of roles that the owner, who asks, has to have beside it and that are not there."""
    owner = _me(tx)
    there = set(tx.connection.scalars(text("SELECT rolname FROM pg_roles")))
    return [name(owner, role) for role in Role if name(owner, role) not in there]


def ensure(tx: Writer, owner: str) -> None:
    """Make the roles, or correct what they are; a superuser's work.

    Roles belong to the whole cluster: two databases of one that are prepared at once wait for each other here.
    """
    run = tx.connection.exec_driver_sql
    run("LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE")
    quote = tx.connection.dialect.identifier_preparer.quote
    there = set(tx.connection.scalars(text("SELECT rolname FROM pg_roles")))
    for role in Role:
        verb = "ALTER" if name(owner, role) in there else "CREATE"
        run(f"{verb} ROLE {quote(name(owner, role))} {_ATTRIBUTES.get(role, 'LOGIN NOBYPASSRLS')} {_COMMON}")
    # The owner replaces the functions that the gate owns; it may do all that the gate may anyway.
    run(f"GRANT {quote(name(owner, Role.GATE))} TO {quote(owner)}")
    run(f"GRANT pg_read_all_data TO {quote(name(owner, Role.BACKUP))}")


def allow_replication(tx: Writer, owner: str) -> None:
    """Let the backup's role copy the cluster as a whole (pg_basebackup, pg_receivewal)."""
    quote = tx.connection.dialect.identifier_preparer.quote
    tx.connection.exec_driver_sql(f"ALTER ROLE {quote(name(owner, Role.BACKUP))} REPLICATION")


def passwords_in(pgpass: str, owner: str) -> dict[str, str]:
    """Passwords of the owner and our roles, by name, from a file of libpq's (host:port:database:user:password)."""
    ours = {owner, *(name(owner, role) for role in Role)}
    # A backslash before a colon or a backslash means the character itself.
    lines = [re.split(r"(?<!\\):", line) for line in pgpass.splitlines() if line and not line.startswith("#")]
    plain = {part[3]: re.sub(r"\\(.)", r"\1", part[4]) for part in lines if len(part) == 5}
    return {role: password for role, password in plain.items() if role in ours}


def set_passwords(tx: Writer, passwords: Mapping[str, str]) -> None:
    """Give roles their passwords. Only verifiers are sent: no password reaches a log of the server."""
    quote = tx.connection.dialect.identifier_preparer.quote
    for role, password in passwords.items():
        verifier = encrypt_password(password, role, scope=tx.raw, algorithm="scram-sha-256")
        tx.connection.exec_driver_sql(f"ALTER ROLE {quote(role)} PASSWORD '{verifier}'")


def database_statements(database: str, owner: str) -> list[str]:
    """Who may enter a database, and each role's patience in it. A copy of a database has none of this."""
    entering = ", ".join(f'"{name(owner, role)}"' for role in Role if role is not Role.GATE)
    return [
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC',
        f'GRANT ALL ON DATABASE "{database}" TO "{owner}"',
        f'GRANT CONNECT ON DATABASE "{database}" TO {entering}',
        f'GRANT TEMPORARY ON DATABASE "{database}" TO "{name(owner, Role.WORKER)}"',
        *(
            f'ALTER ROLE "{name(owner, role)}" IN DATABASE "{database}" SET {setting} = \'{value}\''
            for role, chosen in _SETTINGS.items()
            for setting, value in chosen.items()
        ),
    ]


def _me(tx: Reader) -> str:
    return str(tx.connection.scalar(text("SELECT current_user")))
