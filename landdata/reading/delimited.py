"""Rows of a CSV file as text: UTF-8, a separator found in the first line, quotes as RFC 4180; no value is interpreted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from landdata.errors import FileUnreadable, RowUneven, ValueTooLong
from landdata.model.cells import as_sent
from landdata.reading.columns import is_header, reasons

# The largest parcel allowed by default (20,000 vertices) is about 800,000 characters of WKT.
LONGEST_VALUE = 4 << 20
_LONGEST_LINE = 4 * LONGEST_VALUE
HEAD = 1 << 16
SEPARATORS = ",;\t"
BOM = b"\xef\xbb\xbf"


def separator(head: bytes) -> str | None:
    """The separator that makes the first line a header of profile `flat`; None when none does."""
    line = head[:HEAD].removeprefix(BOM).splitlines()[:1]
    try:
        text = line[0].decode("utf-8", "ignore" if len(head) >= HEAD else "strict") if line else ""
    except UnicodeDecodeError:
        return None
    for one in SEPARATORS:
        try:
            [names] = csv.reader([text], delimiter=one)
        except (csv.Error, ValueError):
            continue
        if is_header(names):
            return one
    return None


def rows(path: Path, parted_by: str | None = None) -> Iterator[list[str]]:
    """The header, then every row with as many values; blank lines at the end are no rows.

    A file that was given back has marks before what could run in a spreadsheet program; they are not the sender's.
    `parted_by`: the separator; None takes the one that makes a header of profile `flat`.
    Raises FileUnreadable, RowUneven (a shifted row would fill the wrong columns) or ValueTooLong.
    """
    if parted_by is None:
        with path.open("rb") as file:
            parted_by = separator(file.read(HEAD)) or ","
    csv.field_size_limit(LONGEST_VALUE)
    number = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(_lines(file), delimiter=parted_by, strict=True)
        try:
            header = next(reader, [])
            returned = bool(reasons(header))
            yield [as_sent(name) for name in header] if returned else header
            blank = 0
            for row in reader:
                if not any(row):
                    blank += 1
                    continue
                # A blank line in the middle keeps its number, or all rows after it would be reported under wrong ones.
                for _ in range(blank):
                    yield [""] * len(header)
                number, blank = number + blank + 1, 0
                if len(row) != len(header):
                    raise RowUneven(row=number, values=len(row), columns=len(header))
                yield [as_sent(value) for value in row] if returned else row
        except UnicodeDecodeError as error:
            raise FileUnreadable(format="csv", reason="the text is not UTF-8") from error
        except csv.Error as error:
            if "field larger" in str(error):
                raise ValueTooLong(row=number + 1, limit=LONGEST_VALUE) from error
            raise FileUnreadable(format="csv", reason=f"the quotation marks are wrong after row {number}") from error


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(_LONGEST_LINE):
        if "\0" in line:
            raise FileUnreadable(format="csv", reason="it holds NUL bytes")
        if len(line) == _LONGEST_LINE:
            raise ValueTooLong(row=0, limit=LONGEST_VALUE)
        yield line
