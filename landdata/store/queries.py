"""Finds the long queries: each is a file in `store/sql` named after itself."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text


@cache
def source(name: str) -> str:
    """The text of a query. Raises FileNotFoundError for a name that is no file."""
    return files("landdata.store.sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def query(name: str) -> TextClause:
    """The query, ready for parameters."""
    return text(source(name))
