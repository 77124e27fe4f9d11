"""The page of our own keys: their versions, states and ages; never a key, nor anything it could be guessed from."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from api.web.house import house
from api.web.i18n import Words
from api.web.places import PLACES
from api.web.words import Mark
from landdata.errors import LandDataError
from landdata.flows import keys, signing_keys
from landdata.flows.keys import State
from landdata.store.signing_keys import State as SigningState

if TYPE_CHECKING:
    from api.services import Services
    from api.web.routing import Pages

STATES = {
    State.NEXT: Mark("wait", Words("Sắp dùng", "To be used")),
    State.ACTIVE: Mark("ok", Words("Đang dùng", "In use")),
    State.FORMER: Mark("wait", Words("Chỉ để mở dữ liệu cũ", "Opens what is older")),
    State.RETIRED: Mark("off", Words("Chỉ để tìm", "For searches alone")),
    State.MISSING: Mark("bad", Words("Không có ở tiến trình này", "Not at this process")),
    State.UNUSABLE: Mark("off", Words("Tiến trình này không được đọc", "This process may not read it")),
}
SIGNING = {
    SigningState.NEXT: STATES[State.NEXT],
    SigningState.ACTIVE: STATES[State.ACTIVE],
    SigningState.RETIRED: Mark("off", Words("Thôi ký", "Signs no more")),
}
PURPOSES = {
    "number-seal": Words("Mã hóa số định danh", "Seals citizens' numbers"),
    "number-index": Words("Chỉ mục mù của số định danh", "Blind index of numbers"),
    "row-hash": Words("Dấu vân của dòng dữ liệu", "Prints of rows"),
    "person-hash": Words("Dấu vân của người", "Prints of persons"),
    "request-hash": Words("Dấu vân của yêu cầu", "Prints of requests"),
    "raw": Words("Mã hóa tệp gốc", "Seals delivered files"),
    "feed": Words("Tên hồ sơ trong luồng thay đổi", "Names of records in the feed"),
    "totp": Words("Mã hóa yếu tố thứ hai", "Seals second factors"),
}


def add(pages: Pages) -> None:
    """Put these pages into the house."""
    pages.get(PLACES.keys)(ages)


def ages(request: Request) -> Response:
    """Each version with its state and since when."""
    services: Services = request.app.state.services
    try:
        signing = signing_keys.every(services.settings.data_dir)
    except (LandDataError, OSError):
        signing = ()
    return house().page(
        request, "keys.html", ages=keys.ages(services.settings.key_folder), signing=signing, states=STATES,
        signing_states=SIGNING, purposes=PURPOSES, now=time.time(), moment=lambda unix: datetime.fromtimestamp(unix, UTC),
    )  # fmt: skip
