"""Rights of the roles that act for signed-in inspectors and administrators; `rights.py` puts them with the others."""

from __future__ import annotations

from collections.abc import Mapping

# Reads the log, and by which names its rows are told; each look leaves a row of its own by a function.
AUDITOR: Mapping[str, str] = {
    "audit.access_event": "SELECT",
    "audit.access_event_default": "SELECT",
    "sequence audit.access_event_access_id_seq": "SELECT",
    "audit.seal": "SELECT",
    "audit.seal_index": "SELECT",
    "audit.anchor": "SELECT",
    "audit.statement": "SELECT",
    "audit.server_start": "SELECT",
    "audit.inspection": "SELECT",
    "audit.secrecy": "SELECT",
    "audit.secrecy_step": "SELECT",
    "audit.verification": "SELECT",
    "audit.ask_verification(bigint, text)": "EXECUTE",
    "audit.log_state()": "EXECUTE",
    "audit.note_inspection(text, bigint, text, text, text, text, text, uuid, text)": "EXECUTE",
    "match.party_number": "SELECT (bidx, party_id)",
    "share.agreement": "SELECT",
    "share.agreement_event": "SELECT",
    "share.agreement_unit": "SELECT",
    "share.alarm": "SELECT",
    "org.office": "SELECT",
    "org.person": "SELECT (person_id, login, full_name, office_id, disabled_at)",
    "oauth.client": "SELECT (client_id, office_id, enabled)",
    "ref.unit": "SELECT",
}

# Looks after agreements, delays, clients, offices, people and rules; reads no data of citizens and no access log.
ADMIN: Mapping[str, str] = {
    "org.office": "SELECT, INSERT, UPDATE (name_vi, name_en)",
    "org.office_unit": "SELECT, INSERT",
    "org.person": "SELECT, INSERT (login, full_name, office_id), UPDATE (full_name, disabled_at)",
    "org.role_grant": (
        "SELECT, INSERT (role, person_id, office_id, reason, requested_by, approved_by, approved_at), "
        "UPDATE (approved_by, approved_at, revoked_at, revoked_by)"
    ),
    "people.account": (
        "SELECT, INSERT (person_id), UPDATE (password_hash, invitation, invitation_ends_at, totp, totp_step)"
    ),
    "people.recovery_code": "SELECT (person_id), DELETE",
    "people.linked_identity": "SELECT, INSERT",
    "people.session": "SELECT, DELETE",
    "people.event": "SELECT, INSERT",
    "oauth.client": "SELECT, INSERT, UPDATE (jwks, secret_digests, scopes, enabled)",
    "share.agreement": "SELECT, INSERT, UPDATE (state, approved_by)",
    "share.agreement_unit": "SELECT, INSERT",
    "share.agreement_event": "SELECT, INSERT",
    "audit.secrecy": "SELECT, INSERT",
    "audit.secrecy_step": "SELECT, INSERT",
    "share.alarm": "SELECT",
    # Where a consumer is told, never what: numbers of changes are the worker's, and may only be forgotten.
    "share.webhook": (
        "SELECT (client_id, url, key_no, attempts, failing_since, next_try_at, last_try_at, last_status, disabled_at), "
        "INSERT (client_id, url), UPDATE (url, key_no, key_since, pending_no, pending_at, attempts, failing_since, "
        "next_try_at, last_try_at, last_status, disabled_at), DELETE"
    ),
    "share.quota_count": "SELECT (client_id, day, used)",
    "share.feed_scope": "SELECT (agreement_id), UPDATE (agreement_id)",
    "share.watch": "SELECT (agreement_id), UPDATE (agreement_id)",
    "share.change": "SELECT (agreement_id), UPDATE (agreement_id)",
    "sync.source": "SELECT, INSERT",
    "sync.delivery_method": "SELECT",
    "sync.alert_rule": "SELECT, UPDATE (threshold, calm_minutes, enabled)",
    "sync.alert_rule_change": "SELECT, INSERT",
    "stats.coverage_rule": "SELECT, INSERT",
    "sync.job": "SELECT",
    "sync.job_run": "SELECT",
    "sync.run": "SELECT (job, subject, stage, stage_done, stage_total, expected_at)",
    "public.procrastinate_jobs": (
        "SELECT (id, task_name, args, status, priority, lock, queueing_lock, scheduled_at), INSERT, "
        "UPDATE (status, attempts, scheduled_at)"
    ),
    "public.procrastinate_events": "SELECT (job_id, type, at), INSERT",
    "sequence public.procrastinate_jobs_id_seq": "USAGE",
    "sequence public.procrastinate_events_id_seq": "USAGE",
    "public.procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])": "EXECUTE",
}
