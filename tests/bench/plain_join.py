"""The opponent of the matcher's speed: reads the same two files, joins them on the number as written, writes the pairs.

Run as a program, `python plain_join.py HOLDERS.csv PEOPLE.csv PAIRS.csv`; it needs PyArrow alone.
"""

from __future__ import annotations

import sys

import pyarrow as pa
from pyarrow import csv


def read(path: str, identifier: str) -> pa.Table:
    """The identifier and the number, as text; no other column is parsed."""
    columns = [identifier, "id_number"]
    options = csv.ConvertOptions(include_columns=columns, column_types=dict.fromkeys(columns, pa.string()))
    return csv.read_csv(path, convert_options=options)


def main(holders: str, people: str, pairs: str) -> None:
    joined = read(holders, "holder_id").join(read(people, "person_id"), "id_number", join_type="inner")
    csv.write_csv(joined.select(["holder_id", "person_id"]), pairs)


if __name__ == "__main__":
    main(*sys.argv[1:])
