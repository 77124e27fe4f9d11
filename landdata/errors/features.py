"""What is wrong with questions of maps and GIS."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class TileUnknown(LandDataError):
    code = "TILE_UNKNOWN"
    vi = "Không có ô bản đồ này."
    en = "There is no such tile."
    mend_vi = "Dùng mức thu phóng từ 0 đến 20, cột và hàng từ 0 đến 2^z - 1 (XYZ, Web Mercator)."
    mend_en = "Use a zoom from 0 to 20, column and row from 0 to 2^z - 1 (XYZ, Web Mercator)."


class FeatureUnknown(LandDataError):
    code = "FEATURE_UNKNOWN"
    vi = "Không có đối tượng này, hoặc nó nằm ngoài phạm vi được xem."
    en = "There is no such feature, or it lies outside of what may be seen."
    mend_vi = "Lấy mã (`id`) từ danh sách `items` của cùng ngày."
    mend_en = "Take its `id` from a list of `items` of the same day."


class FeaturesAskedWrongly(LandDataError):
    code = "FEATURES_ASKED_WRONGLY"
    vi = "Tham số `{parameter}` không dùng được: {reason_vi}."
    en = "The parameter `{parameter}` cannot be used: {reason_en}."
    mend_vi = "Xem các tham số trong `/openapi.json` và các thuộc tính lọc được trong `queryables` của tập hợp."
    mend_en = "See the parameters in `/openapi.json` and the properties to filter by in `queryables` of the collection."
