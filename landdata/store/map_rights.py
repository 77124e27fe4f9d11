"""Rights of the role that shows parcels; `rights.py` puts them with the others."""

from __future__ import annotations

from collections.abc import Mapping

# Shows parcels, and nothing of whose they are; an office's people only those of its provinces (the views).
MAP: Mapping[str, str] = {
    "ref.unit_boundary": "SELECT",
    "ref.zone": "SELECT",
    "ref.unit_succession": "SELECT",
    "ref.code_entry": "SELECT",
    "land.shown_parcel": "SELECT",
    "land.shown_version": "SELECT",
    "land.shown_purpose": "SELECT",
    "land.shown_lineage": "SELECT",
    "land.shown_communes()": "EXECUTE",
    "stats.shown_commune": "SELECT",
    "stats.shown_ground": "SELECT",
    "stats.connected": "SELECT",
    "org.office": "SELECT (office_id, code, kind)",
}
