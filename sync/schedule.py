"""The one table of all jobs: name, what runs, lock, retries, what is promised, and for periodic ones the cron line.

Cron lines are in UTC, seven hours behind Vietnam: what is to run at night here stands in the evening there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from landdata.flows.alerts import ALERTS_TASK
from landdata.flows.connections import PULL_TASK, PULLS_TASK
from landdata.flows.decisions import CASES_TASK
from landdata.flows.extents import EXTENTS_TASK
from landdata.flows.feed import FEED_TASK, NOTIFY_TASK
from landdata.flows.publish import MATCH_TASK
from landdata.flows.receive import TASK as DELIVER_TASK
from landdata.flows.recounts import RECOUNT_TASK
from landdata.flows.reports import REPORTS_TASK
from landdata.flows.verifications import VERIFY_TASK
from landdata.flows.withdraw import TASK as WITHDRAW_TASK
from landdata.model.jobs import Promise
from sync.context import Context
from sync.jobs import (
    alerts,
    cases,
    deliver,
    drop,
    extents,
    feed,
    follow,
    match,
    notify,
    partitions,
    prune,
    pull,
    quality,
    recount,
    refusals,
    renew,
    reports,
    resume,
    seal,
    sources,
    verify,
    withdraw,
)

Work = Callable[..., Any]
# Jobs of a queue that a worker runs at a time. Deliveries take minutes: no seal or message waits behind them. Pulls wait for
# others' machines and use next to nothing meanwhile: every one of the 63 has a place, so none waits behind a slow one.
QUEUES: Mapping[str, int] = {"default": 4, "deliveries": 2, "pulls": 64}


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `cron` None: runs when it is asked for. `retries` with growing waits of `wait_seconds`.

    `promise_seconds`: how long after a slot, or after it was asked for, it is done; `vi`, `en`: what is so then.
    """

    name: str
    work: Callable[[Context], Any] | Callable[..., Any]
    retries: int
    wait_seconds: int
    promise_seconds: int
    vi: str
    en: str
    cron: str | None = None
    lock: str | None = None
    queue: str = "default"

    @property
    def promise(self) -> Promise:
        return Promise(self.name, self.promise_seconds, self.vi, self.en, self.cron, self.lock)


_MINUTE, _HOUR = 60, 3600

JOBS: tuple[Job, ...] = (
    Job(DELIVER_TASK, deliver.run, retries=10, wait_seconds=5, promise_seconds=_HOUR, queue="deliveries",
        vi="lần giao nộp đã được đọc, kiểm tra và công bố hoặc trả lại",
        en="a delivery is read, checked, and published or given back"),
    Job(WITHDRAW_TASK, withdraw.run, retries=10, wait_seconds=5, promise_seconds=_HOUR, queue="deliveries",
        vi="việc rút lại một lần giao nộp đã được thực hiện",
        en="a withdrawal is carried out"),
    Job(MATCH_TASK, match.run, retries=20, wait_seconds=15, promise_seconds=6 * _HOUR,
        cron="*/10 * * * *", lock=MATCH_TASK,
        vi="mọi chủ sử dụng đến hạn đã được hỏi nền tảng dân cư",
        en="every holder that is due has been asked about at the population platform"),
    Job("follow", follow.run, retries=5, wait_seconds=30, promise_seconds=10 * _MINUTE, cron="*/5 * * * *", lock="follow",
        vi="thay đổi của công dân ở nền tảng dân cư đã được đọc và chủ liên quan được hỏi lại",
        en="changes of citizens at the population platform are read, and the holders concerned are asked about again"),
    Job(CASES_TASK, cases.run, retries=20, wait_seconds=15, promise_seconds=10 * _MINUTE, cron="* * * * *", lock=CASES_TASK,
        vi="quyết định của cán bộ đã gửi nền tảng dân cư, danh sách việc cần xử lý đã cập nhật",
        en="what a clerk decided is put to the platform, and what was published is on the work list"),
    Job(EXTENTS_TASK, extents.run, retries=5, wait_seconds=20, promise_seconds=10 * _MINUTE,
        cron="* * * * *", lock=EXTENTS_TASK,
        vi="bản đồ cho biết thửa đất của mỗi xã nằm ở đâu",
        en="the map knows where the parcels of each commune lie"),
    Job("drop", drop.run, retries=3, wait_seconds=5, promise_seconds=2 * _MINUTE, cron="* * * * * */10", lock="drop",
        vi="tệp đã đủ trong thư mục thả tệp được nhận",
        en="a file that is complete in the drop folder is taken in"),
    Job(PULLS_TASK, pull.ask, retries=3, wait_seconds=5, promise_seconds=5 * _MINUTE, cron="* * * * *", lock=PULLS_TASK,
        vi="mọi dịch vụ của tỉnh đến hạn đã được gọi",
        en="every service of a province whose time has come is being pulled"),
    Job(PULL_TASK, pull.run, retries=5, wait_seconds=20, promise_seconds=_HOUR, queue="pulls",
        vi="dịch vụ của một tỉnh đã được lấy dữ liệu, hoặc lý do không lấy được đã được ghi",
        en="a province's own service is pulled, or why it could not be is on record"),
    Job(FEED_TASK, feed.run, retries=10, wait_seconds=5, promise_seconds=2 * _MINUTE, cron="* * * * * */15", lock=FEED_TASK,
        vi="thay đổi của hồ sơ đã có trong luồng thay đổi",
        en="a change of a record stands in the feed"),
    Job("recheck", feed.recheck, retries=3, wait_seconds=600, promise_seconds=6 * _HOUR, cron="23 19 * * *", lock="recheck",
        vi="thay đổi bị sót hôm trước đã có trong luồng thay đổi",
        en="a change that slipped through stands in the feed the next morning"),
    Job(NOTIFY_TASK, notify.run, retries=3, wait_seconds=5, promise_seconds=2 * _MINUTE,
        cron="* * * * * */15", lock=NOTIFY_TASK,
        vi="bên khai thác có webhook được báo là có thay đổi mới",
        en="consumers with a webhook are told that there is more"),
    Job("seal", seal.run, retries=3, wait_seconds=5, promise_seconds=2 * _MINUTE, cron="* * * * *", lock="seal",
        vi="mọi dòng nhật ký truy cập đã được niêm phong",
        en="every entry of the access log is sealed"),
    Job("refusals", refusals.run, retries=3, wait_seconds=5, promise_seconds=2 * _MINUTE, cron="* * * * *", lock="refusals",
        vi="lượt tra cứu bị từ chối khi mất cơ sở dữ liệu đã có trong nhật ký truy cập",
        en="look-ups refused while the database was away stand in the access log"),
    Job(VERIFY_TASK, verify.run, retries=3, wait_seconds=60, promise_seconds=6 * _HOUR, cron="13 20 * * *", lock=VERIFY_TASK,
        vi="toàn bộ nhật ký truy cập đã được kiểm tra với niêm phong và neo, kết quả đã được ghi",
        en="the whole access log is verified against its seals and anchors, and what was found is on record"),
    Job("partitions", partitions.run, retries=5, wait_seconds=60, promise_seconds=6 * _HOUR,
        cron="17 20 * * *", lock="partitions",
        vi="nhật ký truy cập có phân vùng cho hai tháng tới",
        en="the access log has its partitions two months ahead"),
    Job("quality", quality.run, retries=3, wait_seconds=600, promise_seconds=6 * _HOUR, cron="37 18 * * *", lock="quality",
        vi="số liệu đối sánh của hôm trước, với lý do, đã được ghi",
        en="how many holders matched the day before, and why the others did not, is noted"),
    Job(RECOUNT_TASK, recount.run, retries=3, wait_seconds=600, promise_seconds=6 * _HOUR, cron="7 19 * * *", lock=RECOUNT_TASK,
        vi="các số đếm đã được đếm lại từ chính thửa đất, mọi chênh lệch đã được ghi",
        en="what counters say was counted from the parcels themselves, and any difference is noted"),
    Job("prune", prune.run, retries=3, wait_seconds=60, promise_seconds=2 * _HOUR, cron="41 * * * *", lock="prune",
        vi="khẳng định và mã hết hạn, tệp dở dang, nhật ký công việc cũ đã được xóa",
        en="assertions and tokens that ended, files never finished and old lines of the journal are gone"),
    Job("renew", renew.run, retries=5, wait_seconds=30, promise_seconds=6 * _HOUR, cron="*/2 * * * *", lock="renew",
        vi="khi đổi khóa, dữ liệu dưới phiên bản cũ đang được chuyển sang phiên bản mới",
        en="when a key is changed, what is under the former version is on its way under the new one"),
    Job("sources", sources.run, retries=3, wait_seconds=30, promise_seconds=10 * _MINUTE, cron="*/5 * * * *", lock="sources",
        vi="nguồn lỡ hạn cam kết và điều bất thường đã được ghi thành cảnh báo",
        en="a source that missed a promised day, and whatever is wrong enough, is on record"),
    Job(ALERTS_TASK, alerts.run, retries=3, wait_seconds=20, promise_seconds=5 * _MINUTE, cron="* * * * *", lock=ALERTS_TASK,
        vi="cảnh báo mở hoặc đã khôi phục được báo qua thư điện tử và webhook",
        en="an alert that opened or ended is told by mail and webhook"),
    Job(REPORTS_TASK, reports.run, retries=10, wait_seconds=30, promise_seconds=2 * _HOUR, cron="52 * * * *", lock=REPORTS_TASK,
        vi="báo cáo được yêu cầu, và báo cáo của quý vừa hết, đã được lập, ký và lưu",
        en="reports that were asked for, and that of the quarter that ended, are made, signed and kept"),
    Job("resume", resume.run, retries=3, wait_seconds=30, promise_seconds=10 * _MINUTE, cron="*/5 * * * *", lock="resume",
        vi="lần giao nộp không còn ai xử lý đã được nhận lại",
        en="a delivery whose job was given up is taken up again"),
)  # fmt: skip
