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


_CURSOR = "qMMYcJ0yRkSxJmq2mWqk8cZ3k1s0nV7e"
EXAMPLES: dict[str, Any] = {
    "changes": {
        "summary": "Có thay đổi / Some changes",
        "description": "Hỏi lại về hồ sơ thứ nhất; xóa bản đang giữ của hồ sơ thứ hai. / Ask anew about the first; "
        "drop what you hold of the second.",
        "value": {
            "changes": [
                {
                    "record_ref": "5f0c7a3d9be2418c8a1f04d2c6b7e913",
                    "kind": "CHANGED",
                    "record_version": "9c41d7a2f06b83e5",
                    "changed_at": "2026-11-20T02:15:07Z",
                },
                {
                    "record_ref": "e07b1c55a3f94d6db2908c7716fa2d40",
                    "kind": "GONE",
                    "record_version": None,
                    "changed_at": "2026-11-20T02:15:07Z",
                },
            ],
            "next_cursor": _CURSOR,
            "has_more": False,
            "simulated": False,
        },
    },
    "nothing": {
        "summary": "Không có gì mới / Nothing new",
        "value": {"changes": [], "next_cursor": _CURSOR, "has_more": False, "simulated": False},
    },
}
