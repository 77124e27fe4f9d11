"""The page of offices: the ministry, land offices with their provinces, consumers; and one more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from api.address import address_of
from api.days import today
from api.web.administration import page
from api.web.forms import MENDABLE, Unfit, day_of, list_of, needed, proven
from api.web.house import language_of
from api.web.i18n import Words
from api.web.places import PLACES
from api.web.routing import field, see_other
from landdata.flows import offices

if TYPE_CHECKING:
    from api.web.routing import Pages

KINDS = {
    "LAND_OFFICE": Words("Văn phòng đăng ký đất đai", "Land office"),
    "CONSUMER": Words("Bên khai thác", "Consumer"),
    "MINISTRY": Words("Bộ", "Ministry"),
}
_LONGEST_CODE = 40


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.offices)(every)
    pages.post(PLACES.offices)(register)


def every(request: Request) -> Response:
    return _every(request)


def register(request: Request) -> Response:
    """A new office; of one that is there the names are corrected, and provinces added."""
    who = proven(request)
    try:
        code, kind = needed(request, "ma", "mã", "The code"), field(request, "loai")
        name_vi = needed(request, "ten", "tên", "The name")
        name_en = field(request, "ten_anh") or name_vi
        known = next((one for one in offices.every(_db(request)) if one.code == code), None)
        if len(code) > _LONGEST_CODE or kind not in {"LAND_OFFICE", "CONSUMER"} or (known and known.kind != kind):
            raise Unfit("Mã hoặc loại cơ quan không hợp lệ.", "The code or the kind of office does not fit.")
        if kind == "LAND_OFFICE":
            provinces = list_of(request, "tinh")
            if not provinces and known is None:
                raise Unfit("Cần ít nhất một tỉnh.", "At least one province is needed.")
            day = day_of(request, "ngay") or today()
            offices.register_land_office(
                _db(request), code=code, name_vi=name_vi, name_en=name_en, provinces=[(one, day) for one in provinces]
            )
        else:
            offices.register_office(_db(request), code=code, kind=kind, name_vi=name_vi, name_en=name_en)
    except MENDABLE as error:
        return _every(request, error)
    request.app.state.services.security_log.administered("office", who.login, address_of(request))
    return see_other(PLACES.offices.path(language_of(request)))


def _every(request: Request, error: Exception | None = None) -> Response:
    found = sorted(offices.every(_db(request)), key=lambda one: (list(KINDS).index(one.kind), one.code))
    return page(request, "offices.html", error, offices=found, kinds=KINDS)


def _db(request: Request) -> Any:
    return request.app.state.services.pools.admin
