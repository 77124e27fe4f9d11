"""Brings the rights in the database to what `rights.py` says: what lacks is granted, whatever else there is is revoked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import text

from landdata.store.engine import Reader, Writer
from landdata.store.rights import OWNED_BY_GATE, RIGHTS
from landdata.store.roles import Role, name
from landdata.store.tables import SCHEMAS

_PRIVILEGE = re.compile(r"(\w+)(?: \(([^)]+)\))?")


class Right(NamedTuple):
    """One right of one role (or PUBLIC). `kind` is TABLE, SEQUENCE, FUNCTION or SCHEMA; `column` empty: the whole."""

    grantee: str
    kind: str
    object: str
    column: str
    privilege: str


# Of what is ours: of our schemas, and the job engine's and the migrations' tables; no right of an owner's own.
_PRESENT = """
WITH thing AS (
  SELECT CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, format('%I.%I', n.nspname, c.relname) AS object,
         '' AS column, c.relowner AS owner, c.relacl AS acl, 'pg_class'::regclass AS class, c.oid
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname = ANY (:schemas)
  UNION ALL
  SELECT 'TABLE', format('%I.%I', n.nspname, c.relname), a.attname, c.relowner, a.attacl, 'pg_class'::regclass, c.oid
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND n.nspname = ANY (:schemas)
  UNION ALL
  SELECT 'FUNCTION', format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)), '', p.proowner,
         coalesce(p.proacl, acldefault('f', p.proowner)), 'pg_proc'::regclass, p.oid
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY (:schemas)
  UNION ALL
  SELECT 'SCHEMA', format('%I', n.nspname), '', n.nspowner, n.nspacl, 'pg_namespace'::regclass, n.oid
  FROM pg_namespace n WHERE n.nspname = ANY (:schemas) AND n.nspname <> 'public'
)
SELECT t.kind, t.object, t.column, coalesce(r.rolname, CASE WHEN a.grantee = 0 THEN 'PUBLIC' END) AS grantee,
       a.privilege_type AS privilege
FROM thing t LEFT JOIN LATERAL aclexplode(t.acl) a ON a.grantee <> t.owner LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE pg_has_role(t.owner, 'USAGE') AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = t.class AND d.objid = t.oid AND d.deptype = 'e')
"""


def apply(tx: Writer) -> None:
    """Bring it about. The owner's work; it changes nothing where all is as it should be."""
    owner = str(tx.connection.scalar(text("SELECT current_user")))
    _hand_over(tx, owner)
    granted, revoked = drift(tx)
    for right in sorted(revoked):
        tx.connection.exec_driver_sql(_statement("REVOKE", right))
    for right in sorted(granted):
        tx.connection.exec_driver_sql(_statement("GRANT", right))


def drift(tx: Reader) -> tuple[set[Right], set[Right]]:
    """Rights that lack, and rights that nobody named."""
    owner = str(tx.connection.scalar(text("SELECT current_user")))
    rows = list(tx.connection.execute(text(_PRESENT), {"schemas": [*SCHEMAS, "public"]}))
    present = {Right(row.grantee, row.kind, row.object, row.column, row.privilege) for row in rows if row.grantee}
    wanted = set(_wanted(owner, {row.object for row in rows if row.kind != "SCHEMA"}))
    return wanted - present, present - wanted


def _wanted(owner: str, there: set[str]) -> Iterator[Right]:
    """What the table says about all that is there; the job engine's parts may come later."""
    for role, objects in RIGHTS.items():
        for named, privileges in objects.items():
            kind, plain = _kind(named)
            for one in _matching(plain, there):
                schema = one.partition(".")[0]
                if schema != "public":  # everybody's, for PostGIS; nothing of ours there is
                    yield Right(name(owner, role), "SCHEMA", schema, "", "USAGE")
                for privilege, columns in _PRIVILEGE.findall(privileges):
                    for column in columns.split(", ") if columns else [""]:
                        yield Right(name(owner, role), kind, one, column, privilege)


def _kind(named: str) -> tuple[str, str]:
    if named.startswith("sequence "):
        return "SEQUENCE", named.removeprefix("sequence ")
    return ("FUNCTION" if named.endswith(")") else "TABLE"), named


def _matching(plain: str, there: Iterable[str]) -> list[str]:
    if plain.endswith("*()"):
        return [one for one in there if one.startswith(plain.removesuffix("*()")) and one.endswith(")")]
    return [plain] if plain in there else []


def _statement(verb: str, right: Right) -> str:
    grantee = "PUBLIC" if right.grantee == "PUBLIC" else f'"{right.grantee}"'
    column = f' ("{right.column}")' if right.column else ""
    return f"{verb} {right.privilege}{column} ON {right.kind} {right.object} {'FROM' if verb == 'REVOKE' else 'TO'} {grantee}"


def _hand_over(tx: Writer, owner: str) -> None:
    """Let the gate own its functions. For that it has to be able to make them, for as long as this takes."""
    gate = f'"{name(owner, Role.GATE)}"'
    for function in OWNED_BY_GATE:
        schema = function.partition(".")[0]
        whose = text("SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE oid = to_regprocedure(:function)")
        if tx.connection.scalar(whose, {"function": function}) not in {None, name(owner, Role.GATE)}:
            tx.connection.exec_driver_sql(f"GRANT CREATE ON SCHEMA {schema} TO {gate}")
            tx.connection.exec_driver_sql(f"ALTER FUNCTION {function} OWNER TO {gate}")
            tx.connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA {schema} FROM {gate}")
