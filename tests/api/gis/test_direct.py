"""What is asked most goes a way of its own past the framework's, and is answered just as there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from gisworld import BASE, ITEMS

from api.direct import DirectRoutes
from api.routes import features, residency, tiles

PROVINCES = f"{BASE}/collections/provinces/items"


def test_the_busiest_routes_go_directly():
    """A dependency of a kind that is not known there would take one of them back to the slow way without a word."""
    routes = DirectRoutes((residency.router, tiles.router, features.router))
    app = SimpleNamespace(dependency_overrides={})

    for method, path in (
        ("POST", "/v1/residency/land-records:lookup"),
        ("GET", "/v1/tiles/16/52032/28840"),
        ("GET", ITEMS),
        ("GET", f"{ITEMS}/1.1.1"),
    ):
        match, more = routes.matches({"type": "http", "app": app, "method": method, "path": path})
        assert match.name == "FULL", path
        assert more["route"].path_regex.match(path)


@pytest.mark.parametrize(
    ("method", "path", "params", "headers", "status", "directly"),
    [
        ("GET", f"{ITEMS}?limit=3", {}, {}, 200, True),
        ("GET", f"{PROVINCES}/1", {}, {}, 200, True),
        ("GET", f"{PROVINCES}/999999999", {}, {}, 404, True),
        ("GET", f"{ITEMS}/1.1", {}, {}, 404, True),
        ("GET", f"{ITEMS}/x", {}, {}, 400, True),
        ("GET", f"{ITEMS.replace('parcels', 'P4')}/1.1.1", {}, {}, 400, True),
        ("GET", f"{ITEMS.replace('parcels', 'holders')}/1.1.1", {}, {}, 404, True),
        ("GET", ITEMS, {"limit": "many"}, {}, 400, True),
        ("GET", f"{PROVINCES}/1", {"crs": "x"}, {}, 400, True),
        ("GET", f"{ITEMS}?limit=1&limit=2", {}, {}, 400, True),
        ("GET", f"{PROVINCES}/1", {}, {"Authorization": "Basic x"}, 401, True),
        ("GET", "/v1/tiles/16/52032/28840", {}, {}, 204, True),
        ("GET", "/v1/tiles/16/52032/x", {}, {}, 422, True),
        ("POST", "/v1/residency/land-records:lookup", {}, {}, 401, True),
        ("DELETE", f"{ITEMS}/1.1.1", {}, {}, 405, False),
        ("GET", f"{ITEMS}/1.1.1/", {}, {}, 404, False),
        ("GET", f"{BASE}/collections", {}, {}, 200, False),
    ],
)
def test_both_ways_answer_alike(api, ministry, monkeypatch, method, path, params, headers, status, directly):
    gone: list[str] = []
    handle = DirectRoutes.handle

    async def watched(self, scope, receive, send) -> None:
        gone.append(scope["path"])
        await handle(self, scope, receive, send)

    monkeypatch.setattr(DirectRoutes, "handle", watched)

    def ask() -> tuple[int, dict[str, str], str]:
        answer = api.http.request(method, path, params=params or None, headers={**ministry.headers, **headers})
        own = {"date", "x-request-id", "ratelimit"}
        body = answer.text.replace(answer.headers["x-request-id"], "")
        return answer.status_code, {k: v for k, v in answer.headers.items() if k not in own}, body

    first = ask()
    assert (first[0], len(gone)) == (status, directly), first
    # Anything that is overridden leaves all to the framework.
    monkeypatch.setitem(api.app.dependency_overrides, ask, ask)
    assert ask() == first
    assert len(gone) == directly
