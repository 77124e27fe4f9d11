"""The guards of this service, one by one: how each is taken away, and the test that must notice (security.md 4.3, A16)."""

# ruff: noqa: E501 - a guard is one line, as long as what it takes away
from __future__ import annotations

from dataclasses import dataclass

PROVING, TOKENS, DPOP = "api/oauth/proving.py", "api/oauth/tokens.py", "api/oauth/dpop.py"
SERVER, PRESENTING, EXTERNAL = "api/oauth/server.py", "api/oauth/presenting.py", "api/oauth/external.py"
REQUESTS, GATE, SEAL = "api/requests.py", "landdata/store/sql/function_gate.sql", "landdata/flows/seal.py"
PULLS = "tests/landdata/flows/test_pull_hostile.py"
OAUTH_TOKEN, ACCESS, STATUSES = (
    "tests/api/test_oauth_token.py",
    "tests/api/test_access_tokens.py",
    "tests/contract/test_statuses.py",
)


@dataclass(frozen=True, slots=True)
class Guard:
    """`old` stands once in `file` and becomes `new`; then `tests` (pytest's own words, with -k after a space) must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: str


# fmt: off
GUARDS = (
    # A client proves itself.
    Guard("assertion-audience", PROVING, '_demand(claims.get("aud") == self._issuer, "audience")', "pass", f"{OAUTH_TOKEN} -k forged_assertion_is"),
    Guard("assertion-issuer", PROVING, '_demand(claims.get("iss") == claims["sub"] == subject, "issuer")', "pass", f"{OAUTH_TOKEN} -k forged_assertion_is"),
    Guard("assertion-header", PROVING, '_demand(set(token.header) <= _ASSERTION_HEADER, "header")', "pass", f"{OAUTH_TOKEN} -k forged_assertion_is"),
    Guard("assertion-expired", PROVING, '_demand(_number(ends) and now < ends + self.leeway, "expired")', "pass", f"{OAUTH_TOKEN} -k forged_assertion_is"),
    Guard("assertion-far-end", PROVING, '_demand(ends <= now + LONGEST_ASSERTION_SECONDS + self.leeway, "lives too long")', "pass", f"{OAUTH_TOKEN} -k forged_assertion_is"),
    Guard("assertion-once", PROVING, "self._clients.use_assertion(subject, jti, datetime.fromtimestamp(ends + self.leeway, UTC)),", "True,", f"{OAUTH_TOKEN} -k replay"),
    Guard("one-text-for-every-cause", SERVER, "except (InvalidClientError, *UNREADABLE) as error:", "except UnprovenError as error:", f"{OAUTH_TOKEN} -k 'forged_assertion_is or without_proof'"),
    Guard("secret-compared", PROVING, '    if not any(matches):\n        raise UnprovenError("secret")\n', "", "tests/api/test_secrets.py -k wrong_secret"),
    Guard("scopes-of-the-office", "landdata/flows/clients.py", "frozenset({DELIVER_SCOPE, DECIDE_SCOPE, MATCHING_SCOPE, STATISTICS_SCOPE, PARCELS_SCOPE})", "frozenset({DELIVER_SCOPE, DECIDE_SCOPE, MATCHING_SCOPE, STATISTICS_SCOPE, PARCELS_SCOPE}) | RESIDENCY_SCOPES", "tests/api/test_clients.py -k scopes_of_its_kind"),
    Guard("scope-escalation", PROVING, "if granted and asked <= self.client.scopes | self.client.withheld else None", "", f"{OAUTH_TOKEN} -k scopes_are_never"),
    Guard("resource", SERVER, 'if request.params.get("resource", issuer).rstrip("/") != issuer:', "if False:", f"{OAUTH_TOKEN} -k only_resource"),
    Guard("bound-or-nothing", SERVER, "if not binding and not client.unbound and not BOUND_SCOPES.isdisjoint(scope.split()):", "if False:", "tests/api/test_binding.py -k no_unbound"),
    # A province's own service is pulled.
    Guard("pull-count", "landdata/flows/harvest.py", "if self._matched and self._matched != {rows}:", "if False:", f"{PULLS} -k '[liar or [part'"),
    Guard("pull-rows-once", "landdata/flows/harvest.py", "            if twice:\n", "            if False:\n", f"{PULLS} -k '[twice'"),
    Guard("pull-one-origin", "landdata/connectors/wire.py", "if origin(url) != self._origin:", "if False:", f"{PULLS} -k '[away'"),
    Guard("pull-no-private-network", "landdata/connectors/wire.py", "        addresses.require(where, found, networks)\n", "", f"{PULLS} -k private_network"),
    Guard("pull-in-the-zone", "landdata/connectors/oapif.py", "elif _code(said) != self._terms.epsg:", "elif False:", f"{PULLS} -k '[other'"),
    Guard("pull-page-bounded", "landdata/connectors/wire.py", "if size > most:", "if False:", f"{PULLS} -k '[bomb'"),
    # The map.
    Guard("map-role", "api/parcel_readers.py", "if Act.SEE_PARCELS not in who.acts:", "if False:", "tests/api/gis/test_gis.py -k must_not_see"),
    Guard("map-fence", "landdata/store/mapping.py", "CASE WHEN o.kind = 'MINISTRY' THEN 'country' ELSE '' END", "'country'", "tests/landdata/flows/test_tiles.py -k 'own_provinces or left_for_the_next'"),
    Guard("gis-key-of-its-name", "api/gis_keys.py", "(login is not None and login.strip().casefold() != found.login)", "False", "tests/api/gis/test_gis.py -k keys_end"),
    Guard("gis-key-by-role", "landdata/store/gis_keys.py", "if row is None or Act.USE_GIS not in acts_of(map(Role, row.roles), row.kind):", "if row is None:", "tests/api/gis/test_gis.py -k keys_end"),
    Guard("gis-key-ends", "landdata/store/gis_keys.py", " AND k.ends_at > :now", "", "tests/api/gis/test_gis.py -k keys_end"),
    Guard("filter-brackets", "landdata/model/conditions.py", '            if depth > _DEEPEST:\n                raise _wrong("lồng quá sâu", "it is nested too deeply")\n', "", "tests/api/gis/test_features.py -k cannot_be"),
    Guard("filter-properties", "landdata/model/features.py", "if one.name == name and one.asked", "if one.name == name", "tests/api/gis/test_features.py -k cannot_be"),
    # A token is believed.
    Guard("token-type", TOKENS, 'or token.header["typ"] != "at+jwt"', "", f"{ACCESS} -k altered_or_foreign"),
    Guard("token-issuer-audience", TOKENS, 'if claims.get("iss") != self._issuer or claims.get("aud") != self._issuer or claims.get("sub") != client_id:', "if False:", f"{ACCESS} -k altered_or_foreign"),
    Guard("token-in-time", TOKENS, "if binding is None or not (issued <= now + LEEWAY_SECONDS and now < ends + LEEWAY_SECONDS):", "if binding is None:", f"{ACCESS} -k altered_or_foreign"),
    Guard("token-revoked", TOKENS, "and verified.token_id not in self._revoked", "", f"{ACCESS} -k revoked"),
    Guard("token-asked-again", TOKENS, "self._book[key] = (asked + self._believe_seconds, verified)", "self._book[key] = (asked + 10**9, verified)", f"{ACCESS} -k promised_seconds"),
    Guard("unbound-refused", PRESENTING, "if token.stands_alone:", "if False:", "tests/api/test_binding.py"),
    Guard("no-other-scheme", PRESENTING, "or (token.binding.jkt is not None) != by_proof", "", "tests/api/test_dpop.py -k stolen"),
    Guard("certificate-held", PRESENTING, "if not token.binding.held_by_certificate(certificate):", "if False:", "tests/api/test_certificates.py -k useless_without"),
    Guard("certificate-header-trusted-by-setting-only", PRESENTING, "trusted=bool(services.settings.mtls_url)", "trusted=True", "tests/api/test_certificates.py -k without_the_setting"),
    Guard("external-clients-apart", TOKENS, "if client is None or (client.auth_method is AuthMethod.EXTERNAL) != claims.external:", "if client is None:", "tests/api/test_external_issuer.py"),
    # A proof of possession.
    Guard("proof-method", DPOP, '_demand(claims.get("htm") == asked.method, "method")', "pass", "tests/api/test_dpop.py -k stolen"),
    Guard("proof-address", DPOP, '_demand(self._is_for(claims.get("htu"), asked.path), "address")', "pass", "tests/api/test_dpop.py -k stolen"),
    Guard("proof-of-the-token", DPOP, '_demand(claims.get("ath") == _hash_of(token), "token")', "pass", "tests/api/test_dpop.py -k stolen"),
    Guard("proof-key", DPOP, '_demand(jkt is None or hmac.compare_digest(jkt, used), "key")', "pass", "tests/api/test_dpop.py -k stolen"),
    Guard("proof-once", DPOP, '_demand(self._book.use(f"{used}.{jti}", int(at), now), "used before")', "pass", "tests/api/test_dpop.py -k 'taken_once or stolen'"),
    Guard("proof-time", DPOP, "or not now - GOOD_SECONDS <= at <= now + AHEAD_SECONDS", "", "tests/api/test_dpop.py -k little_wrong"),
    # A method by another name.
    Guard("method-override-of-post-alone", REQUESTS, 'scope["method"] != "POST" or ', "", "tests/api/test_uploads.py -k lets_only_post"),
    Guard("method-override-of-uploads-alone", REQUESTS, ' or not scope["path"].startswith(f"{UPLOADS_PATH}/")', "", "tests/api/test_uploads.py -k lets_only_post"),
    # The gate.
    Guard("agreement-in-force", GATE, "t.state = 'ACTIVE' AND ", "", f"{STATUSES} -k only_in_force"),
    Guard("agreement-dates", GATE, "AND t.valid_from <= today ", "", f"{STATUSES} -k only_in_force"),
    Guard("procedure", GATE, "WHEN NOT q.service_code = ANY (t.service_codes) THEN 'PROCEDURE_NOT_AGREED'", "", f"{STATUSES} -k refusals_name"),
    Guard("agency", GATE, "WHEN NOT q.agency_code = ANY (t.agency_codes) THEN 'AGENCY_NOT_AGREED'", "", f"{STATUSES} -k refusals_name"),
    Guard("binding-agreed", GATE, "WHEN t.token_binding = 'REQUIRED' AND q.bound IS NOT TRUE THEN 'BINDING_NOT_AGREED'", "", f"{STATUSES} -k judges_for_itself"),
    Guard("units-agreed", GATE, "AND (NOT q.narrowed OR share.in_scope(h.commune_id, q.epoch_id, q.unit_id, q.agreement_id))\n          GROUP BY", "GROUP BY", "tests/contract/test_limited_agreements.py"),
    Guard("quota", GATE, "WHEN n.number > t.daily_quota THEN 'QUOTA_USED_UP'", "", f"{STATUSES} -k quota"),
    Guard("quota-at-once", GATE, "t.daily_quota <= c.used + 10000 AND", "false AND", "tests/contract/test_quota_at_once.py"),
    Guard("units-withheld-said", GATE, "u.unit_id IS NULL AND coalesce(g.limited, false) AS partial", "false AS partial", "tests/contract/test_limited_agreements.py -k never_said"),
    Guard("matching-as-it-was", "landdata/store/sql/function_history.sql", "w.identity_key = claim AND NOT share.known_by(w.tx, as_of)", "false", "tests/contract/test_repetitions.py -k changes_no_repetition"),
    Guard("request-id-of-one-request", GATE, "WHEN t.body_hash <> t.first_body THEN 'REQUEST_ID_REUSED'", "", "tests/landdata/flows/test_gather.py -k two_bodies"),
    Guard("request-id-for-a-day", GATE, "AND (r.answered = 0 OR r.first_at >= clock_timestamp() - interval '24 hours')", "", f"{STATUSES} -k request_id"),
    Guard("name-and-birth-agree", GATE, "SELECT (p.name_hash = ANY (q.name_hash) OR p.name_folded_hash = ANY (q.name_folded_hash))\n", "SELECT true\n", f"{STATUSES} -k must_agree"),
    Guard("only-verified", "landdata/store/migrations/versions/0007_identities.py", "(status = 'VERIFIED') = (party_id IS NOT NULL)", "true", "tests/landdata/store/test_constraints.py -k claim_verified_check"),
    Guard("co-holders-masked", GATE, "CASE WHEN h.id_number_sealed IS NOT NULL THEN '***' END AS id_number", "encode(h.id_number_sealed, 'hex') AS id_number", f"{STATUSES} -k masked"),
    Guard("fields-agreed", GATE, "a.agreed & a.mask AS open", "262143 AS open", f"{STATUSES} -k withheld"),
    Guard("fields-of-the-scopes", "landdata/flows/share.py", '"mask": _open_to(caller.scopes) & _asked_for(request),', '"mask": _asked_for(request),', f"{STATUSES} -k withheld"),
    Guard("no-answer-without-its-row", GATE, "FROM answered a\n  ),\n  -- Whom", "FROM answered a WHERE false\n  ),\n  -- Whom", f"{STATUSES} -k log_row"),
    Guard("durable-before-it-leaves", "landdata/store/sharing.py", "cursor.execute(_DURABLE)", "pass", "tests/landdata/flows/test_gather.py -k set_to"),
    # The second person.
    Guard("second-person-of-an-agreement", "landdata/store/migrations/versions/0016_agreement_life.py", "approved_by IS DISTINCT FROM edited_by", "true", "tests/landdata/store/test_constraints.py -k agreement_unedited_check"),
    # What comes in.
    Guard("body-limit", REQUESTS, "            if taken > limit:\n", "            if False:\n", "tests/api/test_errors.py -k large_body"),
    Guard("json-says-one-thing", REQUESTS, "    if len(members) != len(pairs):\n", "    if False:\n", "tests/api/test_requests.py -k malformed"),
    Guard("odd-text", REQUESTS, "        _refuse_odd_text(value)\n    except", "    except", "tests/api/test_requests.py -k malformed"),
    Guard("repeated-parameter", REQUESTS, '    if request.scope["query_string"] and len(request.query_params.multi_items()) != len(request.query_params):', "    if False:", "tests/api/test_errors.py -k twice"),
    Guard("rate", "api/fairness.py", "admitted = account.left >= 1", "admitted = True", "tests/api/test_fairness.py -k bucket"),
    Guard("places", "api/fairness.py", "if account.inside >= self._places:", "if False:", "tests/api/test_fairness.py -k places"),
    Guard("another-offices-delivery", "landdata/store/deliveries.py", ".where(d.c.delivery_uid == delivery_uid, d.c.office_id == office_id)\n", ".where(d.c.delivery_uid == delivery_uid)\n", "tests/landdata/store/test_deliveries.py"),
    Guard("rows-of-the-office", "landdata/store/migrations/versions/0018_roles.py", '("intake.delivery", "select", _OWN, None),', '("intake.delivery", "select", "true", None),', "tests/landdata/store/test_roles.py -k its_own_rows_only"),
    # Files.
    Guard("archive-budget", "landdata/reading/archive.py", "                if self._left < 0:\n", "                if False:\n", "tests/landdata/reading -k 'archives or hostile'"),
    Guard("doctype", "landdata/reading/markup.py", "forbid_dtd=True", "forbid_dtd=False", "tests/landdata/reading/test_hostile_carriers.py -k doctype"),
    Guard("no-sockets", "landdata/reading/fence.py", "    no_sockets()\n", "", "tests/landdata/reading/test_isolated.py -k 'sockets or call'"),
    Guard("reader-memory", "landdata/reading/fence.py", "    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))\n", "", "tests/landdata/reading/test_isolated.py -k limits"),
    Guard("formula-is-text", "landdata/writing/workbook.py", '        cell.data_type = "s"\n', "        pass\n", "tests/landdata/flows/test_giveback.py -k formulas"),
    Guard("raw-chunk-proven", "landdata/store/stream.py", "cipher.decrypt(_nonce(place, last=last), chunk, head)", "cipher.decrypt(_nonce(place, last=False), chunk, head)", "tests/landdata/store/test_raw.py"),
    # Calls to others.
    Guard("private-networks", "landdata/connectors/addresses.py", "if not any(address in network for network in allowed) and not _public(address):", "if False:", "tests/sync/test_webhooks.py -k 'inside or later'"),
    Guard("https-only", "landdata/connectors/addresses.py", "if not where.secure and not address.is_loopback:", "if False:", "tests/sync/test_webhooks.py -k 'plain_https or addresses_that_may'"),
    # The log.
    Guard("log-append-only", "landdata/store/migrations/versions/0009_access_log.py", "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.access_event FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();\n", "", "tests/landdata/flows/test_seal.py -k append_only"),
    Guard("four-hours", GATE, "CASE WHEN log_stopped THEN 'ACCESS_LOG_UNANCHORED'", "CASE WHEN false THEN 'ACCESS_LOG_UNANCHORED'", "tests/api/test_heads.py -k four_hours"),
    Guard("signature-of-a-seal", "landdata/store/sealing_keys.py", "            self.public.verify(signature, message)\n", "            pass\n", "tests/landdata/flows/test_verify.py -k 'signature or stolen'"),
    Guard("entry-shown-is-recorded", "landdata/flows/inspections.py", "own = record(db, who, Kind.SEARCH, sought=sought.words(), subject=UUID(subject) if subject else None)", "own = 0", "tests/landdata/flows/test_inspections.py -k one_entry"),
    Guard("patterns-are-recorded", "landdata/flows/inspections.py", "record(db, who, Kind.SEARCH, sought=json.dumps(said, default=str), subject=None)", "pass", "tests/landdata/flows/test_inspections.py -k stands_out"),
    Guard("verification-stands", "landdata/store/migrations/versions/0038_verifications.py", "WHEN (OLD.ended_at IS NOT NULL)", "WHEN (false)", "tests/landdata/flows/test_verifications.py -k stands"),
    # People.
    Guard("second-approver-approves", "api/web/places.py", '"/quan-tri/thoa-thuan/duyet", "/en/administration/agreements/decision", APPROVER, form_of="agreement"', '"/quan-tri/thoa-thuan/duyet", "/en/administration/agreements/decision", AGREEMENTS, form_of="agreement"', "tests/browser/test_administration.py -k own_draft"),
    Guard("changes-need-a-fresh-proof", "api/web/forms.py", "proved_lately(request.app.state.services.entrance, who)", "pass", "tests/browser/test_administration.py -k fresh_proof"),
    Guard("second-factor-once", "landdata/store/people.py", " AND coalesce(totp_step, -1) < :step", "", "tests/landdata/flows/test_entrance.py -k 'code_is_good_once or sent_twice'"),
    Guard("other-sites", "api/people.py", "if token and not hmac.compare_digest(csrf_token(token).encode(), shown.encode()):", "if False:", "tests/api/test_sessions.py -k 'another_site or another_session'"),
    Guard("ended-sessions-stay-ended", "landdata/flows/sessions.py", "sessions.end_lapsed(tx, token, moment)", "pass", "tests/landdata/flows/test_sessions.py -k refused"),
    # Rights of the database's roles.
    Guard("rights-too-many", "landdata/store/granting.py", "for right in sorted(revoked):", "for right in ():", "tests/policy/test_rights.py -k too_many"),
    Guard("rights-taken-back", "landdata/store/rights.py", '        "share.read_land_records(jsonb)": "EXECUTE",\n', '        "share.read_land_records(jsonb)": "EXECUTE",\n        "land.holder": "SELECT",\n', "tests/policy/test_rights.py -k 'on_the_list or reads_and_writes_no_table'"),
    # Figures of indicators.
    Guard("indicators-by-right", "api/routes/indicators.py", "person_who_may(Act.MANAGE_INDICATORS)", "person_who_may(Act.SEE_COVERAGE)", "tests/api/test_indicators.py -k recorded_and_corrected"),
    Guard("indicator-table-of-its-sender", "landdata/flows/indicator_uploads.py", " or upload.person_id != person", "", "tests/landdata/flows/test_indicators.py -k waits_for_its_sender"),
    # A country that is rebuilt.
    Guard("a-rebuild-asks-nobody", "landdata/flows/past.py", "    def ask(self, tx", "    def asks(self, tx", "tests/landdata/flows/test_rebuild.py -k nobody_is_told"),
)
# fmt: on
