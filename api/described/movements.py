"""The description of why a figure of coverage moved."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations
from landdata.model.movements import CAUSES, NAMES, CauseKind


def _figures(*numbers: int | tuple[int, int]) -> dict[str, Any]:
    pairs = ((one, one) if isinstance(one, int) else one for one in numbers)
    return {name: {"at_least": least, "at_most": most} for name, (least, most) in zip(NAMES, pairs, strict=True)}


def _state(on: str, *numbers: int) -> dict[str, Any]:
    return {
        "on": on, "known_at": None, "division": "2023", "register_on": on, "unit_name": "Tỉnh Bắc Giang",
        "figures": _figures(*numbers),
    }  # fmt: skip


_CAUSE: dict[str, Any] = {
    "place": 1, "kind": "DELIVERY", "vi": CAUSES[CauseKind.DELIVERY][0], "en": CAUSES[CauseKind.DELIVERY][1],
    "effective_on": "2023-03-28", "recorded_at": "2026-11-21T08:15:00+07:00",
    "delivery": None, "office": None, "office_name": None,
    "resolution": None, "backfilled": True, "simulated": True, "undone": False, "moved": _figures(1, 6, 82, 2460, 1640, 2210),
    "units": [{"level": "province", "code": "24", "name": "Tỉnh Bắc Giang", "moved": {"at_least": 1, "at_most": 1}}],
}  # fmt: skip
_TOLD = (
    "Vì sao con số thay đổi giữa hai ngày: từng lần giao nộp, rút lại, sắp xếp đơn vị và đổi quy tắc, mỗi nguyên nhân với phần "
    "tăng giảm của nó; cộng lại đúng bằng chênh lệch. Ai cũng xem được; lần giao nộp nào, của văn phòng nào thì chỉ cán bộ "
    "Bộ và chính văn phòng đó thấy, người khác nhận null."
)
_TABLE = "place,kind,effective_on,...\n,BEFORE,2023-03-01,...\n1,DELIVERY,2023-03-28,...\n,AFTER,2023-03-28,...\n"

OPERATIONS: Operations = {
    ("get", "/v1/coverage/changes"): Operation(
        "Vì sao con số thay đổi", "Why a figure moved", _TOLD,
        answers={
            200: {
                "unit": "24", "level": None, "simulated": True, "before": _state("2023-03-01", *[0] * 6),
                "after": _state("2023-03-28", 1, 6, 82, 2460, 1640, 2210),
                "difference": _figures(1, 6, 82, 2460, 1640, 2210), "causes_total": 1, "next": None, "causes": [_CAUSE],
            }
        },
        codes={404: "UNIT_UNKNOWN"},
    ),
    ("get", "/v1/coverage/changes.csv"): Operation(
        "Vì sao con số thay đổi, dạng bảng", "Why a figure moved, as a table", _TOLD,
        answers={200: _TABLE}, codes={404: "UNIT_UNKNOWN"},
    ),
}  # fmt: skip
