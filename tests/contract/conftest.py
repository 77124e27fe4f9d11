"""The contract is tried on the same small worlds as the domain."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "landdata"))
