"""Which page is looked at as whom: a row for every page of the house, and one for each state in which it looks different.

A page that is added to `api/web/places.py` needs a row here; without one `test_every_page.py` fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import eyes
import officeworld
from landworld import COMMUNES

from api.web.places import PLACES, Place
from landdata.model.people import Role, Stage

# Addresses that answer with a file, a stream, a piece of a page or another address, and never with a page.
NO_PAGES = {
    "home_bare",
    "map_parcel",
    "delivery_events",
    "delivery_map_file",
    "delivery_refused",
    "delivery_report",
    "cases_file",
    "report_file",
}
FILES = (".csv", ".xlsx")
WATCHED = {"sources", "source", "alerts", "runs", "own_source", "reports", "report", "report_file"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One page in one state.

    `parts` fill the address: a part's name, and the name of what the office's day made (`officeworld.Day`) or the value
    itself. `wait` is a selector of what a script fetches after the page is there. `world` is the fixture whose service
    answers: the nation's figures, an office's day of work, or sources and jobs with a past.
    """

    place: str
    role: Role | str | None = None  # or the sign-in name of the one person who may
    query: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    wait: str = "h1"
    stage: Stage = Stage.OPEN
    status: int = 200
    weight: int = eyes.FIRST_LOAD

    @property
    def at(self) -> Place:
        return PLACES.every[self.place]

    @property
    def world(self) -> str:
        if self.place in WATCHED:
            return "watched"
        inside = any(self.at.within(one) for one in (PLACES.approvals, PLACES.map, PLACES.log, PLACES.admin))
        return "house" if self.at.allowed.kind == "LAND_OFFICE" or inside else "nation"


# MapLibre and its worker are 442 KB, which no other page loads.
WITH_MAP = 600 * 1024
MARCH = "ngay=2023-03-28"
MATCHED = "tu=2026-01-05&ngay=2026-11-01"
CLERK, SECOND, MATCHING, VIEWER, APPROVER = (
    Role.LAND_OFFICER, Role.SECOND_APPROVER, Role.MATCHING_CLERK, Role.MINISTRY_VIEWER, officeworld.APPROVER,
)  # fmt: skip
SECURITY, INSPECTOR, ADMINISTRATOR = Role.SECURITY_OFFICER, Role.INSPECTOR, Role.ADMINISTRATOR

VISITS = {
    "country": Visit("home", query=MARCH),
    "country-2025": Visit("home", query=f"{MARCH}&chia=2025&chi_so=loi"),
    "country-empty": Visit("home", query=f"{MARCH}&loc=khongco"),
    "province": Visit("home", query=f"{MARCH}&dv=48"),
    "province-2025": Visit("home", query="ngay=2025-09-01&dv=56"),
    "district": Visit("home", query=f"{MARCH}&dv=412"),
    "comparison": Visit("comparison", query=f"tu=2022-10-01&{MARCH}"),
    "comparison-crossing": Visit("comparison", query="tu=2022-10-01&ngay=2025-08-01&chia=2023"),
    "matching": Visit("matching", VIEWER, f"{MATCHED}&chia=2023"),
    "matching-empty": Visit("matching", VIEWER, "tu=2022-01-01&ngay=2023-01-01"),
    "ladder": Visit("ladder", query=MARCH),
    "ladder-province": Visit("ladder", VIEWER, f"{MARCH}&dv=48"),
    "why": Visit("why", query=f"tu=2022-10-01&{MARCH}"),
    "why-crossing": Visit("why", VIEWER, "tu=2023-03-28&ngay=2025-08-01"),
    "indicators": Visit("indicators", query="ct=RESULT_SYNC"),
    "indicators-2025": Visit("indicators", query="ct=LAND_TAX_PAYMENT&chia=2025"),
    "indicators-flagged": Visit("indicators", VIEWER, "ct=ONLINE_PAYMENT"),
    "indicators-services": Visit("indicators", query="ct=SERVICE_DUE&ngay=2021-06-16"),
    "indicator-upload": Visit("indicator_upload", Role.MINISTRY_BACKFILL, "ct=RESULT_SYNC"),
    "indicator-draft": Visit(
        "indicator_draft", Role.MINISTRY_BACKFILL, parts={"uid": "00000000-0000-4000-8000-000000000000"}, status=404
    ),
    "sources": Visit("sources", VIEWER, "chia=2023"),
    "source": Visit("source", VIEWER, parts={"office": "LO-38"}),
    "alerts": Visit("alerts", VIEWER),
    "alert-rules": Visit("alerts", VIEWER, "xem=quy-tac"),
    "runs": Visit("runs", VIEWER),
    "journal": Visit("runs", VIEWER, "xem=nhat-ky"),
    "reports": Visit("reports", VIEWER),
    "report": Visit("report", VIEWER, parts={"number": "1"}),
    "report-under-way": Visit("report", VIEWER, parts={"number": "2"}),
    "own-source": Visit("own_source", CLERK),
    "map": Visit("map", CLERK, weight=WITH_MAP),
    "map-commune": Visit("map", CLERK, f"xa={COMMUNES[0]}&to=1", weight=WITH_MAP),
    "map-found": Visit("map", CLERK, f"tim={COMMUNES[0]}+1/7", weight=WITH_MAP),
    "log": Visit("log", SECURITY, wait="#kiem-tra"),
    "log-inspector": Visit("log", INSPECTOR, wait="#kiem-tra"),
    "log-search": Visit("log_search", INSPECTOR),
    "log-citizen": Visit("log_citizen", INSPECTOR),
    "admin": Visit("admin", ADMINISTRATOR),
    "admin-approver": Visit("admin", APPROVER),
    "agreements": Visit("agreements", ADMINISTRATOR),
    "agreement": Visit("agreement", APPROVER, "so=TT-XEM"),
    "agreement-draft": Visit("agreement_draft", ADMINISTRATOR),
    "delays": Visit("delays", APPROVER),
    "delays-administrator": Visit("delays", ADMINISTRATOR),
    "delays-inspector": Visit("delays", INSPECTOR),
    "clients": Visit("clients", ADMINISTRATOR),
    "clients-found": Visit("clients", ADMINISTRATOR, "loc=dan+cu&tt=ON&loai=CONSUMER&bang=external&bao=DISABLED"),
    "clients-none": Visit("clients", ADMINISTRATOR, "loc=khongco"),
    "client": Visit("client", ADMINISTRATOR, parts={"client": "he-thong-xem"}),
    "client-webhook": Visit("client", ADMINISTRATOR, parts={"client": "he-thong-bao"}),
    "client-secret": Visit("client", ADMINISTRATOR, parts={"client": "thong-ke-xem"}),
    "keys": Visit("keys", ADMINISTRATOR),
    "offices": Visit("offices", ADMINISTRATOR),
    "people": Visit("people", ADMINISTRATOR),
    "person": Visit("person", ADMINISTRATOR, parts={"login": "can.bo.xem"}),
    "rules": Visit("rules", ADMINISTRATOR),
    "queue": Visit("queue", ADMINISTRATOR),
    "moods": Visit("moods", ADMINISTRATOR, status=404),
    "approvals": Visit("approvals", APPROVER),
    "approval": Visit("approval", APPROVER, parts={"office": "LO-24", "uid": "waiting"}),
    "deliver": Visit("deliver", CLERK),
    "deliveries": Visit("deliveries", CLERK),
    "deliveries-empty": Visit("deliveries", CLERK, "tt=WITHDRAWN"),
    "published": Visit("delivery", CLERK, parts={"uid": "published"}, wait=".places figure"),
    "waiting": Visit("delivery", SECOND, parts={"uid": "waiting"}),
    "refused": Visit("delivery", CLERK, parts={"uid": "refused"}),
    "under-way": Visit("delivery", CLERK, parts={"uid": "under_way"}),
    "nothing-there": Visit("delivery", CLERK, parts={"uid": "00000000-0000-4000-8000-000000000000"}, status=404),
    "faults": Visit("delivery_map", CLERK, parts={"uid": "published"}),
    "territory": Visit("territory", CLERK),
    "cases": Visit("cases", MATCHING),
    "case": Visit("case", MATCHING, parts={"case": "case"}),
    "developers": Visit("developers"),
    "developer-errors": Visit("developer_errors"),
    "developer-lookup": Visit("developer_operation", parts={"operation": "post-residency-land-records-lookup"}),
    "developer-coverage": Visit("developer_operation", parts={"operation": "get-coverage-units"}),
    "sign-in": Visit("sign_in"),
    "code": Visit("step", SECOND, stage=Stage.SECOND_FACTOR),
    "first-password": Visit("step", CLERK, stage=Stage.NEW_PASSWORD),
    "first-factor": Visit("step", SECOND, stage=Stage.ENROL),
    "confirm": Visit("confirm", SECOND, "tiep=/tai-khoan"),
    "confirm-by-password": Visit("confirm", Role.GIS_USER, "tiep=/tai-khoan"),
    "account": Visit("account", SECOND),
    "account-gis": Visit("account", Role.GIS_USER),
    "factor": Visit("factor", CLERK),
}
