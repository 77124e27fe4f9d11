"""Every right in a database as lines of text, asked of PostgreSQL itself: what each role can really do, by whatever way."""

from __future__ import annotations

from typing import Any

from landdata.store.roles import Role, name

# Effective rights: granted to the role, to one it is a member of, or to everybody.
_RELATIONS = """
SELECT r.rolname AS role, regexp_replace(format('%I.%I', n.nspname, c.relname), '_\\d{4}_\\d\\d$', '_<month>') AS object,
  concat_ws(', ',
    (SELECT string_agg(p, ', ' ORDER BY o) FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES',
       'TRIGGER']) WITH ORDINALITY AS k (p, o) WHERE has_table_privilege(r.rolname, c.oid, p)),
    (SELECT string_agg(format('%s (%s)', p, columns), ', ' ORDER BY o)
     FROM unnest(ARRAY['SELECT','INSERT','UPDATE','REFERENCES']) WITH ORDINALITY AS k (p, o) CROSS JOIN LATERAL (
       SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) AS columns FROM pg_attribute a
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         AND has_column_privilege(r.rolname, c.oid, a.attnum, p)) x
     WHERE x.columns IS NOT NULL AND NOT has_table_privilege(r.rolname, c.oid, p))) AS what
FROM role r CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r','p','v','m','f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION
SELECT r.rolname, format('sequence %I.%I', n.nspname, c.relname), (
    SELECT string_agg(p, ', ' ORDER BY o) FROM unnest(ARRAY['USAGE','SELECT','UPDATE']) WITH ORDINALITY AS k (p, o)
    WHERE has_sequence_privilege(r.rolname, c.oid, p))
FROM role r CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND n.nspname !~ '^pg_'
UNION
SELECT r.rolname, format('%I.%I(%s)', n.nspname, f.proname, oidvectortypes(f.proargtypes)),
  CASE WHEN has_function_privilege(r.rolname, f.oid, 'EXECUTE') THEN 'EXECUTE' END
FROM role r CROSS JOIN pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND f.prorettype <> 'trigger'::regtype
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
UNION
SELECT r.rolname, format('schema %I', n.nspname), (
    SELECT string_agg(p, ', ' ORDER BY o) FROM unnest(ARRAY['USAGE','CREATE']) WITH ORDINALITY AS k (p, o)
    WHERE has_schema_privilege(r.rolname, n.oid, p))
FROM role r CROSS JOIN pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION
SELECT r.rolname, 'database', (
    SELECT string_agg(p, ', ' ORDER BY o) FROM unnest(ARRAY['CONNECT','CREATE','TEMPORARY']) WITH ORDINALITY AS k (p, o)
    WHERE has_database_privilege(r.rolname, current_database(), p))
FROM role r
"""
_ROLES = "role AS (SELECT rolname::text FROM pg_roles WHERE rolname IN (:roles) UNION SELECT 'public')"
_ATTRIBUTES = """
SELECT rolname, concat_ws(' ', CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN rolsuper THEN 'SUPERUSER' END,
    CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' END)
FROM pg_roles WHERE rolname IN (:roles) ORDER BY 1
"""
_MEMBERS = """
SELECT m.rolname, 'is also ' || r.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid
JOIN pg_roles m ON m.oid = a.member
WHERE m.rolname IN (:roles) OR m.rolname = ':owner' OR r.rolname IN (:roles) ORDER BY 1, 2
"""
_SECURED = """
SELECT format('%I.%I', n.nspname, c.relname),
       CASE WHEN c.relforcerowsecurity THEN 'for its owner, too' ELSE 'BUT FOR ITS OWNER' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity ORDER BY 1
"""
_POLICIES = """
SELECT format('%I.%I %s for %s', schemaname, tablename, policyname, cmd), format('%s: %s%s', array_to_string(roles, ', '),
  coalesce('reaches ' || regexp_replace(qual, '\\s+', ' ', 'g'), 'reaches no row'),
  coalesce('; may become ' || regexp_replace(with_check, '\\s+', ' ', 'g'), ''))
FROM pg_policies ORDER BY 1
"""
_DEFINERS = """
SELECT f.oid::regprocedure::text, format('runs as %s, %s', pg_get_userbyid(f.proowner),
  coalesce((SELECT s FROM unnest(f.proconfig) s WHERE s LIKE 'search_path=%'), 'SEARCH PATH OPEN'))
FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
WHERE f.prosecdef AND n.nspname !~ '^pg_' AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e') ORDER BY 1
"""


def lines(cursor: Any, owner: str) -> list[str]:
    """All of it, by role and object; `cursor` is a superuser's, `owner` the role whose database this is.

    Of our roles and of everybody: the server may have others, for other databases.
    """
    found: list[str] = []
    names = ", ".join(f"'{name(owner, role)}'" for role in Role)

    def part(title: str, query: str) -> None:
        cursor.execute(query.replace(":owner", owner).replace(":roles", names))
        found.extend([f"# {title}", *(f"{thing}: {what}".rstrip() for thing, what in cursor.fetchall()), ""])

    part("roles", _ATTRIBUTES)
    part("members of other roles", _MEMBERS)
    query = f"WITH {_ROLES} SELECT role, object, what FROM ({_RELATIONS}) one WHERE what <> '' ORDER BY 1, 2"
    cursor.execute(query.replace(":owner", owner).replace(":roles", names))
    role = ""
    for whose, thing, what in cursor.fetchall():
        if whose != role:
            found.append(f"# {whose}")
            role = whose
        found.append(f"{thing}: {what}")
    found.append("")
    part("row-level security", _SECURED)
    part("policies", _POLICIES)
    part("functions with the rights of another", _DEFINERS)
    return found
