"""Every operation of the API with a mark at each of its parameters, for `test_injection.py`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

LOOKUP = "/v1/residency/land-records:lookup"
UNBOUND = {"token_binding": "UNBOUND", "unbound_reason": "sqlmap signs no proofs"}
# `*` marks where the tool puts its words.
ASKED = {
    "request_id": f"{uuid4()}*", "agency_code": "CA-24*", "officer_code": "CB-1*", "service_code": "1.004222*",
    "case_file_no": "H24/0007*", "id_number": "024090000017*", "full_name": "Nguyen Thi Thuy*", "birth_year": "1990*",
    "unit": {"code": "24*", "level": "province*", "division": "2023*"}, "fields": ["area_m2*"],
}  # fmt: skip
BORN = {**{name: word for name, word in ASKED.items() if name != "birth_year"}, "date_of_birth": "1990-02-03*"}
SAID = {"person": "lan*", "reason": "xem roi*"}
JSON = {"Content-Type": "application/json"}
CASES_AT = "/v1/matching/cases"
LISTED = "unit=24*&level=province*&division=2023*&status=MISMATCH*&reason=NAME_DIFFERS*&mark=WAITING*&office={office}*"
UPLOAD, TUS = "/v1/uploads/{upload_uid}", {"Tus-Resumable": "1.0.0"}
INDICATOR = "/v1/indicators/{code}"
GROUNDS = {"reason": "da xem ban goc*", "evidence": "Bien ban 15*"}
ON = "effective_on=2023-03-28*&division=2023*&known_at=2026-11-20T00:00:00Z*"

ITEMS, PARCELS = "/v1/features/collections/{name}/items", "/v1/features/collections/parcels*/items"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@dataclass(frozen=True)
class Case:
    """One operation with a mark at each of its parameters; `by` is who sends it, `uid` a delivery of the office itself."""

    method: str
    route: str
    path: str
    by: str = ""
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> str | None:
        """JSON of what is no text already; a number with its mark is a number."""
        if self.body is None or isinstance(self.body, str):
            return self.body
        return json.dumps(self.body).replace('"1990*"', "1990*")

    def tried(self) -> set[str]:
        """Names of the parameters that bear a mark."""
        parts = urlsplit(self.path)
        named = [*parse_qsl(parts.query), *self.headers.items()]
        if isinstance(self.body, str):
            named += parse_qsl(self.body)
        elif self.body is not None:
            named += [(name, json.dumps(value)) for name, value in self.body.items()]
        marked = {name for name, value in named if "*" in value}
        in_path = re.findall(r"{(\w+)}", self.route)
        return marked | (set(in_path) if parts.path.count("*") == len(in_path) else set())


CASES = (
    Case("GET", "/v1/parcels", "/v1/parcels?q=07201 1/7*&commune=07201*", "person"),
    Case("GET", "/v1/parcels/{parcel_id}", "/v1/parcels/1.1.7*", "person"),
    *(
        Case("GET", f"/v1/units/{{level}}/{{code}}{more}", f"/v1/units/province*/24*{more}{on}")
        for more, on in (
            ("", "?on=2023-03-28*"), ("/versions", ""), ("/successors", "?on=2023-03-28*"),
            ("/predecessors", "?on=2023-03-28*"),
        )
    ),
    *(
        Case(
            "GET", f"/v1/coverage/changes{form}",
            f"/v1/coverage/changes{form}?from=2023-03-01*&to=2023-03-28*&from_known_at=2026-11-20T00:00:00Z*"
            "&to_known_at=2026-11-20T00:00:00Z*&division=2023*&from_division=2023*&unit=24*&level=province*&first=1*&limit=9*",
        )
        for form in ("", ".csv")
    ),
    *(
        Case("GET", f"/v1/coverage{table}", f"/v1/coverage{table}?{ON}&on=2023-03-28*")
        for table in ("", ".csv")
    ),
    *(
        Case("GET", f"/v1/coverage/units{table}", f"/v1/coverage/units{table}?{ON}&on=2023-03-28*&level=province*&parent=24*")
        for table in ("", ".csv")
    ),
    *(
        Case(
            "GET", f"/v1/coverage/ladder{table}",
            f"/v1/coverage/ladder{table}?{ON}&on=2023-03-28*&level=commune*&unit=07201*&parent=24*&rung=CONNECTED*",
        )
        for table in ("", ".csv")
    ),
    *(
        Case(
            "GET", f"/v1/coverage/series{table}",
            f"/v1/coverage/series{table}?from=2023-01-01*&to=2023-03-28*&step=month*&unit=24*&division=2023*"
            "&known_at=2026-11-20T00:00:00Z*",
        )
        for table in ("", ".csv")
    ),
    Case(
        "POST", "/v1/deliveries",
        "/v1/deliveries?file_name=a.geojson*&kind=full*&profile=flat*&effective_on=2030-01-01*&epsg=9217*&communes=07201*",
        "office", '{"type": "FeatureCollection", "features": []}',
        {"Content-Type": "application/octet-stream", "Idempotency-Key": "key-1*"},
    ),
    Case("GET", "/v1/deliveries/{delivery_uid}", "/v1/deliveries/{uid}*", "office"),
    Case(
        "GET", "/v1/deliveries/{delivery_uid}/events", "/v1/deliveries/{uid}*/events", "office", None, {"Last-Event-ID": "1*"}
    ),
    Case("GET", "/v1/deliveries/{delivery_uid}/refused", "/v1/deliveries/{uid}*/refused", "office"),
    Case("GET", "/v1/deliveries/{delivery_uid}/report", "/v1/deliveries/{uid}*/report?format=json*", "office"),
    Case("GET", "/v1/deliveries/{delivery_uid}/map", "/v1/deliveries/{uid}*/map?format=svg*", "office"),
    Case(
        "POST", "/v1/deliveries/{delivery_uid}/decisions", "/v1/deliveries/{uid}*/decisions", "office",
        {**SAID, "decision": "APPROVE*", "communes": ["07201*"]}, JSON,
    ),
    Case("POST", "/v1/deliveries/{delivery_uid}/withdrawal", "/v1/deliveries/{uid}*/withdrawal", "office", SAID, JSON),
    Case(
        "POST", "/v1/uploads", "/v1/uploads", "office", None,
        {**TUS, "Upload-Length": "9*", "Upload-Metadata": "file_name YQ==*", "Idempotency-Key": "key-2*",
         "Upload-Checksum": "sha256 YQ==*"},
    ),
    Case("HEAD", UPLOAD, f"/v1/uploads/{uuid4()}*", "office", None, TUS),
    Case(
        "PATCH", UPLOAD, f"/v1/uploads/{uuid4()}*", "office", "a,b",
        {**TUS, "Upload-Offset": "0*", "Upload-Checksum": "sha256 YQ==*", "Content-Type": "application/offset+octet-stream"},
    ),
    Case("DELETE", UPLOAD, f"/v1/uploads/{uuid4()}*", "office", None, TUS),
    Case("GET", CASES_AT, f"{CASES_AT}?{LISTED}&cursor=AAAA*&limit=10*", "office"),
    Case("GET", f"{CASES_AT}/counts", f"{CASES_AT}/counts?{LISTED}", "office"),
    Case("GET", f"{CASES_AT}/file", f"{CASES_AT}/file?{LISTED}&format=csv*", "office"),
    Case("GET", f"{CASES_AT}/{{case}}", f"{CASES_AT}/{uuid4()}*?office={{office}}*", "office"),
    Case(
        "POST", f"{CASES_AT}/{{case}}/decisions", f"{CASES_AT}/{uuid4()}*/decisions?office=LO-24*", "person",
        {
            **GROUNDS, "kind": "CORRECT*", "name": "Le Thi B*", "id_number": "024070000001*", "birth_date": "1970-01-02*",
            "birth_year": "1990*",
        },
        {**JSON, "Cookie": "sid=abc*"},
    ),
    *(
        Case(
            "POST", f"{CASES_AT}/{{case}}/decisions/{{number}}/{step}",
            f"{CASES_AT}/{uuid4()}*/decisions/1*/{step}?office=LO-24*", "person", GROUNDS, {**JSON, "Cookie": "sid=abc*"},
        )
        for step in ("approval", "refusal", "withdrawal")
    ),
    *(
        Case(
            "GET", f"/v1/matching/quality{more}",
            f"/v1/matching/quality{more}?on=2026-11-20*&since=2023-03-28*&division=2023*&level=province*&parent=24*", "office",
        )
        for more in ("", ".csv")
    ),
    *(
        Case(
            "GET", f"{INDICATOR}/{more}",
            f"/v1/indicators/RESULT_SYNC*/{more}?effective_on=2021-06-16*&known_at=2026-11-20T00:00:00Z*&division=2025*"
            "&level=commune*&subject_kind=UNIT*&subject=Ha Noi*&timing=LATE*",
        )
        for more in ("values", "values.csv")
    ),
    Case(
        "GET", f"{INDICATOR}/summary",
        "/v1/indicators/RESULT_SYNC*/summary?effective_on=2021-06-16*&known_at=2026-11-20T00:00:00Z*&division=2025*",
    ),
    Case("GET", f"{INDICATOR}/versions", "/v1/indicators/RESULT_SYNC*/versions?known_at=2026-11-20T00:00:00Z*"),
    Case(
        "POST", f"{INDICATOR}/uploads", "/v1/indicators/RESULT_SYNC*/uploads?file_name=a.csv*&source=Bao cao*&on=2026-09-30*",
        "person", "subject,done", {"Content-Type": "application/octet-stream", "Cookie": "sid=abc*"},
    ),
    Case("GET", "/v1/indicators/uploads/{upload}", f"/v1/indicators/uploads/{uuid4()}*", "person"),
    Case(
        "POST", "/v1/indicators/uploads/{upload}/records", f"/v1/indicators/uploads/{uuid4()}*/records", "person",
        {"reason": "dinh chinh*"}, JSON,
    ),
    Case("GET", "/v1/sources", "/v1/sources?on=2026-11-22*&division=2025*", "office"),
    Case("GET", "/v1/sources.csv", "/v1/sources.csv?on=2026-11-22*&division=2025*", "office"),
    Case("GET", "/v1/sources/{province}", "/v1/sources/24*?on=2026-11-22*&division=2025*", "office"),
    Case(
        "POST", "/v1/sources/{province}/steps", "/v1/sources/24*/steps", "person",
        {"office": "LO-24*", "step": "PAUSE*", "reason": "xem roi*"}, JSON,
    ),
    Case(
        "POST", "/v1/sources/{province}/promises", "/v1/sources/24*/promises", "person",
        {"office": "LO-24*", "cadence_days": "30*", "first_due_on": "2026-12-01*", "communes": "9*", "contact": "P. 1*",
         "reason": "xem roi*"}, JSON,
    ),
    Case("GET", "/v1/alerts", "/v1/alerts?state=OPEN*&province=24*&division=2025*", "office"),
    Case("POST", LOOKUP, LOOKUP, "consumer", ASKED, JSON),
    Case("POST", LOOKUP, LOOKUP, "consumer", BORN, JSON),
    Case(
        "POST", "/v1/residency/land-records:batch", "/v1/residency/land-records:batch", "consumer",
        {"requests": [{**BORN, "request_id": str(uuid4())}]}, JSON,
    ),
    Case("GET", "/v1/residency/changes", "/v1/residency/changes?cursor=AAAA*&limit=10*", "consumer"),
    Case("GET", "/v1/residency/access-log/heads", "/v1/residency/access-log/heads?days=10*", "consumer"),
    Case(
        "POST", "/oauth2/token", "/oauth2/token", "",
        "grant_type=client_credentials*&scope=x*&resource=x*&client_assertion_type={type}*&client_assertion={assertion}*",
        {"DPoP": "x*"},
    ),
    Case(
        "POST", "/oauth2/token", "/oauth2/token", "secret",
        "grant_type=client_credentials*&scope=land.statistics.read*&resource={issuer}*",
    ),
    *(
        Case(
            "POST", path, path, by,
            "token={token}*&token_type_hint=access_token*&client_assertion_type={type}*&client_assertion={assertion}*",
        )
        for path in ("/oauth2/revoke", "/oauth2/introspect") for by in ("", "secret")
    ),
    Case("GET", "/v1/reports", "/v1/reports?cursor=MTg*&limit=10*", "person"),
    Case(
        "POST", "/v1/reports", "/v1/reports", "person",
        {
            "on": "2026-06-30*", "division": "2025*", "known_at": "2026-11-20T00:00:00Z*", "before_on": "2026-03-31*",
            "against": "1*",
        },
        {**JSON, "Cookie": "sid=abc*"},
    ),
    Case("GET", "/v1/reports/{number}", "/v1/reports/1*", "person"),
    Case("GET", "/v1/reports/{number}/files/{name}", "/v1/reports/1*/files/vi.pdf*", "person"),
    Case("GET", "/v1/runs", "/v1/runs?job=seal*&outcome=DONE*&since=2026-11-20T00:00:00Z*&cursor=MTg*&limit=10*", "person"),
    Case("GET", "/v1/sessions", "/v1/sessions", "", None, {"Cookie": "sid=abc*"}),
    Case("POST", "/v1/sessions", "/v1/sessions", "", {"login": "lan*", "password": "mat khau dai*"}, JSON),
    Case("GET", "/v1/sessions/by-issuer/return", "/v1/sessions/by-issuer/return?state=abc*&code=abc*"),
    Case("DELETE", "/v1/sessions/{session_uid}", f"/v1/sessions/{uuid4()}*", "person", None, {"Cookie": "sid=abc*"}),
    Case("GET", "/v1/tiles/{z}/{x}/{y}", "/v1/tiles/15*/26100*/14300*", "gis"),
    Case("GET", "/v1/features/collections/{name}", "/v1/features/collections/parcels*", "gis"),
    Case("GET", "/v1/features/collections/{name}/queryables", "/v1/features/collections/parcels*/queryables", "gis"),
    Case("GET", f"{ITEMS}/{{feature_id}}", f"{PARCELS}/1.2.3*?crs={CRS84}*&datetime=2024-01-01*&f=json*", "gis"),
    Case(
        "GET", ITEMS,
        f"{PARCELS}?limit=5*&bbox=105,20,106,21*&bbox-crs={CRS84}*&crs={CRS84}*&datetime=2024-01-01*&filter-crs=x*&f=json*"
        "&filter=commune_code%3D%27a%27*&filter-lang=cql2-text*&cursor=1.2.3*&commune_code=a*",
        "gis",
    ),
    Case("GET", "/", "/?ngay=2023-03-28*&chia=2023*&chi_so=loi*&loc=bac*&vung=24*&tt=x*&sap=xa*&giam=1*&het=1*&_=bang*"),
)  # fmt: skip
# What goes no further than a comparison within the process: behind a session, with its own CSRF token.
ELSEWHERE = {"X-CSRF-Token", "Tus-Resumable", "code", "password", "new", "current"}
