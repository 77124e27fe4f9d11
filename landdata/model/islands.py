"""Points of Hoàng Sa and Trường Sa (WGS 84) for the two insets; at national zoom the islets would vanish.

Leaving the archipelagos out of a map of the country is a violation, so they do not depend on what the
database holds. The points are taken from the province polygons of the reference data (CC BY-SA 4.0, see
`fixtures/reference/admin/SOURCES.md`).
"""

from __future__ import annotations

from dataclasses import dataclass

_HOANG_SA = (
    (111.21, 15.78),
    (111.38, 16.73),
    (111.53, 17.09),
    (111.6, 16.46),
    (111.66, 16.56),
    (111.76, 16.49),
    (111.78, 16.24),
    (111.79, 16.06),
    (112.01, 16.34),
    (112.24, 16.99),
    (112.33, 16.84),
    (112.46, 16.04),
    (112.64, 16.57),
    (112.73, 16.67),
)

_TRUONG_SA = (
    (110.45, 8.15),
    (110.48, 7.83),
    (110.63, 8.04),
    (111.54, 7.54),
    (111.67, 8.68),
    (111.72, 7.93),
    (111.75, 7.69),
    (111.92, 8.64),
    (112.18, 8.86),
    (112.61, 8.83),
    (112.83, 8.87),
    (112.92, 7.9),
    (112.94, 9.65),
    (113.3, 8.19),
    (113.59, 6.96),
    (113.61, 10.26),
    (113.67, 8.96),
    (113.67, 9.21),
    (113.83, 7.4),
    (113.84, 7.64),
    (113.85, 10.08),
    (113.93, 7.99),
    (114.02, 9.53),
    (114.03, 8.8),
    (114.06, 7.69),
    (114.07, 10.92),
    (114.14, 8.09),
    (114.28, 9.72),
    (114.33, 10.7),
    (114.36, 10.18),
    (114.37, 7.72),
    (114.37, 11.09),
    (114.38, 7.93),
    (114.39, 9.89),
    (114.39, 11.46),
    (114.41, 10.38),
    (114.58, 8.49),
    (114.59, 8.12),
    (114.59, 10.87),
    (114.62, 11.45),
    (114.64, 8.85),
    (114.64, 10.33),
    (114.65, 9.97),
    (114.81, 11.12),
    (114.92, 10.88),
    (115.02, 11.08),
    (115.22, 8.36),
    (115.3, 10.19),
    (115.42, 9.38),
    (115.58, 9.9),
    (115.76, 10.5),
    (115.82, 10.71),
    (115.86, 9.74),
    (115.94, 9.32),
    (116.15, 10.12),
    (116.15, 11.41),
    (116.16, 12.04),
    (116.17, 9.6),
    (116.18, 10.67),
    (116.27, 8.89),
    (116.31, 11.56),
    (116.44, 10.9),
    (116.47, 11.71),
    (116.49, 9.18),
    (116.49, 10.31),
    (116.56, 10.51),
    (116.57, 9.73),
    (116.6, 8.22),
    (116.63, 10.8),
    (116.67, 9.04),
    (116.76, 10.37),
    (116.87, 10.88),
    (116.91, 10.54),
    (116.93, 9.45),
)


@dataclass(frozen=True, slots=True)
class Archipelago:
    """One inset: its name, the province whose colour it bears, and where its islands lie."""

    key: str
    name_vi: str
    province_code: str  # the same in both divisions
    province_vi: str
    points: tuple[tuple[float, float], ...]


ARCHIPELAGOS = (
    Archipelago("hoang-sa", "Hoàng Sa", "48", "Đà Nẵng", _HOANG_SA),
    Archipelago("truong-sa", "Trường Sa", "56", "Khánh Hòa", _TRUONG_SA),
)
