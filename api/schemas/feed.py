"""The change feed as sent: opaque references and versions, no personal value."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from landdata.model.feed import ChangeKind, Page

CursorText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]{1,64}$")]


class FeedQuery(BaseModel):
    """Where to go on, and how much at once."""

    model_config = ConfigDict(extra="forbid")

    cursor: CursorText | None = Field(
        None, description="`next_cursor` of the page before; left out: from the beginning of the last 90 days."
    )
    limit: int = Field(100, ge=1, le=1000, description="Most changes in one page.")


class ChangeOut(BaseModel):
    """One record that changed."""

    record_ref: str = Field(description="As in the look-up's answer; another one for each consumer and agreement.")
    former_refs: list[str] = Field(
        description="Names this record had before our key was changed; empty at all other times. Take them for `record_ref`."
    )
    kind: ChangeKind = Field(description="CHANGED: ask anew. GONE: nothing is shared about this citizen any more.")
    record_version: str | None = Field(description="As a look-up without `unit` gives it now; null when it is gone.")
    changed_at: AwareDatetime


class FeedOut(BaseModel):
    """A page of changes, oldest first. The same cursor gives the same page; new changes come behind it."""

    changes: list[ChangeOut]
    next_cursor: str = Field(description="Keep it: it goes on behind this page, today or within 90 days.")
    has_more: bool = Field(description="Whether more is there already.")
    simulated: bool = Field(description="Made-up demonstration data.")

    @classmethod
    def of(cls, page: Page, *, simulated: bool) -> "FeedOut":
        changes = [
            ChangeOut(
                record_ref=one.record_ref,
                former_refs=list(one.former_refs),
                kind=one.kind,
                record_version=one.record_version,
                changed_at=one.changed_at,
            )
            for one in page.changes
        ]
        return cls(changes=changes, next_cursor=page.next_cursor, has_more=page.has_more, simulated=simulated)


class ChangesAvailable(BaseModel):
    """The message to a webhook: it only says that there is more."""

    type: str = Field(examples=["land.changes.available"])
    timestamp: AwareDatetime = Field(description="When the message was made; its retries keep it.")
    data: dict[str, Any] = Field(description="Always empty.", examples=[{}])
