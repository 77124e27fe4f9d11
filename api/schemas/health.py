"""What the health addresses say."""

from typing import Literal

from pydantic import BaseModel, Field


class Health(BaseModel):
    """Alive, or ready."""

    status: Literal["alive", "ready"]
    version: str
    access_log: Literal["sealed", "late", "stopped"] | None = Field(
        None, description="With `ready`: late after 5 minutes without a seal, stopped after 4 hours without an anchor."
    )
