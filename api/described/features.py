"""The description of the map: tiles, and parcels and units as features."""

from __future__ import annotations

from typing import Any

from api.described.operation import Operation, Operations

_HERE = "https://land.example/v1/features"
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_JSON, _GEOJSON = "application/json", "application/geo+json"
_FEATURE: dict[str, Any] = {
    "type": "Feature", "id": "1024.12.345",
    "geometry": {
        "type": "MultiPolygon",
        "coordinates": [[[
            [106.70268619, 10.77588151], [106.7027776, 10.77588149], [106.70277762, 10.77597188], [106.70268619, 10.77588151],
        ]]],
    },
    "properties": {
        "commune_code": "26734", "commune_name": "Phường Tân Định", "province_code": "79", "map_sheet_number": 12,
        "parcel_number": 345, "parcel_uid": "w3gvk1dw0cct", "legal_area_m2": 100.0, "map_area_m2": 100.2, "purpose": "ODT",
        "purposes": "ODT+CLN", "status": "current", "effective_from": "2023-03-28", "effective_to": None,
    },
}  # fmt: skip
_COLLECTION = {
    "id": "parcels", "title": "Thửa đất / Parcels", "description": "Thửa đất, không có chủ / Parcels, without their holders.",
    "extent": {
        "spatial": {"bbox": [[102.1, 6.0, 117.9, 23.5]], "crs": _CRS84}, "temporal": {"interval": [[None, None]]},
    },
    "itemType": "feature", "crs": [_CRS84, "http://www.opengis.net/def/crs/EPSG/0/9210"], "storageCrs": _CRS84,
    "links": [{"href": f"{_HERE}/collections/parcels/items", "rel": "items", "type": _GEOJSON, "title": None}],
}  # fmt: skip
_TILE_SET = {
    "tilejson": "3.0.0", "name": "landdata", "scheme": "xyz", "tiles": ["https://land.example/v1/tiles/{z}/{x}/{y}"],
    "minzoom": 0, "maxzoom": 20, "bounds": [102.1, 6.0, 117.9, 23.5],
    "vector_layers": [
        {
            "id": "parcels", "description": "Thửa đất / Parcels", "minzoom": 15, "maxzoom": 20,
            "fields": {"id": "Mã đối tượng / id of the feature"},
        },
    ],
}  # fmt: skip
_CODES = {401: "GIS_KEY_INVALID", 403: "ROLE_MISSING", 404: "FEATURE_UNKNOWN", 400: "FEATURES_ASKED_WRONGLY"}
_LINK = {"href": _HERE, "rel": "self", "type": _JSON, "title": None}

OPERATIONS: Operations = {
    ("get", "/v1/tiles"): Operation(
        "Bộ ô bản đồ", "The set of tiles", "Có những lớp nào, ở mức thu phóng nào (TileJSON 3.0).",
        answers={200: _TILE_SET}, codes=_CODES,
    ),
    ("get", "/v1/tiles/{z}/{x}/{y}"): Operation(
        "Một ô bản đồ", "One tile",
        "Ô vector: thửa đất từ mức 15, dưới đó là xã và tỉnh; văn phòng chỉ thấy tỉnh của mình. Không có chủ sử dụng.",
        answers={200: "\x1a\x03…"}, codes={**_CODES, 404: "TILE_UNKNOWN"},
    ),
    ("get", "/v1/features"): Operation(
        "Thửa đất và đơn vị cho GIS", "Parcels and units for GIS",
        "Trang đầu của OGC API - Features: các đường dẫn đến mọi thứ còn lại.",
        answers={200: {"title": "Thửa đất / Parcels", "description": "Không có chủ / Without holders.", "links": [_LINK]}},
        codes=_CODES,
    ),
    ("get", "/v1/features/api"): Operation(
        "Mô tả cho chương trình GIS", "A description for GIS programs",
        "OpenAPI 3.0 của riêng dịch vụ này, mỗi tập một địa chỉ: GDAL chỉ gửi điều kiện lọc mà nó thấy ở đây.",
        answers={200: {"openapi": "3.0.3", "servers": [{"url": _HERE}], "paths": {}}}, codes=_CODES,
    ),
    ("get", "/v1/features/conformance"): Operation(
        "Các tiêu chuẩn được theo", "Standards that are kept", "Các lớp yêu cầu của OGC mà dịch vụ tuân theo.",
        answers={200: {"conformsTo": ["http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"]}}, codes=_CODES,
    ),
    ("get", "/v1/features/collections"): Operation(
        "Các tập hợp", "The collections", "Thửa đất, tỉnh, huyện và xã.",
        answers={200: {"links": [_LINK], "collections": [_COLLECTION]}}, codes=_CODES,
    ),
    ("get", "/v1/features/collections/{name}"): Operation(
        "Một tập hợp", "One collection", "Tên, phạm vi, các hệ tọa độ và đường dẫn của một tập hợp.",
        answers={200: _COLLECTION}, codes=_CODES,
    ),
    ("get", "/v1/features/collections/{name}/queryables"): Operation(
        "Các thuộc tính lọc được", "Properties to filter by", "Các thuộc tính dùng được trong `filter` hoặc làm tham số.",
        answers={200: {"type": "object", "properties": {"parcel_number": {"type": "integer"}}}}, codes=_CODES,
    ),
    ("get", "/v1/features/collections/{name}/items"): Operation(
        "Một trang đối tượng", "A page of features",
        "Đối tượng theo thứ tự cố định, lọc theo khung, ngày và thuộc tính; `next` dẫn đến trang sau. Không đếm tổng số.",
        answers={200: {"type": "FeatureCollection", "numberReturned": 1, "links": [_LINK], "features": [_FEATURE]}},
        codes=_CODES,
    ),
    ("get", "/v1/features/collections/{name}/items/{feature_id}"): Operation(
        "Một đối tượng", "One feature", "Một đối tượng theo mã, hiện nay hoặc vào một ngày.",
        answers={200: {**_FEATURE, "links": [_LINK]}}, codes=_CODES,
    ),
}  # fmt: skip
