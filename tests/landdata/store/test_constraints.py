"""Wrong states the database itself makes impossible: one violation for each rule, by the rule's own name."""

# ruff: noqa: E501  # one statement a line

from __future__ import annotations

import pytest
from landworld import COMMUNES, Desk, row
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

UNIT = "INSERT INTO ref.unit (level, code, name_vi, name_ascii, type_vi, full_name_vi, parent_level, parent_code, valid_from, valid_to) VALUES "
DELIVERY = "INSERT INTO intake.delivery (office_id, idempotency_key, declaration_hash, sha256, file_name, profile, kind, effective_on{more}) SELECT office_id, {key}, declaration_hash, sha256, file_name, {profile}, {kind}, {day}{value} FROM intake.delivery LIMIT 1"
GRANT = "INSERT INTO org.role_grant (role, person_id, office_id, reason, requested_by, approved_by, approved_at) SELECT {role}, {person}, {office}, 'x', a.person_id, {approved}, {at} FROM org.person a, org.person b WHERE a.login = 'lan' AND b.login = 'minh'"

DECISION = "INSERT INTO match.decision (identity_key, kind, state, office_id, asked_by, found_status, found, {more}) SELECT gen_random_uuid(), {kind}, {state}, 1, a.person_id, 'MISMATCH', '{{}}', {value} FROM org.person a WHERE a.login = 'lan'"
STEP = "INSERT INTO match.decision_step (decision_id, step, person_id, reason, evidence) SELECT 1, {step}, {person}, {reason}, {evidence} FROM org.person a WHERE a.login = 'lan'"
QUALITY = "INSERT INTO stats.matching_quality (unit_id, day, claims, verified, mismatch, not_found, incomplete, ambiguous, pending, reasons, signs) SELECT min(unit_id), current_date, 2, 1, 0, 0, 0, 0, 0, '{}', '{}' FROM ref.unit"

JOB_RUN = "INSERT INTO sync.job_run (job, queue_id, attempt, queued_at, worker, {more}) VALUES ('x', 1, {attempt}, now(), 'x', {value})"
RULE = "INSERT INTO stats.coverage_rule (rung, effective_from, within_days, district_communes, district_share, province_communes, person_id, reason) SELECT 'CONNECTED', {day}, {within}, {communes}, {share}, 1, person_id, {reason} FROM org.person LIMIT 1"
UPLOAD = "INSERT INTO intake.upload (office_id, client_id, idempotency_key, file_name, kind, metadata, size_bytes, received_bytes, sealed_bytes) VALUES (1, 'c', 'k', 'f', 'full', '', {size}, {received}, 0)"
REPORT = "INSERT INTO stats.report (kind, period_from, effective_on, division, before_on, before_known_at, before_division, against) VALUES ({kind}, {first}, '2023-03-28', '2023', '2023-02-28', now(), '2023', {against})"
FIGURE = "INSERT INTO stats.indicator_value (code, upload_id, row_no, subject_kind, subject, subject_key, level, on_date, exact, listed, version, {more}) SELECT code, upload_id, 1, {kind}, 'a', 'a', {level}, current_date, true, true, {version}, {value} FROM stats.indicator_upload LIMIT 1"
DIFFERENCE = "INSERT INTO stats.recount_difference (recount_id, source, epoch_id, unit_id, figure, held, counted) VALUES (1, {source}, {epoch}, 1, 'parcels', {held}, 1)"
VERIFICATION = "INSERT INTO audit.verification (ended_at, outcome, found, person_id, reason) VALUES ({})"

CONNECTION = "INSERT INTO sync.connection (office_id, way, address, collection, epsg, credential, secret_file, full_every_days, cadence_minutes, page_rows, standing, reason, registered_by, approved_by) SELECT 1, {way}, 'a', 'c', {epsg}, {credential}, {secret}, 7, {minutes}, 1, {standing}, 'x', person_id, {approved} FROM org.person WHERE login = 'lan'"


def connection(
    *, way="'WFS'", epsg="9214", credential="'NONE'", file="''", minutes="60", standing="'PROPOSED'", approved="NULL"
):
    return CONNECTION.format(
        way=way, epsg=epsg, credential=credential, secret=file, minutes=minutes, standing=standing, approved=approved
    )


def pull(values: str) -> str:
    """A pull's end, outcome, code and deliveries; checks come before the foreign key."""
    return (
        f"INSERT INTO sync.pull (connection_id, pull_no, ended_at, outcome, code, deliveries) VALUES (1, 1, {values})"
    )


def delivery(*, key="'k'", profile="'flat'", kind="'full'", day="current_date + 9", more="", value=""):
    return DELIVERY.format(key=key, profile=profile, kind=kind, day=day, more=more, value=value)


def grant(*, role="'BACKFILL'", person="NULL", office="1", approved="NULL", at="NULL"):
    return GRANT.format(role=role, person=person, office=office, approved=approved, at=at)


def decision(*, kind="'REJECT'", state="'IN_FORCE'", more="name", value="NULL"):
    return DECISION.format(kind=kind, state=state, more=more, value=value)


def step(*, step="'APPROVED'", person="a.person_id", reason="'x'", evidence="'x'"):
    return STEP.format(step=step, person=person, reason=reason, evidence=evidence)


def job_run(*, attempt="1", more="outcome, ended_at", value="'DONE', now()"):
    return JOB_RUN.format(attempt=attempt, more=more, value=value)


def rule(*, day="current_date + 9", within="NULL", communes="1", share="NULL", reason="'x'"):
    return RULE.format(day=day, within=within, communes=communes, share=share, reason=reason)


def gis_key(*, digest="sha256('a')", life="7 days"):
    return (
        "INSERT INTO people.gis_key (key_uid, person_id, digest, name, made_at, ends_at) "
        f"VALUES (gen_random_uuid(), 1, {digest}, 'a', now(), now() + interval '{life}')"
    )


def upload(*, size="2", received="0"):
    return UPLOAD.format(size=size, received=received)


def report(*, kind="'ON_DEMAND'", first="'2023-03-01'", against="NULL"):
    return REPORT.format(kind=kind, first=first, against=against)


def difference(*, source="'COUNTER'", epoch="NULL", held="2"):
    return DIFFERENCE.format(source=source, epoch=epoch, held=held)


def figure(kind: str, *, more: str, value: str, level="'all'", version="1"):
    return FIGURE.format(kind=kind, more=more, value=value, level=level, version=version)


def event(values: str) -> str:
    """One more event of the source: cause, state before and after."""
    return f"INSERT INTO sync.source_event (source_id, step, cause, before, after) SELECT source_id, 99, {values} FROM sync.source"


def notice(values: str) -> str:
    """A notice of an alert: occasion, channel, when it was told and given up."""
    alert = "INSERT INTO sync.alert (rule_code, subject, value, threshold) VALUES ('SOURCE_SILENT', 'x', 1, 1) RETURNING alert_id"
    return f"WITH a AS ({alert}) INSERT INTO sync.alert_notice (alert_id, occasion, channel, told_at, given_up_at, target) SELECT alert_id, {values}, 'x' FROM a"


# constraint -> a statement that would break it
WRONG = {
    "unit_level_check": UNIT + "('village', '77777', 'a', 'a', 'a', 'a', 'district', '001', NULL, NULL)",
    "unit_parent_check": UNIT + "('commune', '77777', 'a', 'a', 'a', 'a', NULL, NULL, NULL, NULL)",
    "unit_nfc_check": UNIT + "('commune', '77777', U&'a\\0302', 'a', 'a', 'a', 'district', '001', NULL, NULL)",
    "unit_one_version_at_a_time": UNIT + "('province', '24', 'a', 'a', 'a', 'a', NULL, NULL, '2024-01-01', '2025-01-01')",
    "unit_level_code_valid_from_key": UNIT + "('province', '24', 'a', 'a', 'a', 'a', NULL, NULL, '2025-07-01', '2025-07-01')",
    "range lower bound must be": UNIT + "('commune', '77777', 'a', 'a', 'a', 'a', 'district', '001', '2024-01-02', '2024-01-01')",
    "unit_succession_kind_check": "UPDATE ref.unit_succession SET kind = 'vanish'",
    "unit_succession_extent_check": "UPDATE ref.unit_succession SET extent = 'half'",
    "unit_succession_one_side_check": "UPDATE ref.unit_succession SET old_unit_id = NULL, new_unit_id = NULL",
    "projection_extent_check": "UPDATE ref.projection SET extent = 'unknown' WHERE epoch_id = 0",
    "office_kind_check": "UPDATE org.office SET kind = 'SHOP'",
    "office_code_key": "INSERT INTO org.office (code, kind, name_vi, name_en) VALUES ('MAE', 'MINISTRY', 'a', 'a')",
    "role_grant_role_check": grant(role="'KING'"),
    "role_grant_one_holder_check": grant(person="a.person_id"),
    "role_grant_second_person_check": grant(approved="a.person_id", at="now()"),
    "role_grant_approval_check": grant(approved="b.person_id"),
    "role_grant_not_for_oneself_check": grant(role="'ADMINISTRATOR'", office="NULL", person="b.person_id", approved="b.person_id", at="now()"),
    "role_grant_whose_check": grant(role="'INSPECTOR'"),
    "role_grant_who_asked_check": grant(role="'INSPECTOR'", office="NULL", person="a.person_id", approved="b.person_id", at="now()"),
    "role_grant_who_gave_check": "INSERT INTO org.role_grant (role, person_id, reason) SELECT 'INSPECTOR', person_id, 'x' FROM org.person LIMIT 1",
    "account_invitation_check": "INSERT INTO people.account (person_id, invitation) SELECT person_id, 'x' FROM org.person LIMIT 1",
    "anchor_kind_check": "INSERT INTO audit.anchor (seal_no, kind, place, head, complete) VALUES (1, 'FRIEND', 'x', sha256('x'), false)",
    "anchor_head_check": "INSERT INTO audit.anchor (seal_no, kind, place, head, complete) VALUES (1, 'FILE', 'x', 'x', false)",
    "anchor_receipt_check": "INSERT INTO audit.anchor (seal_no, kind, place, head, complete) VALUES (1, 'TSA', 'x', sha256('x'), false)",
    "access_event_late_check": "INSERT INTO audit.access_event (request_id, client_id, token_jti, agency_code, officer_code, service_code, case_file_no, status, fields_mask, refused_at) VALUES (gen_random_uuid(), 'c', 'j', 'a', 'o', 's', 'f', 'FOUND', 1, now())",
    "inspection_kind_check": "INSERT INTO audit.inspection (access_id, kind, person_id, reason, sought) VALUES (1, 'GLANCE', 1, 'x', '{}')",
    "inspection_reason_check": "INSERT INTO audit.inspection (access_id, kind, person_id, reason, sought) VALUES (1, 'SEARCH', 1, ' ', '{}')",
    "secrecy_one_limit_check": "INSERT INTO audit.secrecy (client_id, days, until, legal_ground) VALUES ('c', 3, current_date, 'x')",
    "secrecy_legal_ground_check": "INSERT INTO audit.secrecy (client_id, days, legal_ground) VALUES ('c', 3, ' ')",
    "verification_outcome_check": VERIFICATION.format("now(), 'FINE', '{}', NULL, NULL"),
    "verification_ended_check": VERIFICATION.format("now(), 'INTACT', NULL, NULL, NULL"),
    "verification_reason_check": VERIFICATION.format("NULL, NULL, NULL, NULL, 'x'"),
    "secrecy_step_step_check": "INSERT INTO audit.secrecy_step (secrecy_id, step, person_id, reason) VALUES (1, 'HOPED', 1, 'x')",
    "secrecy_step_reason_check": "INSERT INTO audit.secrecy_step (secrecy_id, step, person_id, reason) VALUES (1, 'ASKED', 1, ' ')",
    "session_stage_check": "INSERT INTO people.session VALUES (gen_random_uuid(), 'x', 1, 'GONE', false, now(), now(), now(), now(), '::1', '')",
    "client_plain_id_check": "UPDATE oauth.client SET client_id = 'a b' WHERE client_id = 'spare'",
    "client_proof_check": "UPDATE oauth.client SET jwks = '{\"keys\": 1}'",
    "client_secrets_for_statistics_only_check": "UPDATE oauth.client SET auth_method = 'client_secret_basic', jwks = NULL, secret_digests = ARRAY[sha256('x')], scopes = '{land.statistics.read,land.residency.read}'",
    "client_no_private_key_check": "UPDATE oauth.client SET jwks = '{\"keys\": [{\"d\": \"x\"}]}'",
    "raw_file_sha256_check": "INSERT INTO intake.raw_file (sha256, size_bytes) VALUES ('\\x00', 1)",
    "raw_file_size_check": "UPDATE intake.raw_file SET size_bytes = 0",
    "delivery_profile_check": delivery(profile="'guess'"),
    "delivery_kind_check": delivery(kind="'some'"),
    "delivery_state_check": "UPDATE intake.delivery SET state = 'LOST'",
    "delivery_refusal_check": "UPDATE intake.delivery SET state = 'REFUSED'",
    "delivery_backfill_check": delivery(day="current_date - 9"),
    "delivery_office_id_idempotency_key_key": delivery(key="idempotency_key"),
    "delivery_layer_balance_check": "UPDATE intake.delivery_layer SET rows_new = rows_new + 1",
    "delivery_layer_records_check": "UPDATE intake.delivery_layer SET records_refused = 1",
    "delivery_layer_not_negative_check": "UPDATE intake.delivery_layer SET rows_new = -1, rows_changed = rows_changed + rows_new + 1",
    "delivery_commune_balance_check": "UPDATE intake.delivery_commune SET parcels_after = 9",
    "delivery_commune_not_negative_check": "UPDATE intake.delivery_commune SET parcels_retired = -1, parcels_after = parcels_after + 1",
    "delivery_commune_rows_not_negative_check": "UPDATE intake.delivery_commune SET unclaimed = -1",
    "delivery_commune_state_check": "UPDATE intake.delivery_commune SET state = 'LOST', publication_id = NULL",
    "delivery_commune_published_check": "UPDATE intake.delivery_commune SET publication_id = NULL",
    "delivery_commune_waiting_check": "UPDATE intake.delivery_commune SET rows_waiting = 1",
    "decision_verdict_check": "INSERT INTO intake.decision (delivery_id, verdict, unit_ids, decided_by, reason) SELECT delivery_id, 'SHRUG', '{}', (SELECT min(person_id) FROM org.person), 'a' FROM intake.delivery",
    "lineage_numbers_check": "INSERT INTO land.lineage (commune_id, record_id, parcel_no, parent_no, parent_commune, parent_sheet, parent_parcel) SELECT commune_id, record_id, parcel_no, 1, 'a', 0, 1 FROM land.parcel",
    "the ledger and its communes differ": "UPDATE intake.delivery_commune SET rows_new = rows_new + 1; UPDATE intake.delivery SET state = 'CHECKED'; UPDATE intake.delivery SET state = 'PUBLISHED'; SET CONSTRAINTS ALL IMMEDIATE",
    "rows refused,": "INSERT INTO intake.finding (delivery_id, layer, row_no, code, severity) SELECT delivery_id, 'a', 1, 'a', 'REFUSES_RECORD' FROM intake.delivery; UPDATE intake.delivery SET state = 'CHECKED'; UPDATE intake.delivery SET state = 'PUBLISHED'; SET CONSTRAINTS ALL IMMEDIATE",
    "finding_severity_check": "INSERT INTO intake.finding (delivery_id, layer, code, severity) SELECT delivery_id, 'a', 'a', 'SHRUG' FROM intake.delivery",
    "publication_kind_check": "UPDATE land.publication SET kind = 'GUESS'",
    "record_life_check": "UPDATE land.record SET until_pub = since_pub",
    "record_content_hash_check": "UPDATE land.record SET content_hash = '\\x00'",
    "record_current_hash_idx": "INSERT INTO land.record (commune_id, record_id, content_hash, zone_epsg, row_count, since_pub) SELECT commune_id, 999, content_hash, zone_epsg, 1, since_pub FROM land.record LIMIT 1",
    "parcel_numbers_check": "UPDATE land.parcel SET map_sheet_number = 0",
    "parcel_parcel_uid_check": "UPDATE land.parcel SET parcel_uid = 'short'",
    "parcel_areas_check": "UPDATE land.parcel SET map_area_m2 = 0",
    "parcel_current_key": "UPDATE land.parcel SET parcel_number = 1",
    "holder_sealed_number_check": "UPDATE land.holder SET id_number_bidx = NULL",
    "holder_nfc_check": "UPDATE land.holder SET name = U&'a\\0302'",
    "purpose_commune_id_record_id_parcel_no_fk": "UPDATE land.purpose SET parcel_no = 9",
    "party_life_status_check": "INSERT INTO match.party (person_ref, name_hash, name_folded_hash, birth_year_hash, life_status) VALUES ('x', '\\x00', '\\x00', '\\x00', 'UNSURE')",
    "claim_status_check": "UPDATE match.claim SET status = 'MAYBE'",
    "claim_verified_check": "UPDATE match.claim SET status = 'VERIFIED'",
    "doubt_counts_check": "INSERT INTO match.doubt (commune_id, identity_key, status, reasons, certificates, parcels, first_seen_at) VALUES (1, gen_random_uuid(), 'MISMATCH', '{}', -1, 0, now())",
    "doubt_state_only_one_check": "INSERT INTO match.doubt_state (only_one) VALUES (false)",
    "decision_kind_check": decision(kind="'SHRUG'"),
    "decision_state_check": decision(state="'LOST'"),
    "decision_second_person_check": decision(kind="'CONFIRM'", more="approved_by", value="a.person_id"),
    "decision_approved_check": decision(kind="'CONFIRM'"),
    "decision_waiting_check": decision(state="'WAITING'"),
    "decision_corrected_check": decision(kind="'CORRECT'"),
    "decision_nfc_check": decision(kind="'CORRECT'", value="U&'a\\0302'"),
    "decision_step_step_check": step(step="'HOPED'"),
    "decision_step_who_check": step(person="NULL"),
    "decision_step_evidence_check": step(step="'ASKED'", evidence="NULL"),
    "decision_step_reason_check": step(reason="' '"),
    "matching_quality_sums_check": QUALITY,
    "job_promise_seconds_check": "INSERT INTO sync.job (name, promise_seconds, promise_vi, promise_en) VALUES ('x', 0, 'x', 'x')",
    "connection_way_check": connection(way="'FTP'"),
    "connection_credential_check": connection(credential="'LUCK'", file="'x'"),
    "connection_sftp_check": connection(credential="'SSH_KEY'", file="'x'"),
    "connection_zone_check": connection(epsg="NULL"),
    "connection_secret_check": connection(credential="'BASIC'"),
    "connection_standing_check": connection(standing="'HOPED'", approved="(SELECT person_id FROM org.person WHERE login = 'minh')"),
    "connection_two_persons_check": connection(standing="'ACTIVE'", approved="person_id"),
    "connection_approved_check": connection(standing="'ACTIVE'"),
    "connection_numbers_check": connection(minutes="1"),
    "connection_step_standing_check": "INSERT INTO sync.connection_step (connection_id, step, standing, person_id, reason) SELECT 1, 1, 'HOPED', min(person_id), 'x' FROM org.person",
    "pull_outcome_check": pull("now(), 'SHRUG', NULL, '{}'"),
    "pull_ended_check": pull("now(), NULL, NULL, '{}'"),
    "pull_code_check": pull("now(), 'FAILED', NULL, '{}'"),
    "pull_deliveries_check": pull("now(), 'DELIVERED', NULL, '{}'"),
    "commune_extent_place_check": "INSERT INTO stats.commune_extent (unit_id, place, last_pub, is_stale) VALUES (1, 'SRID=4326;POINT(1 1)', 1, true)",
    "extent_reach_one_row_check": "INSERT INTO stats.extent_reach VALUES (false, 0)",
    "gis_key_digest_check": gis_key(digest="'\\x00'"),
    "gis_key_life_check": gis_key(life="92 days"),
    "map_use_counts_check": "INSERT INTO people.map_use (on_day, subject, tiles) VALUES ('2026-01-01', 'a', -1)",
    "upload_bytes_check": upload(received="3"),
    "report_kind_check": report(kind="'WEEKLY'"),
    "report_days_check": report(first="'2023-03-29'"),
    "report_against_check": report(against="999"),
    "report_made_hash_check": "INSERT INTO stats.report_made (report_no, rule_id, content_sha256) VALUES (1, 1, 'short')",
    "report_file_bytes_check": "INSERT INTO stats.report_file (report_no, name, sha256, size_bytes) VALUES (1, 'vi.pdf', sha256(''), 0)",
    "upload_whole_check": upload(received="2"),
    "job_run_outcome_check": job_run(value="'SHRUG', now()"),
    "job_run_ended_check": job_run(value="'DONE', NULL"),
    "job_run_attempt_check": job_run(attempt="0"),
    "coverage_rule_days_check": rule(within="0"),
    "coverage_rule_communes_check": rule(communes="0"),
    "coverage_rule_shares_check": rule(share="1.1"),
    "coverage_rule_never_back_check": rule(day="'2023-03-28'"),
    "coverage_rule_reason_check": rule(reason="''"),
    "delivery_event_state_check": "INSERT INTO stats.delivery_event (delivery_id, unit_id, state, effective_on, changed) SELECT delivery_id, 1, 'LOST', current_date, true FROM intake.delivery LIMIT 1",
    "commune_quality_counts_check": "INSERT INTO stats.commune_quality (unit_id, day, parcels, complete) SELECT min(unit_id), current_date, 1, 2 FROM ref.unit",
    "commune_use_counts_check": "INSERT INTO stats.commune_use (unit_id, day, look_ups) SELECT min(unit_id), current_date, 0 FROM ref.unit",
    "recount_difference_source_check": difference(source="'GUESS'"),
    "recount_difference_differs_check": difference(held="1"),
    "recount_difference_epoch_check": difference(epoch="1"),
    "mend_reason_check": "INSERT INTO stats.mend (recount_id, person_id, reason) SELECT 1, min(person_id), '' FROM org.person",
    "party_number_party_id_fk": "INSERT INTO match.party_number VALUES (gen_random_uuid(), 999999, 'OLD')",
    "agreement_state_check": "UPDATE share.agreement SET state = 'PERHAPS'",
    "agreement_only_eighteen_check": "UPDATE share.agreement SET fields_mask = 524288",
    "agreement_second_person_check": "UPDATE share.agreement SET approved_by = drafted_by",
    "agreement_approved_check": "UPDATE share.agreement SET approved_by = NULL",
    "agreement_bound_to_procedures_check": "UPDATE share.agreement SET service_codes = '{}'",
    "agreement_token_binding_check": "UPDATE share.agreement SET unbound_reason = NULL",
    "agreement_unedited_check": "UPDATE share.agreement SET edited_by = approved_by",
    "agreement_dates_check": "UPDATE share.agreement SET valid_to = valid_from",
    "agreement_quota_check": "UPDATE share.agreement SET daily_quota = 0",
    "agreement_rate_check": "UPDATE share.agreement SET burst = 5",
    "agreement_grounds_check": "UPDATE share.agreement SET legal_ground = ' '",
    "agreement_event_step_check": "INSERT INTO share.agreement_event (agreement_id, step, state, person_id, reason) SELECT agreement_id, 'SHRUG', state, drafted_by, 'x' FROM share.agreement",
    "agreement_event_reason_check": "INSERT INTO share.agreement_event (agreement_id, step, state, person_id, reason) SELECT agreement_id, 'RESUMED', state, drafted_by, ' ' FROM share.agreement",
    "alarm_kind_check": "INSERT INTO share.alarm (kind, client_id, on_day, access_id) VALUES ('SHRUG', 'x', current_date, 1)",
    "feed_only_check": "UPDATE share.feed SET feed_no = 2",
    "platform_only_check": "UPDATE match.platform SET platform_no = 2",
    "webhook_url_check": "INSERT INTO share.webhook (client_id, url) SELECT client_id, 'ftp://x' FROM oauth.client LIMIT 1",
    "webhook_pending_check": "INSERT INTO share.webhook (client_id, url, pending_no) SELECT client_id, 'https://x', 1 FROM oauth.client LIMIT 1",
    "quota_count_used_check": "INSERT INTO share.quota_count (client_id, day, lane, used) VALUES ('x', current_date, 0, -1)",
    "connected_counts_check": "INSERT INTO stats.connected (epoch_id, unit_id, level, communes, connected, sources) VALUES (-1, -1, 'commune', 1, 2, 0)",
    "seal_range_check": "INSERT INTO audit.seal (seal_no, tx_from, tx_to, entries, total, root, previous_head, head, key_id, signature) VALUES (9, 5, 5, 0, 0, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), 'k', '\\x00')",
    "coverage_counter_not_negative_check": "UPDATE stats.coverage_counter SET parcels = -1",
    "indicator_target_share_check": "UPDATE stats.indicator SET target_share = 2",
    "indicator_kind_check": "UPDATE stats.indicator SET kind = 'MOOD'",
    "indicator_value_count_or_state_check": figure("'AGENCY'", more="state, done", value="'x', 1"),
    "indicator_value_says_check": figure("'AGENCY'", more="note", value="'x'"),
    "indicator_value_not_negative_check": figure("'AGENCY'", more="done", value="-1"),
    "indicator_value_unit_check": figure("'UNIT'", more="done", value="1"),
    "indicator_value_subject_kind_check": figure("'PERSON'", more="done", value="1"),
    "indicator_value_level_check": figure("'AGENCY'", more="done", value="1", level="'planet'"),
    "indicator_value_due_check": figure("'AGENCY'", more="due_from, due_on", value="current_date + 1, current_date"),
    "indicator_value_version_check": figure("'AGENCY'", more="done", value="1", version="2"),
    "run_outcome_check": "UPDATE sync.run SET outcome = 'SHRUG'",
    "run_stage_check": "UPDATE sync.run SET stage = 'RESTING'",
    "source_promise_positive_check": "INSERT INTO sync.source_promise (source_id, cadence_days, person_id, reason) SELECT source_id, 0, (SELECT min(person_id) FROM org.person), 'x' FROM sync.source",
    "source_event_states_check": event("'RECEIVED', 'CONNECTED', 'ASLEEP'"),
    "source_event_first_check": event("'RECEIVED', NULL, 'CONNECTING'"),
    "source_event_cause_check": event("'WEATHER', 'NEVER_CONNECTED', 'CONNECTING'"),
    "source_event_who_check": event("'PAUSED', 'CONNECTED', 'PAUSED'"),
    "source_event_missed_check": event("'MISSED', 'CONNECTED', 'LATE'"),
    "source_event_changes_check": event("'RECEIVED', 'CONNECTED', 'CONNECTED'"),
    "alert_rule_unit_check": "UPDATE sync.alert_rule SET unit = 'MILES'",
    "alert_rule_positive_check": "UPDATE sync.alert_rule SET threshold = 0",
    "alert_rule_audience_check": "UPDATE sync.alert_rule SET audience = 'EVERYBODY'",
    "alert_open_key": "INSERT INTO sync.alert (rule_code, subject, value, threshold) SELECT 'SOURCE_SILENT', 'x', 1, 1 FROM generate_series(1, 2)",
    "alert_notice_occasion_check": notice("'LATER', 'MAIL', NULL, NULL"),
    "alert_notice_channel_check": notice("'OPENED', 'PIGEON', NULL, NULL"),
    "alert_notice_one_end_check": notice("'OPENED', 'MAIL', now(), now()"),
    "run_job_subject_key": "INSERT INTO sync.run (job, subject) SELECT job, subject FROM sync.run LIMIT 1",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(shared_country, tmp_path_factory):
    """A little of everything, so that each statement has a row to spoil."""
    patch = pytest.MonkeyPatch()
    patch.setattr("landdata.flows.check.open_layer", Desk.open_layer)
    made = Desk(shared_country, tmp_path_factory.mktemp("data"))
    made.deliver([row(COMMUNES[0], 1), row(COMMUNES[0], 2)])
    made.agree()
    made.consumer("spare")
    yield made
    patch.undo()


def named(error: DBAPIError) -> str:
    return getattr(error.orig.diag, "constraint_name", None) or str(error.orig)


@pytest.mark.parametrize("name", WRONG)
def test_the_database_refuses(desk, name):
    with pytest.raises(DBAPIError) as caught, desk.db.write() as tx:
        tx.connection.execute(text(WRONG[name].replace(":", "\\:")))
    assert name in named(caught.value)


def test_every_rule_of_the_tables_is_tried(desk):
    """A CHECK or EXCLUDE without a line above is a rule nobody has seen hold."""
    sql = """SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
             WHERE n.nspname IN ('ref','org','oauth','intake','land','match','share','audit','stats','sync','people') AND c.contype IN ('c','x')"""
    untried = {one[0] for one in desk.rows(sql)} - set(WRONG)
    assert untried <= {
        "seal_hashes_check",
        "party_number_kind_check",
        "source_state_check",
    }


def test_the_time_of_recording_is_the_databases_own(desk):
    values = ", recorded_at"
    desk.execute(delivery(key="'clock'", more=values, value=", timestamp '2001-01-01'"))
    assert desk.scalar(
        "SELECT recorded_at > now() - interval '1 hour' FROM intake.delivery WHERE idempotency_key = 'clock'"
    )
    desk.execute("UPDATE intake.delivery SET recorded_at = '2001-01-01'")
    assert desk.scalar("SELECT min(recorded_at) > now() - interval '1 hour' FROM intake.delivery")
