"""The page that lets the mock population platform of a simulation misbehave; in operation there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from api.address import address_of
from api.web.administration import page
from api.web.forms import MENDABLE, Unfit, number_of, proven, whole_of
from api.web.house import language_of
from api.web.i18n import Words
from api.web.places import PLACES
from api.web.routing import field, see_other
from landdata.errors import PopulationUnavailable, SandboxAbsent
from landdata.flows import sandbox
from landdata.model.sandbox import Mood, Order

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages

MOODS = {
    Mood.NORMAL: Words("Bình thường", "Normal"),
    Mood.SLOW: Words("Chậm, đến 3 giây", "Slow, up to 3 seconds"),
    Mood.FAILING: Words("Lỗi 500 hoặc 503", "Fails with 500 or 503"),
    Mood.RATE_LIMITING: Words("Từ chối vì hỏi quá nhanh (429)", "Refuses as too many (429)"),
    Mood.DOWN: Words("Ngừng với mọi yêu cầu (503)", "Down to everyone (503)"),
    Mood.DUPLICATING: Words("Trả một dòng hai lần", "A line comes twice"),
    Mood.REORDERING: Words("Trả các dòng lộn xộn", "Lines come in any order"),
    Mood.CONTRADICTING: Words("Trả lời trái nhau cho cùng câu hỏi", "Contradicts itself"),
}


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.moods)(present)
    pages.post(PLACES.moods)(put)


def present(request: Request) -> Response:
    return _show(request)


def put(request: Request) -> Response:
    """Another mood from the next request on."""
    who = proven(request)
    services: Services = request.app.state.services
    try:
        share, seed = number_of(request, "phan"), whole_of(request, "hat_giong")
        if field(request, "tam_trang") not in set(Mood) or share is None or not 0 <= share <= 100:
            raise Unfit("Chọn một tâm trạng và phần từ 0 đến 100%.", "Choose a mood and a share of 0 to 100 %.")
        order = Order(Mood(field(request, "tam_trang")), share / 100, seed or 1)
        sandbox.put(services.settings, order)
    except SandboxAbsent:
        raise
    except MENDABLE as error:
        return _show(request, error)
    services.security_log.administered(f"mood:{order.mood}", who.login, address_of(request))
    return see_other(PLACES.moods.path(language_of(request)))


def _show(request: Request, error: Exception | None = None) -> Response:
    try:
        order = sandbox.present(request.app.state.services.settings)
    except PopulationUnavailable as away:
        return page(request, "moods.html", error or away, order=None, moods=MOODS)
    return page(request, "moods.html", error, order=order, moods=MOODS)
