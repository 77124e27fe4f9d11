"""Opens the two tables of a match at a desk: CSV with given columns, all text; no value is interpreted."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from landdata.errors import (
    FileUnreadable,
    MatchColumnsMissing,
    MatchColumnTwice,
    MatchFileUnreadable,
    MatchRowUneven,
    MatchTextNotUtf8,
    RowUneven,
    ValueTooLong,
)
from landdata.reading import delimited

_BLOCK = 4 << 20


def read(path: Path, columns: Sequence[str], often: Sequence[str], unread: Sequence[str] = ()) -> pa.Table:
    """The table with these columns, in any order and beside others; empty cells are null.

    Columns of `often` say the same few things over and over, and come as dictionaries; those `unread` have to be there and
    are left out. Raises MatchFileUnreadable,
    MatchColumnsMissing, MatchColumnTwice, MatchRowUneven or MatchTextNotUtf8; none of them quotes a cell.
    """
    separator, names = _header(path, columns)
    if missing := [name for name in columns if name not in names]:
        raise MatchColumnsMissing(file=path.name, columns=", ".join(missing))
    if twice := [name for name in columns if names.count(name) > 1]:
        raise MatchColumnTwice(file=path.name, column=twice[0])
    repeated = pa.dictionary(pa.int32(), pa.string())
    kinds = {name: repeated if name in often else pa.string() for name in columns if name not in unread}
    # Cutting a file at any line end is much faster. A line end inside a value makes an uneven row of it, never a wrong one.
    for lines_in_values in (False, True):
        try:
            return _read(path, separator, names, kinds, lines_in_values=lines_in_values)
        except pa.ArrowInvalid:
            continue
    raise _what_is_wrong(path, separator)


def _read(
    path: Path, separator: str, names: list[str], kinds: dict[str, pa.DataType], *, lines_in_values: bool
) -> pa.Table:
    return pyarrow.csv.read_csv(
        path,
        # Names come from the header as it was read here: the other reader would not trim them.
        read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=1, block_size=_BLOCK),
        parse_options=pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=lines_in_values),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=list(kinds), column_types=kinds, null_values=[""], strings_can_be_null=True
        ),
    )


def _header(path: Path, columns: Sequence[str]) -> tuple[str, list[str]]:
    """The separator that finds most of the columns, and the names it cuts out."""
    try:
        with path.open("rb") as file:
            head = file.read(delimited.HEAD).removeprefix(delimited.BOM)
        line = head.decode("utf-8", "ignore").splitlines()[0]
    except OSError as error:
        raise MatchFileUnreadable(file=path.name, reason=error.strerror or "it cannot be opened") from error
    except IndexError:
        raise MatchFileUnreadable(file=path.name, reason="it is empty") from None
    if b"\0" in head:
        raise MatchFileUnreadable(file=path.name, reason="it is no text, or UTF-16")
    found = {
        one: [name.strip() for name in next(csv.reader([line], delimiter=one), [])] for one in delimited.SEPARATORS
    }
    separator = max(found, key=lambda one: len(set(columns) & set(found[one])))
    return separator, found[separator]


def _what_is_wrong(path: Path, separator: str) -> Exception:
    """Look again, row by row, for the first that is wrong: the fast reader does not say which it was."""
    try:
        for _ in delimited.rows(path, separator):
            pass
    except RowUneven as error:
        return MatchRowUneven(file=path.name, **error.details)
    except (FileUnreadable, ValueTooLong) as error:
        if (row := _row_not_utf8(path)) is not None:
            return MatchTextNotUtf8(file=path.name, row=row)
        return MatchFileUnreadable(file=path.name, reason=str(error.details.get("reason", "a value is too long")))
    return MatchFileUnreadable(file=path.name, reason="its lines cannot be told apart")


def _row_not_utf8(path: Path) -> int | None:
    with path.open("rb") as file:
        for row, line in enumerate(file):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return row
    return None
