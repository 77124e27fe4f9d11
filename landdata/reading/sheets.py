"""Reads a small table, CSV or XLSX, with columns of given names, in a process of its own behind the fence; all text.

Run as `python -I -m landdata.reading.sheets JOB.json`, in a private folder that is removed afterwards.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from landdata.errors import DeliveryRefused, FormulaRefused, IndicatorTableUnreadable, NoRows
from landdata.model.cells import as_sent
from landdata.reading import delimited
from landdata.reading.fence import confine

_MEMORY_BYTES, _CPU_SECONDS, _UNPACKED_BYTES = 1 << 30, 20, 64 << 20
_MOST_COLUMNS = 60

Rows = tuple[dict[str, str], ...]


def read(content: bytes, *, columns: Mapping[str, Sequence[str]], most_rows: int, scratch: Path) -> Rows:
    """Rows by column, in the order of the table; columns of other names are left out, blank rows too.

    `columns`: our name -> other spellings, matched without marks and case. Raises IndicatorTableUnreadable.
    """
    from landdata.reading.isolated import environment  # it loads the libraries of maps, which the child has no use for

    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sheet-", dir=scratch.resolve()) as name:
        folder = Path(name)
        path = folder / "table.xlsx"  # openpyxl goes by the ending; what it is the content says
        path.write_bytes(content)
        job = {"path": str(path), "columns": {one: list(other) for one, other in columns.items()}}
        (folder / "job.json").write_text(json.dumps({**job, "most_rows": most_rows}), encoding="utf-8")
        command = [sys.executable, "-I", "-m", "landdata.reading.sheets", str(folder / "job.json")]
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment(None), stdin=subprocess.DEVNULL, capture_output=True, check=False,
                timeout=_CPU_SECONDS * 4,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise _unreadable("quá lâu", "it takes too long") from None
    if done.returncode != 0:
        raise _unreadable("tệp hỏng hoặc quá lớn", "it is damaged or too large")
    said = json.loads(done.stdout)
    if "vi" in said:
        raise _unreadable(said["vi"].rstrip("."), said["en"].rstrip("."))
    return tuple(said["rows"])


def _unreadable(vi: str, en: str) -> IndicatorTableUnreadable:
    return IndicatorTableUnreadable(reason_vi=vi, reason_en=en)


def main() -> None:
    """Read the job; say the rows, or why there are none, as one JSON object on standard output."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    confine(_MEMORY_BYTES, _CPU_SECONDS)
    try:
        said: dict[str, object] = {"rows": _rows(Path(job["path"]), job["columns"], job["most_rows"])}
    except DeliveryRefused as refusal:
        said = {"vi": refusal.sentence("vi"), "en": refusal.sentence("en")}
    except IndicatorTableUnreadable as refusal:
        said = {"vi": refusal.details["reason_vi"], "en": refusal.details["reason_en"]}
    sys.stdout.write(json.dumps(said))


def _rows(path: Path, columns: Mapping[str, Sequence[str]], most_rows: int) -> list[dict[str, str]]:
    spellings = {_plain(name): ours for ours, others in columns.items() for name in (ours, *others)}
    lines = _workbook(path, spellings) if zipfile.is_zipfile(path) else _text(path, spellings)
    header = next(lines, [])
    named = [spellings.get(_plain(name)) for name in header[:_MOST_COLUMNS]]
    known = [one for one in named if one]
    if len(known) < 2:
        raise _unreadable(
            f"dòng đầu phải có tên các cột: {', '.join(columns)}",
            f"its first row must name columns: {', '.join(columns)}",
        )
    if twice := next((one for one in known if known.count(one) > 1), None):
        raise _unreadable(f"cột {twice} có hai lần", f"column {twice} stands twice")
    found = []
    for line in lines:
        row = {one: unicodedata.normalize("NFC", cell).strip() for one, cell in zip(named, line, strict=False) if one}
        if any(row.values()):
            found.append(row)
        if len(found) > most_rows:
            raise _unreadable(f"nhiều hơn {most_rows} dòng", f"more than {most_rows} rows")
    if not found:
        raise NoRows
    return found


def _text(path: Path, spellings: Mapping[str, str]) -> Iterator[list[str]]:
    head = path.read_bytes()[: delimited.HEAD].removeprefix(delimited.BOM)
    if b"\0" in head:
        raise _unreadable("không phải CSV UTF-8 hay XLSX", "it is neither CSV in UTF-8 nor XLSX")
    first = next(iter(head.decode("utf-8", "ignore").splitlines()), "")

    def known(parted_by: str) -> int:
        try:
            [names] = csv.reader([first], delimiter=parted_by)
        except (csv.Error, ValueError):
            return 0
        return sum(_plain(name) in spellings for name in names)

    for row in delimited.rows(path, max(delimited.SEPARATORS, key=known)):
        yield [as_sent(cell) for cell in row]


def _workbook(path: Path, spellings: Mapping[str, str]) -> Iterator[list[str]]:
    import openpyxl

    from landdata.reading import workbook

    workbook.check(path, max_bytes=_UNPACKED_BYTES)
    book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    try:
        for sheet in (one for one in book.worksheets if one.sheet_state == "visible"):
            sheet.reset_dimensions()
            lines = sheet.iter_rows(max_col=_MOST_COLUMNS)
            header = [workbook.text_of(cell) for cell in next(lines, ())]
            if sum(_plain(name) in spellings for name in header) < 2:
                continue
            yield header
            for cells in lines:
                if wrong := next(
                    (cell for cell in cells if cell.value is not None and cell.data_type in {"f", "e"}), None
                ):
                    raise FormulaRefused(cell=wrong.coordinate)
                yield [workbook.text_of(cell) for cell in cells]
            return
    finally:
        book.close()


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    text = "".join(one for one in bare if not unicodedata.combining(one)).lower()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


if __name__ == "__main__":
    main()
