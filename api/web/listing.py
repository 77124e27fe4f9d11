"""A list as it stands in the address bar: its filters in fixed order, its parts for htmx, its files; it reads no data."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import Response

from api.web.house import house, language_of
from api.web.i18n import Language, tidy
from api.web.places import PLACES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from fastapi import Request

LONGEST_TEXT = 60
MAIN, TABLE = (
    "chinh",
    "bang",
)  # the parts that a reader asks for: all but the frame, and the table; both move the address
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as the local code page
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Which list, by its name in the house, and what it is narrowed down to; two equal ones are the same page."""

    place: str
    language: Language
    given: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        return dict(self.given).get(name, "")

    @property
    def path(self) -> str:
        return PLACES.every[self.place].path(self.language)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What is not default, in fixed order."""
        return [(name, value) for name, value in self.given if value]

    def url(self, part: str = "", **changes: str) -> str:
        """Address of the list with `changes`; `part` asks for a piece of it only."""
        pairs = self.changed(**changes).pairs + ([("_", part)] if part else [])
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    def changed(self, **changes: str) -> Listing:
        return replace(self, given=tuple((name, changes.get(name, value)) for name, value in self.given))

    def sorted_by(self, column: str) -> dict[str, str]:
        """The change a click on a column's head makes: the same column again turns it round."""
        return {"sap": column, "nguoc": "" if self["sap"] != column or self["nguoc"] else "1"}

    @property
    def other_url(self) -> str:
        """The same in the other language."""
        return replace(self, language=self.language.other).url()

    def file_url(self, kind: str) -> str:
        path = PLACES.every[f"{self.place}_{kind}"].path(self.language)
        return f"{path}?{urlencode(self.pairs)}" if self.pairs else path


def read_listing(request: Request, place: str, known: Mapping[str, Collection[str] | None]) -> Listing:
    """What the address asks for: of each filter a word that is `known`, or, with None, any short text; others are left out."""
    query = request.query_params
    given = []
    for name, words in known.items():
        value = query.get(name, "")
        if words is None:
            value = tidy(value[: LONGEST_TEXT * 3])[:LONGEST_TEXT]
        elif value not in words:
            value = ""
        given.append((name, value))
    return Listing(place, language_of(request), tuple(given))


def answer(
    request: Request, listing: Listing, parts: Mapping[str, str], *, frame: str = "watch.html", **given: Any
) -> Response:
    """The page of a list, or the part of it that htmx asks for; `parts` holds their templates, MAIN among them.

    A part of another name is asked for by the page itself, and leaves the address as it is.
    """
    asked = request.query_params.get("_", "")
    part = asked if asked in parts else ""
    made = house().page(
        request, parts[part] if part else frame, listing=listing, main=parts[MAIN], partial=part, **given
    )
    if part in {MAIN, TABLE}:
        made.headers["HX-Push-Url"] = listing.url()
    return made


def table_file(kind: str, *, name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Response:
    """The table on the screen as CSV or as a workbook: the same rows in the same order."""
    if kind == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(head)
        writer.writerows([f"{one:g}" if isinstance(one, float) else one for one in row] for row in rows)
        body: bytes | str = _BYTE_ORDER_MARK + out.getvalue()
    else:
        from landdata.writing import sheet  # its library is loaded when somebody wants one

        body = sheet.table(name, head, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return Response(body, 200, headers, media_type=_MEDIA[kind])
