"""Which units an office answers for, and how far they are connected: its own provinces with their communes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from landdata.errors import OfficeUnknown
from landdata.flows import observe
from landdata.model.coverage import UnitCoverage
from landdata.model.units import Level
from landdata.store import deliveries, offices
from landdata.store.engine import Database


@dataclass(frozen=True, slots=True)
class Territory:
    """The office's provinces on a day, each with its communes; none where the office had none on that day."""

    on: date
    provinces: tuple[tuple[UnitCoverage, tuple[UnitCoverage, ...]], ...]


def territory(own: Database, figures: Database, *, office_code: str, on: date | None = None) -> Territory:
    """`own` knows the office, `figures` the coverage. `on` None: today, or the last day there is data for where the office
    has no units any more: 63 provinces became 34. Raises OfficeUnknown.
    """
    with own.read() as tx:
        office = offices.find(tx, office_code)
        if office is None:
            raise OfficeUnknown(office_code=office_code)
        day = on or deliveries.today(tx)
        units = offices.provinces_of(tx, office_id=office.office_id, on=day)
    if not units and on is None:
        last = observe.latest_day(figures)
        return territory(own, figures, office_code=office_code, on=last) if last else Territory(day, ())
    mine = [one for one in observe.units(figures, on=day, level=Level.PROVINCE) if one.unit_id in units]
    return Territory(
        day, tuple((one, observe.units(figures, on=day, level=Level.COMMUNE, parent=one.code)) for one in mine)
    )
