"""Who may do what in the database: one table, role by role; what is not in it nobody may but the owner.

It is brought about after every migration (`granting.py`). A name is a table, `sequence` with a sequence, or a function
with its arguments; columns stand in brackets. Rights on schemas follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from landdata.store.roles import Role

# The job engine's tables and functions; they come after the migrations, by `python -m sync install`.
_QUEUE = {
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
_REGISTERS = {
    "ref.unit": "SELECT",
    "ref.epoch": "SELECT",
    "ref.register": "SELECT",
    "ref.projection": "SELECT",
    "ref.division": "SELECT",
}
_TERMS = "SELECT (agreement_id, client_id, state, valid_from, valid_to{})"
# How far consumers are, for the figures of operation.
_LAG = {
    "share.reader": "SELECT",
    "share.change": "SELECT (change_no, agreement_id, at)",
    "share.webhook": "SELECT",
}
# How long what is in the queue, and since when; not what it is about.
_JOBS = {
    "public.procrastinate_jobs": "SELECT (id, task_name, status, scheduled_at)",
    "public.procrastinate_events": "SELECT (job_id, type, at)",
}
_CASES = "match.cases(uuid, integer, smallint, text[], text, text, integer, integer, timestamp with time zone, uuid, integer)"
# What an office and its second person need to be told by.
_OFFICES = {
    "org.office": "SELECT",
    "org.office_unit": "SELECT",
    "org.role_grant": "SELECT (grant_id, role, office_id, approved_by, revoked_at)",
    "org.person": "SELECT (person_id, login, full_name, office_id, disabled_at)",
}
# How sources stand, and what is wrong.
_SOURCES = {
    "sync.delivery_method": "SELECT",
    "sync.source_promise": "SELECT",
    "sync.source_event": "SELECT",
    "sync.alert_rule": "SELECT",
    "sync.alert": "SELECT",
}
_EVENT = "SELECT, INSERT (source_id, step, cause, before, after, delivery_id, due_on, person_id, reason)"
_DECLARED = (
    "INSERT (office_id, client_id, idempotency_key, declaration_hash, sha256, file_name, profile, kind, communes, "
    "effective_on, backfill_grant_id, declared_epsg, simulated)"
)

RIGHTS: Mapping[Role, Mapping[str, str]] = {
    # Owns the functions below, which run as it: what they read and write, and nothing more.
    Role.GATE: {
        **_REGISTERS,
        "ref.unit_succession": "SELECT",
        "land.publication": "SELECT",
        "land.record": "SELECT",
        "land.parcel": "SELECT",
        "land.purpose": "SELECT",
        "land.certificate": "SELECT",
        "land.holder": "SELECT",
        "land.land_right": "SELECT",
        "land.asset": "SELECT",
        "land.assertion": "SELECT",
        "match.claim": (
            "SELECT (identity_key, party_id, status, reasons, name, id_number_sealed, birth_date, birth_year, first_seen_at, "
            "checked_at, name_share, years_apart)"
        ),
        "match.party": "SELECT",
        "match.party_number": "SELECT",
        "match.claim_was": "SELECT (identity_key, was_no, party_id, tx)",
        "match.party_was": "SELECT",
        "match.doubt": "SELECT",
        "match.decision": "SELECT",
        "match.decision_step": "SELECT",
        "match.own_communes(integer, smallint)": "EXECUTE",
        "stats.connected": "SELECT",
        "stats.coverage_counter": "SELECT",
        "stats.coverage_event": "SELECT (publication_id, unit_id, parcels)",
        "intake.delivery": "SELECT (delivery_id, delivery_uid, office_id, kind, state, effective_on, simulated)",
        "intake.delivery_commune": "SELECT (delivery_id, unit_id, state)",
        "intake.acting_for()": "EXECUTE",
        "org.office": "SELECT (office_id, code)",
        "org.office_unit": "SELECT (office_id, unit_id)",
        "org.person": "SELECT (person_id, login)",
        "share.agreement": "SELECT",
        "share.agreement_unit": "SELECT",
        "share.request": "SELECT, INSERT, UPDATE (answered, first_at, snapshot, agreement_id)",
        "share.quota_use": "SELECT, INSERT",
        "share.quota_count": "SELECT, INSERT, UPDATE (used)",
        "share.alarm": "SELECT (kind, client_id, on_day), INSERT",
        "share.watch": "SELECT, INSERT, UPDATE (record_version), DELETE",
        "share.feed": "SELECT, UPDATE",
        "share.feed_scope": "SELECT, INSERT, UPDATE (scope), DELETE",
        "share.touched": "SELECT, DELETE",
        "share.change": "SELECT, INSERT",
        "share.reader": "SELECT, INSERT, UPDATE (confirmed_no, given_no, fetched_at)",
        "share.version_end(bytea)": "EXECUTE",
        "share.record_version(bytea)": "EXECUTE",
        "share.stood(bigint, bigint, pg_snapshot)": "EXECUTE",
        "share.known_by(bigint, pg_snapshot)": "EXECUTE",
        "share.verified_then(uuid, pg_snapshot)": "EXECUTE",
        "share.claims_then(bigint, pg_snapshot)": "EXECUTE",
        "share.party_then(bigint, bigint, pg_snapshot)": "EXECUTE",
        "share.in_scope(integer, smallint, integer, bigint)": "EXECUTE",
        "share.communes_of(smallint, integer, pg_snapshot)": "EXECUTE",
        "share.wholly_connected(smallint, integer, pg_snapshot)": "EXECUTE",
        "share.not_covered(smallint, integer, pg_snapshot)": "EXECUTE",
        "audit.access_event": "INSERT",
        "sequence audit.access_event_access_id_seq": "USAGE",
        "audit.late_line": "SELECT (line_id), INSERT",
        "audit.stopped()": "EXECUTE",
        "public.procrastinate_jobs": "SELECT (id, lock, queueing_lock, priority, status), INSERT",
        "public.procrastinate_events": "INSERT",
        "sequence public.procrastinate_jobs_id_seq": "USAGE",
        "sequence public.procrastinate_events_id_seq": "USAGE",
        "public.procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])": "EXECUTE",
    },
    # Answers consumers: a look-up, changes, and what proves the log; functions, and not one table.
    Role.API: {
        "share.read_land_records(jsonb)": "EXECUTE",
        "share.read_changes(text, bigint, integer)": "EXECUTE",
        "audit.log_state()": "EXECUTE",
        "audit.note_fetched(text, bigint)": "EXECUTE",
        "audit.statements_of(text, integer)": "EXECUTE",
    },
    # Gives tokens, believes them, and knows what a client's agreement lets it ask.
    Role.ISSUER: {
        "org.office": "SELECT (office_id, code)",
        "oauth.client": "SELECT",
        "oauth.assertion": "SELECT (client_id, jti), INSERT",
        "oauth.revoked_token": "SELECT (jti), INSERT",
        "share.agreement": _TERMS.format(", fields_mask, daily_quota, rate_per_second, burst, token_binding"),
        "share.quota_count": "SELECT (client_id, day, used)",
    },
    # Takes deliveries of offices in and shows them; of each table only the rows of the office it acts for (policies).
    Role.UPLOADER: {
        **_REGISTERS,
        **_OFFICES,
        "intake.raw_file": "INSERT",
        "intake.delivery": f"SELECT, {_DECLARED}, UPDATE (state)",
        "intake.delivery_layer": "SELECT",
        "intake.delivery_commune": "SELECT, UPDATE (state)",
        "intake.finding": "SELECT",
        "intake.decision": "SELECT, INSERT (delivery_id, verdict, unit_ids, decided_by, client_id, reason)",
        "intake.upload": (
            "SELECT, INSERT (upload_uid, office_id, client_id, idempotency_key, file_name, kind, profile, effective_on, epsg, "
            "communes, metadata, size_bytes, sealed_bytes), UPDATE (received_bytes, sealed_bytes, touched_at, delivery_id), "
            "DELETE"
        ),
        "intake.stands(bigint)": "EXECUTE",
        "intake.overtaken(bigint, integer[])": "EXECUTE",
        "intake.communes_of(bigint)": "EXECUTE",
        "intake.blocker(bigint)": "EXECUTE",
        "intake.ask_worker(text, uuid)": "EXECUTE",
        "match.decision": (
            "SELECT, INSERT (identity_key, kind, state, office_id, asked_by, found_status, found, name, id_number_sealed, "
            "birth_date, birth_year, due), UPDATE (state, approved_by, due)"
        ),
        "match.decision_step": "SELECT, INSERT (decision_id, step, person_id, reason, evidence)",
        _CASES: "EXECUTE",
        "match.case_counts(integer, smallint)": "EXECUTE",
        "match.case_records(uuid, integer)": "EXECUTE",
        "match.case_decisions(uuid)": "EXECUTE",
        "match.ask_worker()": "EXECUTE",
        "ref.unit_succession": "SELECT",
        "sync.run": "SELECT",
        "sync.step": "SELECT",
        **_SOURCES,
        "sync.source": "SELECT, UPDATE (state, state_since)",
        "sync.source_promise": (
            "SELECT, INSERT (source_id, cadence_days, first_due_on, communes, contact, person_id, reason)"
        ),
        "sync.source_event": _EVENT,
    },
    # Figures about units, never about people.
    Role.DASHBOARD: {
        **_REGISTERS,
        **_LAG,
        "ref.unit_succession": "SELECT",
        "ref.unit_boundary": "SELECT",
        "ref.zone": "SELECT",
        "ref.province_zone": "SELECT",
        "ref.code_entry": "SELECT",
        "ref.reference_load": "SELECT",
        "stats.indicator": "SELECT",
        "stats.indicator_value": "SELECT",
        "stats.coverage_counter": "SELECT",
        "stats.coverage_event": "SELECT",
        "stats.connected": "SELECT",
        "stats.matching_quality": "SELECT",
        "stats.rung": "SELECT",
        "stats.coverage_rule": "SELECT",
        "stats.delivery_event": "SELECT",
        "stats.commune_quality": "SELECT",
        "stats.commune_use": "SELECT",
        "stats.coverage_history": "SELECT",
        "intake.delivery": "SELECT (delivery_id, delivery_uid, office_id, state, effective_on, recorded_at)",
        "land.publication": "SELECT (publication_id, kind, effective_on, tx)",
        "stats.coverage_month": "SELECT",
        "stats.mend": "SELECT (mend_id, reason)",
        "intake.delivery_layer": "SELECT (delivery_id, rows_read, rows_refused)",
        "intake.delivery_commune": "SELECT (delivery_id, unit_id, state)",
        "org.office": "SELECT",
        "org.office_unit": "SELECT",
        "org.person": "SELECT (person_id, login)",
        **_SOURCES,
        "sync.source": "SELECT",
        "share.agreement": _TERMS.format(""),
        "match.platform": "SELECT",
        "match.batch": "SELECT (request_id)",
        **_JOBS,
        "sync.job": "SELECT",
        "sync.job_run": "SELECT",
        "sync.run": "SELECT (job, subject, stage, stage_done, stage_total)",
        "public.schema_version": "SELECT",
    },
    # Shows parcels, and nothing of whose they are; an office's people only those of its provinces (the views).
    Role.MAP: {
        **_REGISTERS,
        "ref.unit_boundary": "SELECT",
        "ref.zone": "SELECT",
        "land.shown_parcel": "SELECT",
        "land.shown_communes()": "EXECUTE",
        "stats.shown_commune": "SELECT",
        "stats.shown_ground": "SELECT",
        "stats.connected": "SELECT",
        "org.office": "SELECT (office_id, code, kind)",
    },
    # Signs officials in. Who may do what is granted elsewhere, by the owner's command line.
    Role.PEOPLE: {
        "org.office": "SELECT",
        "org.person": "SELECT (person_id, login, full_name, office_id, disabled_at)",
        "org.role_grant": "SELECT",
        "people.account": "SELECT, UPDATE (password_hash, invitation, invitation_ends_at, totp, totp_step)",
        "people.recovery_code": "SELECT, INSERT, UPDATE (used_at), DELETE",
        "people.linked_identity": "SELECT",
        "people.session": "SELECT, INSERT, UPDATE, DELETE",
        "people.attempt": "SELECT, INSERT, UPDATE, DELETE",
        "people.used_state": "SELECT, INSERT, DELETE",
        "people.event": "SELECT, INSERT",
        "people.gis_key": (
            "SELECT, INSERT (key_uid, person_id, digest, name, made_at, ends_at), UPDATE (used_at, ended_at)"
        ),
        "people.map_use": "SELECT, INSERT, UPDATE (tiles, pages, features)",
    },
    # Does what lasts. Records are only added and ended; of the log of who looked it only adds what was refused without a row.
    Role.WORKER: {
        **_REGISTERS,
        **_OFFICES,
        **_LAG,
        **_QUEUE,
        "ref.unit_succession": "SELECT",
        "ref.unit_boundary": "SELECT",
        "ref.zone": "SELECT",
        "ref.province_zone": "SELECT",
        "ref.code_entry": "SELECT",
        "intake.raw_file": "INSERT",
        "intake.delivery": f"SELECT, {_DECLARED}, UPDATE",
        "intake.delivery_layer": "SELECT, INSERT, DELETE",
        "intake.delivery_commune": "SELECT, INSERT, UPDATE",
        "intake.finding": "SELECT, INSERT, DELETE",
        "intake.decision": "SELECT",
        "intake.upload": "SELECT (upload_uid, touched_at, delivery_id), DELETE",
        "intake.stands(bigint)": "EXECUTE",
        "intake.communes_of(bigint)": "EXECUTE",
        "intake.blocker(bigint)": "EXECUTE",
        "intake.ask_worker(text, uuid)": "EXECUTE",
        "land.publication": "SELECT, INSERT",
        "land.record": "SELECT, INSERT, UPDATE (until_pub)",
        "land.parcel": "SELECT, INSERT, UPDATE (is_current)",
        "land.purpose": "SELECT, INSERT",
        "land.lineage": "SELECT, INSERT",
        "land.certificate": "SELECT, INSERT, UPDATE (is_current)",
        "land.holder": "SELECT, INSERT, UPDATE (is_current, id_number_sealed, id_number_bidx, bidx_version, identity_key)",
        "land.land_right": "SELECT, INSERT",
        "land.asset": "SELECT, INSERT",
        "land.assertion": "SELECT, INSERT",
        "sequence land.record_ids": "USAGE",
        "match.claim": "SELECT, INSERT, UPDATE (status, reasons, party_id, bearer_id, name_share, years_apart, attempts, "
        "checked_at, recheck_at, id_number_sealed), DELETE",
        "match.party": "SELECT, INSERT, UPDATE, DELETE",
        "match.party_number": "SELECT, INSERT, UPDATE (kind, number_sealed, bidx_version), DELETE",
        "match.claim_was": "SELECT (identity_key, at), INSERT, UPDATE (identity_key), DELETE",
        "match.party_was": "SELECT (at), INSERT, DELETE",
        "match.batch": "SELECT, INSERT, UPDATE (made_at), DELETE",
        "match.platform": "SELECT, UPDATE",
        "match.extract_person": "SELECT, INSERT, DELETE",
        "match.extract_number": "SELECT, INSERT, DELETE",
        "match.doubt": "SELECT, INSERT, UPDATE (identity_key), DELETE",
        "match.doubt_state": "SELECT, UPDATE",
        "match.decision": (
            "SELECT, UPDATE (identity_key, state, due, contradicted, person_ref, found_status, found, id_number_sealed)"
        ),
        "match.decision_step": "SELECT, INSERT (decision_id, step, reason)",
        "stats.coverage_event": (
            "SELECT (delivery_id, unit_id, parcels, certificates, holders, effective_on, recorded_at, backfilled, simulated), "
            "INSERT"
        ),
        "stats.coverage_month": "SELECT, INSERT, UPDATE",
        "stats.keep_months()": "EXECUTE",
        "stats.recount": "SELECT, INSERT",
        "stats.recount_difference": "INSERT",
        "stats.mend": "SELECT (mend_id, recount_id, person_id, reason)",
        "stats.delivery_event": "INSERT",
        "stats.commune_quality": "SELECT, INSERT",
        "stats.commune_use": "SELECT, INSERT",
        "audit.look_ups_by_commune(date)": "EXECUTE",
        "stats.coverage_counter": "SELECT, INSERT, UPDATE",
        "stats.connected": "SELECT, UPDATE (connected, sources)",
        "stats.commune_extent": "SELECT, INSERT, UPDATE",
        "stats.extent_reach": "SELECT, UPDATE",
        "stats.matching_quality": "SELECT, INSERT",
        **_SOURCES,
        "sync.source": "SELECT, UPDATE (state, state_since)",
        "sync.source_event": _EVENT,
        "sync.alert": (
            "SELECT, INSERT (rule_code, subject, office_id, value, threshold, details), "
            "UPDATE (fine_since, closed_at, closed_value)"
        ),
        "sync.alert_notice": (
            "SELECT, INSERT (alert_id, occasion, channel, target), "
            "UPDATE (attempts, next_try_at, last_status, told_at, given_up_at)"
        ),
        "sync.run": "SELECT, INSERT, UPDATE",
        "sync.step": "SELECT, INSERT",
        "sync.job": "SELECT, INSERT, UPDATE, DELETE",
        "sync.job_run": "SELECT, INSERT, UPDATE (outcome, failure, ended_at), DELETE",
        "oauth.client": "SELECT (client_id, enabled)",
        "oauth.assertion": "SELECT (expires_at), DELETE",
        "oauth.revoked_token": "SELECT (expires_at), DELETE",
        "share.agreement": _TERMS.format(""),
        "share.quota_use": "SELECT (day), DELETE",
        "share.quota_count": "SELECT (day), DELETE",
        "share.watch": "SELECT (party_id)",
        "share.touched": "INSERT (party_id)",
        "share.change": "SELECT (change_no, agreement_id, at), DELETE",
        "share.webhook": "SELECT, UPDATE",
        "share.note_changes(bigint, bigint)": "EXECUTE",
        "audit.note_refusals(jsonb)": "EXECUTE",
        "public.schema_version": "SELECT",
    },
    # Seals the log; it changes neither rows nor earlier seals.
    Role.SEALER: {
        "audit.access_event": "SELECT",
        "audit.seal": "SELECT, INSERT",
        "audit.seal_index": "SELECT, INSERT",
        "audit.anchor": "SELECT, INSERT",
        "audit.statement": "SELECT, INSERT",
        "audit.server_start": "SELECT, INSERT",
        "audit.log_state()": "EXECUTE",
        "audit.ensure_partitions(integer)": "EXECUTE",
    },
    # Reads the log, and by which names its rows are told; each look leaves a row of its own by a function.
    Role.AUDITOR: {
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
    },
    # Reads everything by PostgreSQL's own pg_read_all_data, past every policy, and writes nothing.
    Role.BACKUP: {},
}

# Functions that run with the gate's rights, whoever calls them.
OWNED_BY_GATE = (
    "share.read_land_records(jsonb)",
    "share.read_changes(text, bigint, integer)",
    "share.note_changes(bigint, bigint)",
    "share.raise_alarm()",
    "audit.note_refusals(jsonb)",
    "land.shown_communes()",
    "intake.stands(bigint)",
    "intake.overtaken(bigint, integer[])",
    "intake.communes_of(bigint)",
    "intake.blocker(bigint)",
    "intake.ask_worker(text, uuid)",
    _CASES,
    "match.case_counts(integer, smallint)",
    "match.case_records(uuid, integer)",
    "match.case_decisions(uuid)",
    "match.ask_worker()",
)
