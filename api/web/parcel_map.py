"""The parcel map: a list, a search and the lives of parcels that need no map, and beside them a map that needs no list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from api.parcel_readers import of_person
from api.web.house import house, language_of
from api.web.i18n import tidy
from api.web.land_uses import LAND_USES
from api.web.listing import LONGEST_TEXT
from api.web.places import PLACES
from landdata.flows import parcel_lives
from landdata.model.tiles import NUMBERS_FROM, PARCELS_FROM

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages
    from landdata.model.parcel_lives import Commune, Sheet

# A sheet's number has at most nine digits; anything else is no sheet.
_DIGITS = 9


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.map)(whole)
    pages.get(PLACES.map_parcel)(one_parcel)


def whole(request: Request, tim: str = "", xa: str = "", to: str = "", thua: str = "") -> Response:
    """The map with what was asked for: `tim` any text, `xa` a commune's code, `to` a sheet of it, `thua` a parcel."""
    services: Services = request.app.state.services
    windows, reader = services.windows, of_person(request.state.who)
    text = tidy(tim[: LONGEST_TEXT * 3])[:LONGEST_TEXT]
    commune: Commune | None = None
    sheets: tuple[Sheet, ...] = ()
    if xa:
        commune, sheets = parcel_lives.commune(windows, reader, xa)
    sheet = int(to) if to.isascii() and to.isdigit() and len(to) <= _DIGITS else 0
    found = parcel_lives.search(windows, services.commune_names, reader, text, commune=xa)
    if len(found.parcels) == 1 and not thua:
        thua = str(found.parcels[0].key)
    life = parcel_lives.life(windows, reader, thua) if thua else None
    box = life.box if life else commune.box if commune else None

    def address(**changed: str) -> str:
        asked = {name: value for name, value in changed.items() if value}
        path = PLACES.map.path(language_of(request))
        return f"{path}?{urlencode(asked)}" if asked else path

    return house().page(
        request, "map.html", text=text, found=found, commune=commune, sheets=sheets, sheet=sheet,
        listed=parcel_lives.on_sheet(windows, reader, commune, sheet) if commune and sheet else (), life=life,
        box=box or parcel_lives.ground(windows, reader), address=address, uses=LAND_USES,
        use_codes={one.key: one.codes for one in LAND_USES if one.codes}, parcels_from=PARCELS_FROM, numbers_from=NUMBERS_FROM,
    )  # fmt: skip


def one_parcel(request: Request, key: str) -> Response:
    """What the panel says of one parcel, for the map to show without drawing itself anew."""
    services: Services = request.app.state.services
    life = parcel_lives.life(services.windows, of_person(request.state.who), key)

    def address(**changed: Any) -> str:
        return f"{PLACES.map.path(language_of(request))}?{urlencode(changed)}"

    return house().page(request, "_parcel.html", life=life, address=address)
