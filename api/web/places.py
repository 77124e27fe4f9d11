"""Every page: its address in both languages, who may see it, and its name in the navigation; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from api.web.allowed import ANYONE, BEGUN, LAND_OFFICE, MINISTRY, SIGNED_IN, Allowed, who_may
from api.web.i18n import Language, Words
from landdata.model.people import Act


@dataclass(frozen=True, slots=True)
class Place:
    """One page; `words` name it in the navigation, where it stands for whoever may see it. Paths may hold `{names}`.

    `form_of`: the page that holds the form, for an address that only takes what a form says.
    """

    vi: str
    en: str
    allowed: Allowed
    words: Words | None = None
    form_of: str = ""

    def path(self, language: Language, **parts: Any) -> str:
        return (self.vi if language is Language.VI else self.en).format(**parts)

    def within(self, other: Place) -> bool:
        """Whether this is the other page, or one below it: /lan-nop/{uid} is below /lan-nop."""
        return self == other or (other.vi != "/" and self.vi.startswith(f"{other.vi}/"))

    @property
    def paths(self) -> tuple[str, str]:
        return self.vi, self.en


OFFICE = who_may(Act.SEE_DELIVERIES, kind=LAND_OFFICE)
SECOND = who_may(Act.DECIDE, kind=LAND_OFFICE)
# Figures of matching name no person, but say of an office what only the ministry has to know.
QUALITY = who_may(Act.SEE_COVERAGE, kind=MINISTRY)
CASES = who_may(Act.SEE_CASES, kind=LAND_OFFICE)
# How sources, alerts and jobs stand: all of the ministry's people, as over HTTP; of land offices each its own source.
WATCH = who_may(Act.SEE_COVERAGE, kind=MINISTRY)
OWN_SOURCE = who_may(Act.SEE_COVERAGE, kind=LAND_OFFICE)
# Figures of indicators anyone may see; tables of them come from people of the ministry with that right.
INDICATORS = who_may(Act.MANAGE_INDICATORS, kind=MINISTRY)
# The ministry's second approver decides for any office, as `landdata.model.people` says.
APPROVER = who_may(Act.DECIDE, kind=MINISTRY)
# The seals are watched by security; who looked at whom is for the inspector alone.
LOG = who_may(Act.SEARCH_ACCESS_LOG, Act.SEE_SECURITY, kind=MINISTRY)
INSPECT = who_may(Act.SEARCH_ACCESS_LOG, kind=MINISTRY)
# An administrator drafts agreements; the ministry's second approver may, too, and puts them in force.
# Whoever drafts agreements asks for a lawful delay, the second approver decides; nothing is hidden from the inspector.
DELAYS = who_may(Act.MANAGE_AGREEMENTS, Act.SEARCH_ACCESS_LOG, kind=MINISTRY)
AGREEMENTS = who_may(Act.MANAGE_AGREEMENTS, kind=MINISTRY)
ADMIN = who_may(Act.ADMINISTER, kind=MINISTRY)
PEOPLE = who_may(Act.MANAGE_PEOPLE, kind=MINISTRY)


PARCELS = who_may(Act.SEE_PARCELS)


@dataclass(frozen=True, slots=True)
class Places:
    """The whole house; the navigation follows this order."""

    home: Place = Place("/", "/en/", ANYONE, Words("Tổng quan", "Overview"))
    home_bare: Place = Place("/en", "/en", ANYONE)
    home_csv: Place = Place("/xuat.csv", "/en/export.csv", ANYONE)
    home_xlsx: Place = Place("/xuat.xlsx", "/en/export.xlsx", ANYONE)
    ladder: Place = Place("/bac-thang", "/en/ladder", ANYONE, Words("Bậc thang", "Ladder"))
    ladder_csv: Place = Place("/bac-thang.csv", "/en/ladder.csv", ANYONE)
    ladder_xlsx: Place = Place("/bac-thang.xlsx", "/en/ladder.xlsx", ANYONE)
    comparison: Place = Place("/so-sanh", "/en/compare", ANYONE, Words("So sánh", "Compare"))
    comparison_csv: Place = Place("/so-sanh.csv", "/en/compare.csv", ANYONE)
    comparison_xlsx: Place = Place("/so-sanh.xlsx", "/en/compare.xlsx", ANYONE)
    why: Place = Place("/vi-sao", "/en/why", ANYONE)
    why_csv: Place = Place("/vi-sao.csv", "/en/why.csv", ANYONE)
    why_xlsx: Place = Place("/vi-sao.xlsx", "/en/why.xlsx", ANYONE)
    indicators: Place = Place("/chi-tieu", "/en/indicators", ANYONE, Words("Chỉ tiêu", "Indicators"))
    indicators_csv: Place = Place("/chi-tieu.csv", "/en/indicators.csv", ANYONE)
    indicators_xlsx: Place = Place("/chi-tieu.xlsx", "/en/indicators.xlsx", ANYONE)
    indicator_upload: Place = Place("/chi-tieu/nap", "/en/indicators/upload", INDICATORS)
    indicator_template_csv: Place = Place("/chi-tieu/mau.csv", "/en/indicators/template.csv", INDICATORS)
    indicator_template_xlsx: Place = Place("/chi-tieu/mau.xlsx", "/en/indicators/template.xlsx", INDICATORS)
    indicator_draft: Place = Place("/chi-tieu/nap/{uid}", "/en/indicators/upload/{uid}", INDICATORS)
    indicator_record: Place = Place(
        "/chi-tieu/nap/{uid}/ghi-nhan", "/en/indicators/upload/{uid}/record", INDICATORS, form_of="indicator_draft"
    )
    indicator_forget: Place = Place(
        "/chi-tieu/nap/{uid}/bo", "/en/indicators/upload/{uid}/forget", INDICATORS, form_of="indicator_draft"
    )
    matching: Place = Place("/chat-luong-doi-chieu", "/en/matching-quality", QUALITY, Words("Đối chiếu", "Matching"))
    matching_csv: Place = Place("/chat-luong-doi-chieu.csv", "/en/matching-quality.csv", QUALITY)
    matching_xlsx: Place = Place("/chat-luong-doi-chieu.xlsx", "/en/matching-quality.xlsx", QUALITY)
    sources: Place = Place("/nguon-du-lieu", "/en/sources", WATCH, Words("Nguồn", "Sources"))
    sources_csv: Place = Place("/nguon-du-lieu.csv", "/en/sources.csv", WATCH)
    sources_xlsx: Place = Place("/nguon-du-lieu.xlsx", "/en/sources.xlsx", WATCH)
    source: Place = Place("/nguon-du-lieu/{office}", "/en/sources/{office}", WATCH)
    alerts: Place = Place("/canh-bao", "/en/alerts", WATCH, Words("Cảnh báo", "Alerts"))
    alerts_csv: Place = Place("/canh-bao.csv", "/en/alerts.csv", WATCH)
    alerts_xlsx: Place = Place("/canh-bao.xlsx", "/en/alerts.xlsx", WATCH)
    runs: Place = Place("/tien-trinh", "/en/runs", WATCH, Words("Tiến trình", "Runs"))
    runs_csv: Place = Place("/tien-trinh.csv", "/en/runs.csv", WATCH)
    runs_xlsx: Place = Place("/tien-trinh.xlsx", "/en/runs.xlsx", WATCH)
    reports: Place = Place("/bao-cao", "/en/reports", WATCH, Words("Báo cáo", "Reports"))
    report_ask: Place = Place("/bao-cao/yeu-cau", "/en/reports/ask", WATCH, form_of="reports")
    report: Place = Place("/bao-cao/{number}", "/en/reports/{number}", WATCH)
    report_file: Place = Place("/bao-cao/{number}/tep/{file_name}", "/en/reports/{number}/files/{file_name}", WATCH)
    map: Place = Place("/ban-do", "/en/map", PARCELS, Words("Bản đồ thửa đất", "Parcel map"))
    map_parcel: Place = Place("/ban-do/thua/{key}", "/en/map/parcels/{key}", PARCELS)
    log: Place = Place("/nhat-ky-truy-cap", "/en/access-log", LOG, Words("Nhật ký", "Access log"))
    log_verify: Place = Place("/nhat-ky-truy-cap/kiem-tra", "/en/access-log/verification", LOG, form_of="log")
    log_search: Place = Place("/nhat-ky-truy-cap/tim", "/en/access-log/search", INSPECT)
    log_entry: Place = Place("/nhat-ky-truy-cap/dong", "/en/access-log/entry", INSPECT, form_of="log_search")
    log_evidence: Place = Place(
        "/nhat-ky-truy-cap/bang-chung", "/en/access-log/evidence", INSPECT, form_of="log_search"
    )
    log_patterns: Place = Place(
        "/nhat-ky-truy-cap/bat-thuong", "/en/access-log/patterns", INSPECT, form_of="log_search"
    )
    log_citizen: Place = Place("/nhat-ky-truy-cap/cong-dan", "/en/access-log/citizen", INSPECT)
    admin: Place = Place("/quan-tri", "/en/administration", AGREEMENTS, Words("Quản trị", "Administration"))
    agreements: Place = Place("/quan-tri/thoa-thuan", "/en/administration/agreements", AGREEMENTS)
    agreement: Place = Place("/quan-tri/thoa-thuan/xem", "/en/administration/agreements/show", AGREEMENTS)
    agreement_draft: Place = Place("/quan-tri/thoa-thuan/soan", "/en/administration/agreements/draft", AGREEMENTS)
    agreement_step: Place = Place(
        "/quan-tri/thoa-thuan/buoc", "/en/administration/agreements/step", AGREEMENTS, form_of="agreement"
    )
    agreement_decide: Place = Place(
        "/quan-tri/thoa-thuan/duyet", "/en/administration/agreements/decision", APPROVER, form_of="agreement"
    )
    delays: Place = Place("/quan-tri/hoan-cho-xem", "/en/administration/delays", DELAYS)
    delay_ask: Place = Place(
        "/quan-tri/hoan-cho-xem/de-nghi", "/en/administration/delays/ask", AGREEMENTS, form_of="delays"
    )
    delay_end: Place = Place(
        "/quan-tri/hoan-cho-xem/cham-dut", "/en/administration/delays/end", AGREEMENTS, form_of="delays"
    )
    delay_decide: Place = Place(
        "/quan-tri/hoan-cho-xem/duyet", "/en/administration/delays/decision", APPROVER, form_of="delays"
    )
    clients: Place = Place("/quan-tri/he-thong", "/en/administration/clients", ADMIN)
    client: Place = Place("/quan-tri/he-thong/{client}", "/en/administration/clients/{client}", ADMIN)
    keys: Place = Place("/quan-tri/khoa", "/en/administration/keys", ADMIN)
    offices: Place = Place("/quan-tri/co-quan", "/en/administration/offices", ADMIN)
    people: Place = Place("/quan-tri/can-bo", "/en/administration/people", PEOPLE)
    person: Place = Place("/quan-tri/can-bo/{login}", "/en/administration/people/{login}", PEOPLE)
    rules: Place = Place("/quan-tri/nguong", "/en/administration/thresholds", ADMIN)
    rule_coverage: Place = Place("/quan-tri/nguong/bac", "/en/administration/thresholds/rung", ADMIN, form_of="rules")
    queue: Place = Place("/quan-tri/hang-doi", "/en/administration/queue", ADMIN)
    moods: Place = Place("/quan-tri/mo-phong", "/en/administration/sandbox", ADMIN)
    approvals: Place = Place("/cho-duyet", "/en/approvals", APPROVER, Words("Chờ duyệt", "Approvals"))
    approval: Place = Place("/cho-duyet/{office}/{uid}", "/en/approvals/{office}/{uid}", APPROVER)
    approval_decide: Place = Place(
        "/cho-duyet/{office}/{uid}/quyet-dinh", "/en/approvals/{office}/{uid}/decision", APPROVER, form_of="approval"
    )
    deliver: Place = Place(
        "/nop-du-lieu", "/en/deliver", who_may(Act.DELIVER, kind=LAND_OFFICE), Words("Nộp dữ liệu", "Deliver")
    )
    deliver_begin: Place = Place(
        "/nop-du-lieu/tai-len", "/en/deliver/upload", who_may(Act.DELIVER, kind=LAND_OFFICE), form_of="deliver"
    )
    deliveries: Place = Place("/lan-nop", "/en/deliveries", OFFICE, Words("Các lần nộp", "Deliveries"))
    delivery: Place = Place("/lan-nop/{uid}", "/en/deliveries/{uid}", OFFICE)
    delivery_events: Place = Place("/lan-nop/{uid}/su-kien", "/en/deliveries/{uid}/events", OFFICE)
    delivery_map: Place = Place("/lan-nop/{uid}/ban-do", "/en/deliveries/{uid}/map", OFFICE)
    delivery_map_file: Place = Place("/lan-nop/{uid}/ban-do/tep", "/en/deliveries/{uid}/map/file", OFFICE)
    delivery_refused: Place = Place("/lan-nop/{uid}/tra-lai", "/en/deliveries/{uid}/refused", OFFICE)
    delivery_report: Place = Place("/lan-nop/{uid}/bao-cao", "/en/deliveries/{uid}/report", OFFICE)
    delivery_decide: Place = Place(
        "/lan-nop/{uid}/quyet-dinh", "/en/deliveries/{uid}/decision", SECOND, form_of="delivery"
    )
    delivery_withdraw: Place = Place(
        "/lan-nop/{uid}/rut", "/en/deliveries/{uid}/withdrawal", SECOND, form_of="delivery"
    )
    territory: Place = Place(
        "/dia-ban", "/en/territory", who_may(Act.SEE_COVERAGE, kind=LAND_OFFICE), Words("Địa bàn", "Territory")
    )
    own_source: Place = Place("/nguon-cua-toi", "/en/own-source", OWN_SOURCE, Words("Nguồn của tôi", "Own source"))
    cases: Place = Place("/doi-chieu", "/en/matching", CASES, Words("Đối chiếu", "Matching"))
    cases_file: Place = Place("/doi-chieu/tep/{form}", "/en/matching/file/{form}", CASES)
    case: Place = Place("/doi-chieu/{case}", "/en/matching/{case}", CASES)
    case_decide: Place = Place(
        "/doi-chieu/{case}/quyet-dinh",
        "/en/matching/{case}/decision",
        who_may(Act.CLEAR_CASES, kind=LAND_OFFICE),
        form_of="case",
    )
    case_step: Place = Place(
        "/doi-chieu/{case}/quyet-dinh/{number}", "/en/matching/{case}/decision/{number}",
        who_may(Act.CLEAR_CASES, Act.DECIDE, kind=LAND_OFFICE), form_of="case",
    )  # fmt: skip
    developers: Place = Place("/nha-phat-trien", "/en/developers", ANYONE)
    developer_errors: Place = Place("/nha-phat-trien/ma-loi", "/en/developers/errors", ANYONE)
    developer_operation: Place = Place("/nha-phat-trien/{operation}", "/en/developers/{operation}", ANYONE)
    sign_in: Place = Place("/dang-nhap", "/en/sign-in", ANYONE)
    step: Place = Place("/dang-nhap/buoc-tiep", "/en/sign-in/next", BEGUN)
    sign_out: Place = Place("/dang-xuat", "/en/sign-out", BEGUN, form_of="account")
    confirm: Place = Place("/xac-nhan", "/en/confirm", SIGNED_IN)
    account: Place = Place("/tai-khoan", "/en/account", SIGNED_IN)
    password: Place = Place("/tai-khoan/mat-khau", "/en/account/password", SIGNED_IN, form_of="account")
    factor: Place = Place("/tai-khoan/yeu-to-thu-hai", "/en/account/second-factor", SIGNED_IN)
    gis_key: Place = Place("/tai-khoan/khoa-gis", "/en/account/gis-keys", who_may(Act.USE_GIS), form_of="account")
    end_gis_key: Place = Place("/tai-khoan/khoa-gis/ket-thuc", "/en/account/gis-keys/end", SIGNED_IN, form_of="account")
    end_session: Place = Place("/tai-khoan/phien", "/en/account/sessions", SIGNED_IN, form_of="account")

    @property
    def every(self) -> dict[str, Place]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


PLACES = Places()
