"""Commands of coordinates: between VN-2000 zones and WGS 84."""

from __future__ import annotations

import sys

import typer

from landdata.model import crs

group = typer.Typer(no_args_is_help=True, help="Hệ tọa độ VN-2000 / VN-2000 coordinates")


@group.command("to-wgs84")
def crs_to_wgs84(epsg: int, easting: float, northing: float) -> None:
    """VN-2000 (đông, bắc) -> WGS 84 (kinh độ, vĩ độ) / easting and northing to longitude and latitude."""
    lon, lat = crs.to_wgs84(epsg, easting, northing)
    sys.stdout.write(f"{lon:.10f} {lat:.10f}\n")


@group.command("from-wgs84")
def crs_from_wgs84(epsg: int, longitude: float, latitude: float) -> None:
    """WGS 84 (kinh độ, vĩ độ) -> VN-2000 (đông, bắc) / longitude and latitude to easting and northing."""
    east, north = crs.from_wgs84(epsg, longitude, latitude)
    sys.stdout.write(f"{east:.4f} {north:.4f}\n")
