"""The table on the screen as CSV: the same rows in the same order, each with its day, division and source."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from api.web.i18n import BACKFILLED, DIVISIONS, SIMULATION, SOURCE, Language

if TYPE_CHECKING:
    from api.web.dashboard import Dashboard

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as the local code page
HEADS = {
    Language.VI: (
        "Ngày",
        "Địa giới",
        "Hạng",
        "Mã tỉnh",
        "Tỉnh, thành phố",
        "Vùng",
        "Đã kết nối (ít nhất)",
        "Đã kết nối (nhiều nhất)",
        "Huyện đã có dữ liệu (ít nhất)",
        "Huyện đã có dữ liệu (nhiều nhất)",
        "Tổng số huyện",
        "Xã đã đồng bộ (ít nhất)",
        "Xã đã đồng bộ (nhiều nhất)",
        "Tổng số xã",
        "Thửa đất (ít nhất)",
        "Thửa đất (nhiều nhất)",
        "Giấy chứng nhận (ít nhất)",
        "Giấy chứng nhận (nhiều nhất)",
        "Người sử dụng đất (ít nhất)",
        "Người sử dụng đất (nhiều nhất)",
        "Tỷ lệ dòng bị từ chối (%)",
        "Dữ liệu có hiệu lực gần nhất",
        "Nguồn",
        "Ghi chú",
    ),
    Language.EN: (
        "Date",
        "Division",
        "Rank",
        "Province code",
        "Province",
        "Region",
        "Connected (at least)",
        "Connected (at most)",
        "Districts with data (at least)",
        "Districts with data (at most)",
        "Districts in total",
        "Communes synced (at least)",
        "Communes synced (at most)",
        "Communes in total",
        "Parcels (at least)",
        "Parcels (at most)",
        "Certificates (at least)",
        "Certificates (at most)",
        "Holders (at least)",
        "Holders (at most)",
        "Refused rows (%)",
        "Latest effective data",
        "Source",
        "Note",
    ),
}


def notes(page: Dashboard) -> str:
    """The warnings every copy of these figures must carry."""
    language = page.state.language
    said = [SIMULATION[language]] if page.simulated else []
    if page.coverage.backfilled:
        said.append(BACKFILLED[language])
    return ". ".join(said)


def csv_text(page: Dashboard) -> str:
    """One header line and one line per province shown; plain numbers, ISO dates."""
    language = page.state.language
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS[language])
    source = SOURCE[language].format(register=page.coverage.register_on.isoformat())
    for row in page.shown:
        unit = row.unit
        bounds = (unit.parcels, unit.certificates, unit.holders)
        writer.writerow(
            [
                page.state.on.isoformat(),
                DIVISIONS[page.state.division][language],
                row.rank,
                unit.code,
                unit.full_name_vi,
                row.region.name[language] if row.region else "",
                unit.connected.at_least,
                unit.connected.at_most,
                unit.districts_connected.at_least,
                unit.districts_connected.at_most,
                unit.districts_total,
                unit.communes_connected.at_least,
                unit.communes_connected.at_most,
                unit.communes_total,
                *(value for one in bounds for value in (one.at_least, one.at_most)),
                "" if row.refused is None else f"{row.refused:.2f}",
                unit.last_effective_on or "",
                source,
                notes(page),
            ]
        )
    return BYTE_ORDER_MARK + out.getvalue()


def file_name(page: Dashboard) -> str:
    stem = "ket-noi-dat-dai" if page.state.language is Language.VI else "land-connection"
    return f"{stem}-{page.state.on.isoformat()}-{page.state.division}.csv"
