"""What tests of faults agree on."""

from __future__ import annotations

PROVINCE = "38"  # Thanh Hóa
PARCELS, COMMUNES = 6_000, 10
