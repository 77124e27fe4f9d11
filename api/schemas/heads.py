"""The access log's newest head and a consumer's own counts by day, signed, to be compared with its own log."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from landdata.flows.heads import Held
from landdata.model.access_log import LogState


class HeadsQuery(BaseModel):
    """How far back."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(31, ge=1, le=366, description="Statements of so many days at most, newest first.")


class HeadOut(BaseModel):
    """The newest seal: its head is the hash of the whole log up to it."""

    seal_no: int
    head: str = Field(description="SHA-256, hexadecimal.")
    sealed_at: AwareDatetime
    key_id: str
    signature: str = Field(description="Ed25519 over the 32 bytes of the head, hexadecimal.")


class StatementOut(BaseModel):
    """How many requests of this client the log holds for a day in Vietnam."""

    body: str = Field(description="JSON as it was signed: client_id, day, entries, by_status, seal_no, head.")
    key_id: str
    signature: str = Field(
        description="Ed25519 over `landdata-access-statement-v1`, a zero byte and the body, hexadecimal."
    )


class KeyOut(BaseModel):
    """A key that seals; the first one is also handed over on paper."""

    key_id: str
    public_key: str = Field(description="Ed25519, 32 bytes, hexadecimal.")
    from_seal: int = Field(description="It signs from this seal on, until the next key does.")
    introduced_by: str | None = Field(description="The key before it, which signed it.")
    signature: str


class HeadsOut(BaseModel):
    """What a consumer keeps: whoever rewrites the log later contradicts it."""

    head: HeadOut | None = Field(description="Null while nothing was ever sealed.")
    statements: list[StatementOut]
    keys: list[KeyOut]
    simulated: bool = Field(description="Made-up demonstration data.")

    @classmethod
    def of(cls, held: Held, *, simulated: bool) -> "HeadsOut":
        return cls(
            head=_head(held.state),
            statements=[
                StatementOut(body=body, key_id=key_id, signature=signature.hex())
                for body, key_id, signature in held.statements
            ],
            keys=[
                KeyOut(
                    key_id=key.key_id,
                    public_key=key.public.public_bytes_raw().hex(),
                    from_seal=key.from_seal,
                    introduced_by=key.introduced_by,
                    signature=key.signature,
                )
                for key in held.keys
            ],
            simulated=simulated,
        )


def _head(state: LogState) -> HeadOut | None:
    if not (state.seal_no and state.head and state.key_id and state.signature and state.sealed_at):
        return None
    return HeadOut(
        seal_no=state.seal_no, head=state.head.hex(), sealed_at=state.sealed_at, key_id=state.key_id,
        signature=state.signature.hex(),
    )  # fmt: skip
