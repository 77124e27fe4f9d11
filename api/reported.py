"""Gives out a file of a report, over HTTP and on the pages alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from landdata.flows import reports

if TYPE_CHECKING:
    from api.services import Services

MEDIA = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "json": "application/json",
}


def as_file(services: Services, number: int, name: str) -> Response:
    """The answer that holds a file, as it was made; its hash is the entity tag. Raises as `reports.file_of`."""
    found = reports.file_of(services.pools.dashboard, services.settings.data_dir, number, name)
    headers = {
        "Content-Disposition": f'attachment; filename="bao-cao-{number}.{name}"',
        "Cache-Control": "private, no-cache",
        "ETag": f'"{found.kept.sha256}"',
    }
    return Response(found.content, 200, headers, media_type=MEDIA[name.rpartition(".")[2]])
