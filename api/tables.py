"""Figures as a table: CSV that spreadsheets open as it is."""

from typing import Any

from fastapi import Response

# For routes that answer so.
CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same figures as a table.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


def csv_of(text: str, name: str) -> Response:
    """The table as a file of this name."""
    return Response(
        "\ufeff" + text,  # without the mark Excel reads UTF-8 as the local code page
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
