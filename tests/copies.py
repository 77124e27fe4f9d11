"""Databases of tests' own: copies of a template, used again when nothing but rows was added, and dropped otherwise.

Making a copy takes the processor longer than most tests do. So one that a test gives back is compared with what it was:
rows that came are taken out, those of small tables put back, sequences too; when anything else has changed (a row of a
larger table, a right, a table, what the planner knows) it is dropped and the next test gets a new one.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import psycopg2
from sqlalchemy import make_url

from landdata.store import roles

ROLE = "landdata"
_MOST_ROWS = 5_000
"""Of what a test added: beyond that, taking it out costs as much as a new copy, and leaves its pages behind."""
_MOST_USES = 25
_SMALL = 20
"""Rows of a table that is put back when a row of the template's was changed: states and counters that every work turns."""

# Every table, the system's too but for what is gathered for the planner (the state below tells that), each with what
# does not count: a session that makes a temporary table leaves its schema behind.
_TABLES = """
SELECT c.oid::regclass::text,
       CASE c.relname WHEN 'pg_namespace' THEN $$ WHERE nspname !~ '^pg_(toast_)?temp_'$$ ELSE '' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND NOT c.relisshared AND n.nspname <> 'information_schema'
  AND c.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject') ORDER BY 1
"""
_SEQUENCES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND relpersistence <> 't' ORDER BY 1"
# Where the rows of each relation stand and how many the planner believes there are; whom the database lets in, and how.
_STATE = """
SELECT md5(string_agg(concat_ws(' ', c.oid, relfilenode, relpages, reltuples), ',' ORDER BY c.oid)),
       (SELECT concat_ws(' ', datdba, datacl, datconnlimit, datallowconn) FROM pg_database d
        WHERE datname = current_database()),
       (SELECT string_agg(concat_ws(' ', setrole, setconfig), ',' ORDER BY setrole)
        FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = current_database())
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE relpersistence <> 't' AND NOT relisshared AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
"""


def run(url: str, *statements: str) -> None:
    """Statements one by one, outside a transaction."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def named(url: str, database: str, *, role: str | None = None) -> str:
    """The address of another database of the same server."""
    other = make_url(url).set(database=database)
    return (other.set(username=role) if role else other).render_as_string(hide_password=False)


def create(admin: str, name: str, *, template: str | None = None) -> None:
    """A new database, empty or a copy."""
    statements = [f'CREATE DATABASE "{name}" OWNER {ROLE}']
    if template:
        # Copying files takes a third of the time that writing each page to the log takes. The rights to enter it and each
        # role's patience are the database's own, and not copied.
        statements = [f"{statements[0]} TEMPLATE {template} STRATEGY file_copy", *roles.database_statements(name, ROLE)]
    run(admin, *statements)


def drop(admin: str, name: str) -> None:
    """The database, with whoever is in it, if it is there."""
    run(admin, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@dataclass
class Copies:
    """Copies of templates that nobody uses now, by template."""

    admin: str
    free: dict[str, list[_Copy]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def one(self, template: str) -> Iterator[str]:
        """A database as the template is, for as long as the block lasts; its address."""
        free = self.free[template]
        copy = free.pop() if free else _Copy(self.admin, template)
        try:
            yield named(self.admin, copy.name, role=ROLE)
        finally:
            clean = False
            with suppress(psycopg2.Error):  # one who comes back at once, a table that is gone
                clean = copy.clean()
            if clean:
                free.append(copy)
            else:
                drop(self.admin, copy.name)

    def close(self) -> None:
        """Drop them."""
        for copy in (copy for free in self.free.values() for copy in free):
            drop(self.admin, copy.name)


class _Copy:
    """A database, and what it held when it was new."""

    def __init__(self, admin: str, template: str) -> None:
        self.admin = admin
        self.name = _name()
        self.uses = 0
        create(admin, self.name, template=template)
        with self._inside() as cursor:
            self.tables = _all(cursor, _TABLES)
            self.sequences = [name for (name,) in _all(cursor, _SEQUENCES)]
            self.old = _old(cursor)
            self.kept = {name: kept for name, (kept, _) in self._counted(cursor).items()}
            small = [name for name, kept in self.kept.items() if 0 < kept <= _SMALL and not _of_system(name)]
            self.small = {name: _copied(cursor, name) for name in small}
            self.numbers = self._numbers(cursor)
            self.state = _all(cursor, _STATE)

    def clean(self) -> bool:
        """Make it what it was, under a new name, so that nobody left over finds it; False when that cannot be."""
        self.uses += 1
        if self.uses == _MOST_USES:
            return False
        name = _name()
        run(
            self.admin,
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{self.name}'",
            f'ALTER DATABASE "{self.name}" RENAME TO "{name}"',
        )
        self.name = name
        with self._inside() as cursor:
            rows = self._counted(cursor)
            added = {name: count for name, (_, count) in rows.items() if count}
            changed = [name for name, (kept, _) in rows.items() if kept != self.kept[name]]
            if (
                _all(cursor, _STATE) != self.state
                or not self.small.keys() >= set(changed)
                or any(map(_of_system, added))
                or sum(added.values()) > _MOST_ROWS
            ):
                return False
            cursor.execute("SET session_replication_role = replica")  # neither triggers nor keys have a say
            for name in added:
                cursor.execute(f"DELETE FROM ONLY {name} WHERE NOT {self.old}")
            for name in changed:
                cursor.execute(f"DELETE FROM ONLY {name}")
                cursor.copy_expert(f"COPY {name} FROM STDIN", StringIO(self.small[name]))
            before = dict(zip(self.sequences, self.numbers, strict=True))
            for number in self._numbers(cursor):
                if number != before[number[0]]:
                    cursor.execute("SELECT setval(%s, %s, %s)", before[number[0]])
            self.old = _old(cursor)
        return True

    @contextmanager
    def _inside(self) -> Iterator[Any]:
        with closing(psycopg2.connect(named(self.admin, self.name))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def _counted(self, cursor: Any) -> dict[str, tuple[int, int]]:
        """By table: rows that stood there when `old` was asked, and rows that came since."""
        each = f"count(*) FILTER (WHERE {self.old}), count(*) FILTER (WHERE NOT {self.old})"
        counts = [f"SELECT {name!r}, {each} FROM ONLY {name}{where}" for name, where in self.tables]
        return {name: (kept, added) for name, kept, added in _all(cursor, " UNION ALL ".join(counts))}

    def _numbers(self, cursor: Any) -> list[tuple[Any, ...]]:
        """Each sequence with its last number, and whether that was given out."""
        each = [f"SELECT {name!r}, last_value, is_called FROM {name}" for name in self.sequences]
        return _all(cursor, " UNION ALL ".join(each))


def _old(cursor: Any) -> str:
    """What is true of the rows that are there now and of none that comes later; nobody else is in the database."""
    [(following,)] = _all(cursor, "SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text")
    return f"age(xmin) > age('{following}'::xid)"


def _of_system(name: str) -> bool:
    return name.startswith("pg_")


def _copied(cursor: Any, name: str) -> str:
    cursor.copy_expert(f"COPY {name} TO STDOUT", into := StringIO())
    return into.getvalue()


def _all(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())


def _name() -> str:
    return f"test_{secrets.token_hex(6)}"
