"""Rights that several roles have: what belongs together, named once for `rights.py`."""

from __future__ import annotations

# The job engine's tables and functions; they come after the migrations, by `python -m sync install`.
QUEUE = {
    "public.procrastinate_jobs": "SELECT, INSERT, UPDATE, DELETE",
    "public.procrastinate_events": "SELECT, INSERT, UPDATE, DELETE",
    "public.procrastinate_periodic_defers": "SELECT, INSERT, UPDATE, DELETE",
    "public.procrastinate_workers": "SELECT, INSERT, UPDATE, DELETE",
    "sequence public.procrastinate_jobs_id_seq": "USAGE",
    "sequence public.procrastinate_events_id_seq": "USAGE",
    "sequence public.procrastinate_periodic_defers_id_seq": "USAGE",
    "sequence public.procrastinate_workers_id_seq": "USAGE",
    "public.procrastinate_*()": "EXECUTE",
}
REGISTERS = {
    "ref.unit": "SELECT",
    "ref.epoch": "SELECT",
    "ref.register": "SELECT",
    "ref.projection": "SELECT",
    "ref.division": "SELECT",
}
TERMS = "SELECT (agreement_id, client_id, state, valid_from, valid_to{})"
# How far consumers are, for the figures of operation.
LAG = {
    "share.reader": "SELECT",
    "share.change": "SELECT (change_no, agreement_id, at)",
    "share.webhook": "SELECT",
}
# How long what is in the queue, and since when; not what it is about.
JOBS = {
    "public.procrastinate_jobs": "SELECT (id, task_name, status, scheduled_at)",
    "public.procrastinate_events": "SELECT (job_id, type, at)",
}
CASES = "match.cases(uuid, integer, smallint, text[], text, text, integer, integer, timestamp with time zone, uuid, integer)"
# What an office and its second person need to be told by.
OFFICES = {
    "org.office": "SELECT",
    "org.office_unit": "SELECT",
    "org.role_grant": "SELECT (grant_id, role, office_id, approved_by, revoked_at)",
    "org.person": "SELECT (person_id, login, full_name, office_id, disabled_at)",
}
# How sources stand, and what is wrong.
SOURCES = {
    "sync.delivery_method": "SELECT",
    "sync.source_promise": "SELECT",
    "sync.source_event": "SELECT",
    "sync.alert_rule": "SELECT",
    "sync.alert": "SELECT",
    **dict.fromkeys(("sync.connection", "sync.connection_step", "sync.pull"), "SELECT"),
}
EVENT = "SELECT, INSERT (source_id, step, cause, before, after, delivery_id, due_on, person_id, reason)"
DECLARED = (
    "INSERT (office_id, client_id, idempotency_key, declaration_hash, sha256, file_name, profile, kind, communes, "
    "effective_on, backfill_grant_id, declared_epsg, simulated)"
)
