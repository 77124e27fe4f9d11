"""Files that go back to a land office: how OpenAPI tells of them; which formats there are says the flow."""

from __future__ import annotations

from typing import Any

BINARY = {"schema": {"type": "string", "format": "binary"}}
HEADERS = {
    "Content-Disposition": {
        "description": "attachment, with the name of the delivered file and what this is.",
        "schema": {"type": "string"},
    }
}


def file_of(description: str, *media: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with a file of one of these types."""
    content = dict.fromkeys(dict.fromkeys(name.partition(";")[0] for name in media), BINARY)
    return {200: {"description": description, "headers": HEADERS, "content": content}}
