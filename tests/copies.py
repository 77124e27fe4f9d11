"""Databases of tests' own: copies of a template, used again when nothing but rows was added, and dropped otherwise.

Making a copy takes the processor longer than most tests do. So one that a test gives back is compared with what it was,
in the tables in which the server counted a change: rows that came are taken out, those that went are put back,
sequences too; when anything else has changed (a right, a table, what the planner knows, a row of the largest tables)
it is dropped and the next test gets a new one.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
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
_LARGE = 20_000
"""Rows of a table that is not looked through: no test gets its database back when the server counted a change there."""

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
# How often a row of each table came, changed or went, whether or not it was committed; complete once all who did it are
# gone. To look into every table instead took half of the time that a test's database costs.
_CHANGES = """
SELECT oid::regclass::text,
       pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)
FROM pg_class WHERE relkind = 'r' AND NOT relisshared
"""
# Where the rows of each relation stand and how many the planner believes there are; whom the database lets in, and how;
# since when the server counts changes, which it forgets when it falls.
_STATE = """
SELECT md5(string_agg(concat_ws(' ', c.oid, relfilenode, relpages, reltuples), ',' ORDER BY c.oid)),
       (SELECT concat_ws(' ', datdba, datacl, datconnlimit, datallowconn) FROM pg_database d
        WHERE datname = current_database()),
       (SELECT string_agg(concat_ws(' ', setrole, setconfig), ',' ORDER BY setrole)
        FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = current_database()),
       (SELECT concat_ws(' ', w.stats_reset, d.stats_reset) FROM pg_stat_wal w, pg_stat_database d
        WHERE datname = current_database())
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
    """Copies of templates that nobody uses now, and what their templates hold."""

    admin: str
    free: dict[str, list[_Copy]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, _Content] = field(default_factory=dict)

    @contextmanager
    def one(self, template: str) -> Iterator[str]:
        """A database as the template is, for as long as the block lasts; its address."""
        free = self.free[template]
        copy = free.pop() if free else self._new(template)
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

    def _new(self, template: str) -> _Copy:
        name = _name()
        create(self.admin, name, template=template)
        with _inside(self.admin, name) as cursor:
            if template not in self.held:  # the same in every copy, so the first tells
                self.held[template] = _Content(cursor)
            state, changes = _all(cursor, _STATE), dict(_all(cursor, _CHANGES))
            return _Copy(self.admin, name, self.held[template], state, _old(cursor), changes)


class _Content:
    """What a template holds: `rows` by table, of the system's only how many, of the largest not even that."""

    def __init__(self, cursor: Any) -> None:
        self.tables: dict[str, str] = dict(_all(cursor, _TABLES))
        counts = dict(
            _all(cursor, " UNION ALL ".join(f"SELECT {one!r}, count(*) FROM ONLY {one}" for one in self.tables))
        )
        self.large = [name for name, count in counts.items() if count > _LARGE and not _of_system(name)]
        for name in self.large:
            del self.tables[name]
        self.rows = {name: Counter(_lines(cursor, name)) for name in self.tables if not _of_system(name)}
        self.sequences = [name for (name,) in _all(cursor, _SEQUENCES)]
        self.numbers = self.numbers_now(cursor)
        nothing_new = self.counted(cursor, self.tables, "true")
        self.kept = {name: kept for name, (kept, _) in nothing_new.items()}

    def counted(self, cursor: Any, names: Iterable[str], old: str) -> dict[str, tuple[int, int]]:
        """By table of these: rows of which `old` is true, and others."""
        each = f"count(*) FILTER (WHERE {old}), count(*) FILTER (WHERE NOT {old})"
        counts = [
            f"SELECT {name!r}, {each} FROM ONLY {name}{self.tables[name]}" for name in names if name in self.tables
        ]
        return {name: (kept, added) for name, kept, added in _all(cursor, " UNION ALL ".join(counts))} if counts else {}

    def numbers_now(self, cursor: Any) -> list[tuple[Any, ...]]:
        """Each sequence with its last number, and whether that was given out."""
        each = [f"SELECT {name!r}, last_value, is_called FROM {name}" for name in self.sequences]
        return _all(cursor, " UNION ALL ".join(each))


@dataclass
class _Copy:
    """A database; `old` is true of the rows of the template there, and of none that came later; `changes` by table."""

    admin: str
    name: str
    was: _Content
    state: list[tuple[Any, ...]]  # its own: the server gathers figures for the planner in a template, too
    old: str
    changes: dict[str, int]
    uses: int = 0

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
        with _inside(self.admin, name) as cursor:
            changes = dict(_all(cursor, _CHANGES))
            changed = [name for name, count in changes.items() if count != self.changes.get(name, 0)]
            rows = self.was.counted(cursor, changed, self.old)
            added = {name: count for name, (_, count) in rows.items() if count}
            lost = [name for name, (kept, _) in rows.items() if kept != self.was.kept[name]]
            if (
                not set(changed).isdisjoint(self.was.large)
                or _all(cursor, _STATE) != self.state
                or any(map(_of_system, (*added, *lost)))
                or sum(added.values()) > _MOST_ROWS
            ):
                return False
            cursor.execute("SET session_replication_role = replica")  # neither triggers nor keys have a say
            for name in added:
                cursor.execute(f"DELETE FROM ONLY {name} WHERE NOT {self.old}")
            for name in lost:
                gone = self.was.rows[name] - Counter(_lines(cursor, name))
                cursor.copy_expert(f"COPY {name} FROM STDIN", StringIO("".join(gone.elements())))
            for before, now in zip(self.was.numbers, self.was.numbers_now(cursor), strict=True):
                if now != before:
                    cursor.execute("SELECT setval(%s, %s, %s)", before)
            self.old = _old(cursor)
            cursor.execute("SELECT pg_stat_force_next_flush()")  # our own changes are counted, too, when it ends
            self.changes = dict(_all(cursor, _CHANGES))
        return True


@contextmanager
def _inside(admin: str, name: str) -> Iterator[Any]:
    with closing(psycopg2.connect(named(admin, name))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _old(cursor: Any) -> str:
    """What is true of the rows that are there now and of none that comes later; nobody else is in the database."""
    [(following,)] = _all(cursor, "SELECT pg_snapshot_xmax(pg_current_snapshot())::xid::text")
    return f"age(xmin) > age('{following}'::xid)"


def _of_system(name: str) -> bool:
    return name.startswith("pg_")


def _lines(cursor: Any, name: str) -> list[str]:
    """The rows of a table as COPY writes them; a line end within a row is told by other signs."""
    cursor.copy_expert(f"COPY {name} TO STDOUT", into := StringIO())
    return [f"{line}\n" for line in into.getvalue().split("\n")[:-1]]


def _all(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())


def _name() -> str:
    return f"test_{secrets.token_hex(6)}"
