"""What the health addresses say."""

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """Alive, or ready."""

    status: Literal["alive", "ready"]
    version: str
