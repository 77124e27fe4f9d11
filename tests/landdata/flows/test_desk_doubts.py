"""What the desk doubts of a file by its own words about coordinates: real Shapefiles with a .prj of every kind."""

from __future__ import annotations

import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from landworld import COMMUNES, DAY, PROVINCE, SHORT, row

from landdata.flows import desk as at_desk
from landdata.flows.desk import Asked
from landdata.model.deliveries import Severity
from landdata.settings import Settings

PRJ = (
    'PROJCS["VN2000",GEOGCS["GCS",DATUM["{datum}",SPHEROID["WGS_1984",6378137.0,298.257223563]{towgs84}],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{meridian}],'
    'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
SIGNS = ",TOWGS84[-191.90441429,-39.30318279,-111.45032835,{}0.00928836,{}0.01975479,{}0.00427372,0.252906278]"


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"datum": "D_VN_2000", "towgs84": SIGNS.format("-", "", "-")}, {"CRS_PARAMETERS_UNDECIDED"}),
        ({"datum": "D_VN_2000", "towgs84": SIGNS.format("", "-", "")}, set()),
        ({"datum": "D_WGS_1984"}, {"CRS_DATUM_UNDECIDED"}),
        ({"datum": "D_VN_2000", "meridian": "107.25"}, {"CRS_ZONE_UNUSUAL"}),
        ({"datum": "D_VN_2000"}, set()),
    ],
)
def test_what_a_prj_says_raises_a_doubt(tmp_path, said, codes):
    """A Shapefile whose words about its coordinates were written by hand, as old programs did."""
    rows = [row(COMMUNES[0], number) for number in range(1, 4)]
    names = [name for name in SHORT if name in rows[0]]
    pyogrio.raw.write(
        tmp_path / "thua.shp",
        geometry=np.array([shapely.to_wkb(shapely.Polygon(one["ring"])) for one in rows], dtype=object),
        field_data=[np.array([str(one[name]).removesuffix(".0") for one in rows], dtype=object) for name in names],
        fields=[SHORT[name] for name in names],
        geometry_type="Polygon",
        crs="EPSG:9214",
        encoding="UTF-8",
    )
    (tmp_path / "thua.prj").write_text(PRJ.format(**{"towgs84": "", "meridian": "107.0"} | said))
    with zipfile.ZipFile(tmp_path / "thua.zip", "w") as archive:
        for suffix in ("shp", "shx", "dbf", "prj", "cpg"):
            archive.write(tmp_path / f"thua.{suffix}", f"thua.{suffix}")
    verdict = at_desk.check([tmp_path / "thua.zip"], Asked(DAY, province=PROVINCE), settings=Settings())
    assert {one.code for one in verdict.findings if one.severity is Severity.WAITS} == codes
    assert verdict.accepted
    assert verdict.rows_taken == 3
    assert any("CRS_" in line for line in verdict.lines()) == bool(codes)
