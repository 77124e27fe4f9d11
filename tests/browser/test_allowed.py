"""Every page declares who may see it, and that is who sees it: each page for each role, for nobody, and for other sites."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute
from officeworld import OF_OFFICE

from api.web.allowed import ANYONE, BEGUN, Allowed
from api.web.pages import PATHS, pages_of
from api.web.places import PLACES
from landdata.flows import observe
from landdata.model.people import Role, acts_of

# Filled in for addresses with a part of their own: of things that are not there.
PARTS = {
    "uid": uuid4(),
    "case": uuid4(),
    "number": 1,
    "form": "xlsx",
    "office": "LO-99",
    "client": "khong-co",
    "login": "khong.co",
    "operation": "get-coverage-units",
    "file_name": "vi.pdf",
    "key": "1.1.1",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


ROUTES = [route for route in pages_of(observe).router.routes if isinstance(route, APIRoute)]


def declared(route: APIRoute) -> list[Allowed]:
    return [one.call for one in route.dependant.dependencies if isinstance(one.call, Allowed)]


def test_every_page_declares_who_may_see_it_once():
    for route in ROUTES:
        [allowed] = declared(route)
        [place] = [one for one in PLACES.every.values() if route.path in one.paths and one.allowed == allowed]
        assert place
    assert {route.path for route in ROUTES} == PATHS


def test_a_form_names_the_page_it_stands_on():
    looked_at = {route.path for route in ROUTES if "GET" in route.methods}
    for place in PLACES.every.values():
        assert (place.vi in looked_at) != bool(place.form_of), place.vi
        assert not place.form_of or PLACES.every[place.form_of].vi in looked_at


LOOKED_AT = [
    (route.path.format(**PARTS), declared(route)[0])
    for route in ROUTES
    if "GET" in route.methods and not route.path.startswith("/en")
]


@pytest.fixture
def client(house):
    """Asks as somebody with a role, or as nobody; with the headers that a browser sends from a page of ours."""
    opened = []

    def made(role: Role | None = None) -> httpx.Client:
        cookies = {"sid": house.session(role)} if role else {}
        headers = {"Accept": "text/html", "Origin": house.url, "Sec-Fetch-Site": "same-origin"}
        opened.append(httpx.Client(base_url=house.url, cookies=cookies, headers=headers, trust_env=False, timeout=30))
        return opened[-1]

    yield made
    for one in opened:
        one.close()


def test_nobody_is_led_to_the_sign_in_and_back(client):
    nobody = client()
    for path, allowed in LOOKED_AT:
        answer = nobody.get(path)
        if allowed == ANYONE:
            assert answer.status_code in {200, 308}, path
        else:
            assert (answer.status_code, answer.headers["location"]) == (303, f"/dang-nhap?tiep={path}")
    assert nobody.get("/en/deliver").headers["location"] == "/en/sign-in?tiep=/en/deliver"
    stream = nobody.get(f"/lan-nop/{PARTS['uid']}/su-kien", headers={"Accept": "text/event-stream"})
    assert (stream.status_code, stream.json()["code"]) == (401, "SIGN_IN_NEEDED")


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_a_page_does_and_nobody_else(client, role):
    person = client(role)
    kind = "LAND_OFFICE" if role in OF_OFFICE else "MINISTRY"
    may_do = acts_of([role], kind)
    for path, allowed in LOOKED_AT:
        if path == "/tai-khoan/yeu-to-thu-hai":
            continue  # begins something; the tests of signing in see to it
        answer = person.get(path)
        if allowed in {ANYONE, BEGUN} or ((not allowed.acts or allowed.acts & may_do) and allowed.kind in {None, kind}):
            # Of what is not there the page says so; what is done already leads on.
            assert answer.status_code in {200, 303, 308, 404}, path
            assert "/dang-nhap?" not in answer.headers.get("location", ""), path
        else:
            assert (answer.status_code, "ROLE_MISSING" in answer.text) == (403, True), path
            assert 'lang="vi"' in answer.text


def test_a_page_says_no_in_its_language(client):
    answer = client(Role.INSPECTOR).get("/en/deliver")
    assert answer.status_code == 403
    assert 'lang="en"' in answer.text
    assert "The roles of this account do not allow this." in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("role", [Role.SECOND_APPROVER, Role.LAND_OFFICER, Role.MATCHING_CLERK])
def test_no_form_is_taken_from_elsewhere(client, role):
    """Each form: from another site, without its proof, and with the proof of another session."""
    person = client(role)
    proof = client(role).get("/tai-khoan").text.split('name="ma_bieu_mau" value="')[1].split('"')[0]
    posted = [route for route in ROUTES if "POST" in route.methods and not route.path.startswith("/en")]
    assert len(posted) >= 10
    for route in posted:
        path = route.path.format(**PARTS)
        headers = {**FORM, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        abroad = person.post(path, headers=headers)
        assert (abroad.status_code, "CROSS_SITE" in abroad.text) == (403, True), path
        [allowed] = declared(route)
        if allowed.kind == "MINISTRY" or (allowed.acts and not allowed.acts & acts_of([role], "LAND_OFFICE")):
            continue
        if route.path == PLACES.deliver.vi:
            body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na\r\n--x--\r\n'
            bare = person.post(path, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
            assert (bare.status_code, "CROSS_SITE" in bare.text) == (403, True)
            continue
        for sent in ("", f"ma_bieu_mau={proof}", "ma_bieu_mau=%C3%A9", "ma_bieu_mau=AAAA"):
            answer = person.post(path, content=sent, headers=FORM)
            assert (answer.status_code, "CROSS_SITE" in answer.text) == (403, True), (path, sent)


def test_the_way_back_is_never_elsewhere(client):
    person = client(Role.LAND_OFFICER)
    for where in ("//evil.example", "/\\evil.example", "https://evil.example", "/v1/x", "/a\nb", "/é"):
        answer = person.get("/dang-nhap", params={"tiep": where})
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), where
