"""Problems (RFC 9457): every answer that is not a success, with a stable, documented type.

The registry here, the page ``/problems/<name>`` and the table in ``docs/how-to/api.md`` say the
same; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem.

    Attributes
    ----------
    name
        Last part of its type URI, ``/problems/<name>``; never changed once published.
    status
        HTTP status.
    title, title_zh
        What it is, the same for every instance.
    mend
        What a client does about it.
    """

    name: str
    status: int
    title: str
    title_zh: str
    mend: str

    @property
    def uri(self) -> str:
        """The type URI, relative to the server."""
        return f"/problems/{self.name}"


def _types(*rows: tuple[str, int, str, str, str]) -> Mapping[str, ProblemType]:
    return MappingProxyType({row[0]: ProblemType(*row) for row in rows})


PROBLEMS = _types(
    # How a request is made
    ("invalid-input", 422, "The input has faults", "输入有误",
     "Mend every entry of `errors`, which lists all that were found."),
    ("not-authenticated", 401, "A valid key is needed", "需要有效的密钥",
     "Send `Authorization: Bearer <key>` with a key that is in force."),
    ("not-allowed", 403, "This key may not do that", "该密钥无此权限",
     "Use a key with one of the roles in `roles`, or of the department in question."),
    ("not-found", 404, "There is nothing here", "未找到",
     "Follow the links of an answer, or list what there is."),
    ("method-not-allowed", 405, "This resource does not take that method", "不支持该方法",
     "Use one of the methods in the Allow header."),
    ("too-large", 413, "The request is too large", "请求过大",
     "Send less: `limit` is the most in bytes."),
    ("too-many-requests", 429, "Too many requests", "请求过于频繁",
     "Wait as many seconds as `Retry-After` says, then repeat with the same Idempotency-Key."),
    ("unsupported-media-type", 415, "The body is of another kind", "不支持该内容类型",
     "Send the media type in `expected`."),
    ("bad-request", 400, "The request cannot be read", "请求无法识别",
     "Correct the request as `detail` says."),
    ("idempotency-key-missing", 400, "A write needs an Idempotency-Key", "写操作须带幂等键",
     "Send the header Idempotency-Key with up to 200 printable characters, new for every act."),
    ("idempotency-key-reused", 422, "The Idempotency-Key was used for something else",
     "幂等键已用于另一请求",
     "Use a new key for a new act; repeat an act with the very same body."),
    ("precondition-failed", 412, "It has changed meanwhile", "内容已被更改",
     "Read it again, and repeat with the new ETag if you still want to."),
    ("precondition-required", 428, "If-Match is needed", "须带 If-Match",
     "Send the ETag that you read in If-Match."),
    # Steps of a campaign
    ("campaign-exists", 409, "A campaign of this name exists", "同名抽查计划已存在",
     "Give the new campaign another id: a draw is never replaced, only followed by another."),
    ("wrong-order", 409, "Another step comes first", "步骤顺序不符",
     "Take the step that `detail` names first."),
    ("same-person", 409, "A draw needs two persons", "抽取须由两人完成",
     "Let another key than the one that committed reveal the seed."),
    ("seed-used", 409, "Another campaign has shown this seed", "该种子已用于另一抽查计划",
     "Let chance speak anew: roll again, or announce a moment that both campaigns wait for."),
    ("sealed", 409, "The campaign is sealed", "该抽查计划为密封",
     "Read what is sealed with a role that may, at `sealed`; ask again once it is opened."),
    ("plan-superseded", 409, "The schedule changed while the plan was made", "排程期间计划已变动",
     "Ask for the plan again."),
    ("check-exists", 409, "A check of this name exists", "同名检查任务已存在",
     "Give the check another id, or leave it out."),
    ("infeasible", 409, "No plan keeps all the rules", "无法满足全部规则",
     "Change one of the things that `reasons` lists."),
    ("check-failed", 500, "A verification did not hold", "校验未通过",
     "Have the operator look at the store: what is kept does not agree with itself."),
    # Visits as they are made
    ("not-filed", 409, "The plan of this visit is not filed", "检查计划尚未备案",
     "File the schedule as it stands at `filings`, then ask again."),
    ("day-past", 409, "The day of the visit is over", "检查日期已过",
     "Report the entry at `entries`; plan what was not done for another day."),
    ("visit-superseded", 409, "A later plan took this visit's place", "该检查已被新计划取代",
     "Take the visit that `visit` names, or look for it in the live schedule."),
    ("outcome-exists", 409, "The check has an outcome", "该检查任务已有结果",
     "Name the outcome in `corrects`, with a reason, to correct it."),
    # Jobs
    ("job-ended", 409, "The job has ended", "任务已结束",
     "Read the job: its result or problem stands there. Ask for a new one if you want another."),
    ("job-interrupted", 500, "The job's worker ended too often", "任务多次中断",
     "Have the operator look at the log, then ask again: nothing of the job was written."),
    # Why a merged schedule is refused
    ("yearly-cap", 409, "The yearly cap is used up", "已达年度频次上限",
     "Take one of the days or exemptions in `mend`."),
    ("quiet-period", 409, "The enterprise is in its quiet period", "处于企业安静期",
     "Take a day outside the quiet period, or a source that is exempt."),
    ("gap", 409, "Too close to another visit", "与另一次检查间隔过短",
     "Take one of the days in `mend`."),
    ("no-capacity", 409, "No unit has inspectors left on these days", "执法人员不足",
     "Take a later due date, or add inspectors."),
    ("no-working-day", 409, "The window holds no working day of the plan", "期限内无工作日",
     "Take a window with a working day inside the plan's horizon."),
    ("off-site", 409, "This item is checked off-site", "该事项以非现场方式检查",
     "Check it off-site first, without a visit; submit what it finds as a triggered check."),
    ("not-possible", 409, "No rule-keeping day was found", "无可行日期",
     "Read `detail` and `mend`."),
    # The server
    ("busy", 503, "The store is busy", "存储繁忙",
     "Repeat the same request with the same Idempotency-Key."),
    ("no-room", 507, "The server has no room left", "服务器存储空间不足",
     "Tell the operator; once there is room, repeat with the same Idempotency-Key."),
    ("read-only", 503, "The store takes no writes", "存储为只读",
     "Tell the operator; once it does again, repeat with the same Idempotency-Key."),
    ("not-ready", 503, "The server is not ready yet", "服务尚未就绪",
     "Ask again in a moment: it is making the schedule anew."),
    ("internal", 500, "The server failed", "服务器内部错误",
     "Repeat the same request with the same Idempotency-Key; tell the operator the request id."),
)  # fmt: skip
"""Every problem type by name."""


class ProblemError(Exception):
    """A problem to be answered.

    Parameters
    ----------
    name
        Of `PROBLEMS`.
    detail
        What happened this time; no secrets, no personal data.
    headers
        HTTP headers to send along.
    more
        Further members of the problem document.
    """

    def __init__(
        self,
        name: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.kind = PROBLEMS[name]
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more
        super().__init__(name, detail)

    def document(self, *, lang: str = "en") -> dict[str, Any]:
        """Return the problem document."""
        kind = self.kind
        found: dict[str, Any] = {
            "type": kind.uri,
            "title": kind.title_zh if lang == "zh" else kind.title,
            "status": kind.status,
        }
        if self.detail:
            found["detail"] = self.detail
        return {**found, **self.more}
