"""What every piece of a brief is: frozen data that refuses keys it does not know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Piece(BaseModel):
    """A frozen piece of a brief; keys that do not exist are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
