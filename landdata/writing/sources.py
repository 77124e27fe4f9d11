"""Sources as CSV: a row for each province of a source, and one for each province without."""

from __future__ import annotations

import csv
import io

from landdata.model.cells import harmless_row
from landdata.model.sources import Source, SourceList, State

HEAD = (
    "on", "division", "province", "province_name", "office", "office_name", "method", "state", "since", "last_on", "due_on",
    "days_late", "cadence_days", "first_due_on", "communes", "communes_promised",
)  # fmt: skip


def as_csv(found: SourceList) -> str:
    """The whole list, with a header; what is not known or not promised is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for one in found.sources:
        places = [(where.code, where.full_name_vi) for where in one.provinces] or [("", "")]
        writer.writerows(harmless_row((found.on, found.division, *place, *_cells(one))) for place in places)
    for where in found.without:
        row = (found.on, found.division, where.code, where.full_name_vi, "", "", "", State.NEVER_CONNECTED.value)
        writer.writerow((*row, *[""] * (len(HEAD) - len(row))))
    return text.getvalue()


def _cells(one: Source) -> tuple[object, ...]:
    facts, promise = one.facts, one.promise
    given = (facts.last_on, facts.due_on, facts.days_late, promise.cadence_days, promise.first_due_on)
    return (
        one.office_code, one.name_vi, one.method, one.state.value, one.since.isoformat(),
        *("" if value is None else value for value in (*given, one.communes, promise.communes)),
    )  # fmt: skip
