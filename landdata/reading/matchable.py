"""Opens the two tables of a match at a desk: CSV with given columns, all text; no value is interpreted."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from landdata.errors import MatchColumnsMissing, MatchColumnTwice, MatchFileUnreadable, MatchRowUneven, MatchTextNotUtf8

_SEPARATORS = ",;\t"
_HEAD = 1 << 16
_BLOCK = 4 << 20


def read(path: Path, columns: Sequence[str], often: Sequence[str]) -> pa.Table:
    """The table with these columns, in any order and beside others; empty cells are null.

    Columns of `often` say the same few things over and over, and come as dictionaries. Raises MatchFileUnreadable,
    MatchColumnsMissing, MatchColumnTwice, MatchRowUneven or MatchTextNotUtf8; none of them quotes a cell.
    """
    separator, names = _header(path, columns)
    if missing := [name for name in columns if name not in names]:
        raise MatchColumnsMissing(file=path.name, columns=", ".join(missing))
    if twice := [name for name in columns if names.count(name) > 1]:
        raise MatchColumnTwice(file=path.name, column=twice[0])
    repeated = pa.dictionary(pa.int32(), pa.string())
    kinds = {name: repeated if name in often else pa.string() for name in columns}
    # Cutting a file at any line end is much faster. A line end inside a value makes an uneven row of it, never a wrong one.
    for lines_in_values in (False, True):
        try:
            return _read(path, separator, names, kinds, lines_in_values=lines_in_values)
        except pa.ArrowInvalid:
            continue
    raise _what_is_wrong(path, separator, len(names))


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
            head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
        line = head.decode("utf-8", "ignore").splitlines()[0]
    except OSError as error:
        raise MatchFileUnreadable(file=path.name, reason=error.strerror or "it cannot be opened") from error
    except IndexError:
        raise MatchFileUnreadable(file=path.name, reason="it is empty") from None
    if b"\0" in head:
        raise MatchFileUnreadable(file=path.name, reason="it is no text, or UTF-16")
    found = {one: [name.strip() for name in next(csv.reader([line], delimiter=one), [])] for one in _SEPARATORS}
    separator = max(found, key=lambda one: len(set(columns) & set(found[one])))
    return separator, found[separator]


def _what_is_wrong(path: Path, separator: str, columns: int) -> Exception:
    """Look again, row by row, for the first that is wrong: the fast reader does not say which it was."""
    row = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=separator, strict=True)
            next(rows)
            for row, values in enumerate(rows, 1):
                if values and len(values) != columns:
                    return MatchRowUneven(file=path.name, row=row, values=len(values), columns=columns)
    except UnicodeDecodeError:
        return MatchTextNotUtf8(file=path.name, row=_row_not_utf8(path))
    except csv.Error:
        pass
    return MatchFileUnreadable(file=path.name, reason=f"the quotation marks are wrong after row {row}")


def _row_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        for row, line in enumerate(file):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return row
    return 0
