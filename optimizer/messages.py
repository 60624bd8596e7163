"""What every fault says, in English and in Chinese, by its code.

Words in braces are parameters; a part in square brackets is left out where its parameter is empty.
The English text stands in the fault itself; `in_language` says the same in Chinese.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple, Protocol

_ROW = "Correct it, or exclude the row with --exclude-faulty."
_ROW_ZH = "请更正，或用 --exclude-faulty 排除该行。"
_NEAR = "[Perhaps {near} is meant. ]"
_NEAR_ZH = "[是否应为“{near}”？]"


class Message(NamedTuple):
    """What was expected and how to mend it, in two languages."""

    expected: str
    mend: str
    expected_zh: str
    mend_zh: str


class FaultLike(Protocol):
    """What is needed of `optimizer.errors.Fault` to say it in another language."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def row(self) -> int | None: ...  # noqa: D102
    @property
    def field(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> str: ...  # noqa: D102
    @property
    def expected(self) -> str: ...  # noqa: D102
    @property
    def mend(self) -> str: ...  # noqa: D102


def _row(expected: str, expected_zh: str) -> Message:
    """A fault of one row that the clerk corrects or excludes."""
    return Message(expected, _ROW, expected_zh, _ROW_ZH)


def _near(expected: str, expected_zh: str) -> Message:
    """The same, with a guess at what was meant."""
    return Message(expected, _NEAR + _ROW, expected_zh, _NEAR_ZH + _ROW_ZH)


MESSAGES: dict[str, Message] = {
    # Files and tables
    "file-missing": Message(
        "there is no such file",
        "Put the file there, or correct the path.",
        "没有这个文件",
        "请放入该文件，或更正路径。",
    ),
    "file-unreadable": Message(
        "the file cannot be read: {reason}",
        "Save it again from the program that made it.",
        "文件无法读取：{reason}",
        "请在原程序中重新保存。",
    ),
    "file-kind": Message(
        "a register is .csv, .csv.gz, .xlsx or .parquet",
        "Save it as one of these.",
        "名录应为 .csv、.csv.gz、.xlsx 或 .parquet",
        "请另存为其中一种格式。",
    ),
    "file-encoding": Message(
        "the text is neither UTF-8 nor GB 18030",
        "Save it as CSV UTF-8.",
        "文本既不是 UTF-8 也不是 GB 18030 编码",
        "请另存为“CSV UTF-8”。",
    ),
    "file-large": Message(
        "the file holds more than {most} MiB once unpacked",
        "Split it, or leave out what is not needed.",
        "文件解压后超过 {most} MiB",
        "请拆分文件，或去掉不需要的内容。",
    ),
    "file-empty": Message(
        "the file has no heading row",
        "Write the column names in row 1.",
        "文件没有表头",
        "请在第 1 行写列名。",
    ),
    "file-twice": Message(
        "the same register stands here more than once: {files}",
        "Leave one of them.",
        "同一名录有多个文件：{files}",
        "请只保留一个。",
    ),
    "table-empty": Message(
        "the register has no rows",
        "Fill it, or correct the path.",
        "名录没有数据行",
        "请填入数据，或更正路径。",
    ),
    "register-missing": Message(
        "this register is needed",
        "Add the file, such as {register}.csv.",
        "缺少该名录",
        "请补充文件，例如 {register}.csv。",
    ),
    "row-ragged": _row(
        "{found} cells stand under {wanted} headings",
        "表头有 {wanted} 列，本行有 {found} 格",
    ),
    "csv-quoting": Message(
        "the quotation marks of this row do not pair: {reason}",
        'Double every " inside a cell and put the cell in quotation marks.',
        "本行引号不成对：{reason}",
        '请将单元格内的 " 写成两个，并给单元格加引号。',
    ),
    "column-missing": Message(
        "the column {names} is needed",
        '[Perhaps the heading "{near}" means it: rename it or map it. ]'
        "Add the column, or name its heading in a mapping file.",
        "缺少列 {names}",
        "[表头“{near}”是否即为该列？]请补充该列，或在映射文件中说明表头。",
    ),
    "column-twice": Message(
        "the headings {first} and this one both mean {column}",
        "Leave one of them.",
        "表头 {first} 与本列都表示 {column}",
        "请只保留一个。",
    ),
    "column-unknown": Message(
        "these columns are not read",
        "Nothing need be done; a mapping file can give them a meaning.",
        "这些列不会被读取",
        "无须处理；如有需要可在映射文件中说明。",
    ),
    "all-excluded": Message(
        "every row of the register is faulty",
        "Correct the rows; excluding them all leaves nothing.",
        "名录的所有行都有错误",
        "请更正；全部排除后将没有数据。",
    ),
    "refers-to-excluded": Message(
        "the row it refers to is excluded",
        "Correct that row to keep this one.",
        "所引用的行已被排除",
        "更正被引用的行后本行即可保留。",
    ),
    # Cells
    "cell-missing": _row("the cell must not be empty", "不能为空"),
    "text-control": _row(
        "the text has a line break or another control character", "文本中有换行或其他控制字符"
    ),
    "word-unknown": _near("one of {words} is expected", "应为 {words} 之一"),
    "yes-no-unknown": _row("yes or no is expected (1, 0, 是, 否)", "应为 是 或 否（1 或 0）"),
    "number-malformed": _row("a whole number is expected", "应为整数"),
    "number-range": _row("a number from {low} to {high} is expected", "应在 {low} 至 {high} 之间"),
    "degrees-malformed": _row("degrees such as 37.8612 are expected", "应为度数，例如 37.8612"),
    "date-malformed": _row(
        "a date such as 2026-03-01 is expected", "应为日期，例如 2026-03-01 或 2026年3月1日"
    ),
    "date-impossible": _row("there is no such day", "没有这一天"),
    "span-reversed": _row("the last day stands before the first", "结束日期早于开始日期"),
    "list-twice": _row("{part} stands twice in the list", "列表中 {part} 重复"),
    "id-malformed": _row(
        "up to 40 letters, digits and hyphens are expected", "应为不超过 40 位的字母、数字或连字符"
    ),
    "id-malformed-free": _row(
        "up to 55 capital letters, digits and hyphens are expected",
        "应为不超过 55 位的大写字母、数字或连字符",
    ),
    "id-twice": _row("the same identifier stands in row {first}", "编码与第 {first} 行重复"),
    "enterprise-twice": _row("the same code stands in row {first}", "代码与第 {first} 行重复"),
    "code-as-number": Message(
        "the spreadsheet made a number of the code and its last digits are lost",
        "Format the column as text and enter the code again.",
        "表格程序把代码当作数字，末几位已丢失",
        "请将该列设为文本格式后重新录入。",
    ),
    # Social credit codes
    "uscc-length": _row(
        "a social credit code has 18 characters, this one {length}",
        "统一社会信用代码应为 18 位，实为 {length} 位",
    ),
    "uscc-alphabet": _row(
        'character {at} is "{character}": only digits and capitals without I, O, S, V, Z',
        "第 {at} 位“{character}”无效：只能是数字或除 I、O、S、V、Z 以外的大写字母",
    ),
    "uscc-area-digits": _row(
        'character {at} is "{character}": characters 3 to 8 are digits (the area)',
        "第 {at} 位“{character}”无效：第 3 至 8 位是登记机关行政区划数字",
    ),
    "uscc-check-digit": _row("check digit should be {digit}", "校验码应为 {digit}"),
    "uscc-organisation-digit": Message(
        "the inner organisation code has another check digit in {count} codes, first here",
        "Nothing need be done: some codes were issued so.",
        "{count} 个代码中的组织机构代码校验位不符，首个在此",
        "无须处理：部分代码发放时即如此。",
    ),
    # Enterprises
    "county-unknown": _near("no county has this code", "没有此区划代码的区县"),
    "industry-unknown": _near("no industry has this code", "没有此行业代码"),
    "industry-not-class": _near(
        "the industry must be a class of four digits", "行业代码应为四位小类代码"
    ),
    "risk-malformed": _row(
        "a risk class of up to 8 letters or digits is expected",
        "风险等级应为不超过 8 位的字母或数字",
    ),
    "zone-malformed": _row(
        "a zone's name has up to 60 characters without + and |",
        "区域名称不超过 60 字，且不含 + 与 |",
    ),
    "county-outside-city": Message(
        "{count} enterprises lie outside the city {city}, first here",
        "Correct the county; no county unit of the city may serve them.",
        "{count} 家企业不在本市（{city}）范围内，首家在此",
        "请更正所属区县；本市县级主体无权检查其他地区的企业。",
    ),
    # Units
    "area-unknown": _near("no area has this code", "没有此区划代码"),
    "unit-area-city": _row(
        "the area of a city unit is the city's own code {city}",
        "市级主体的区域代码应为本市代码 {city}",
    ),
    "unit-place-twice": _row(
        "row {first} is the same department's unit of this level and area",
        "与第 {first} 行为同一部门、同一层级、同一区域的主体",
    ),
    "department-name-differs": _row(
        'the same department is called "{first}" in an earlier row',
        "同一部门在前面的行中名为“{first}”",
    ),
    # Inspectors
    "unit-unknown": _near("no unit has this code", "没有此编码的执法主体"),
    "certificate-twice": _row(
        "the same certificate stands in row {first}", "执法证号与第 {first} 行重复"
    ),
    "certificate-reversed": _row(
        "the certificate ends before it begins on {first}", "有效期至早于发证日期 {first}"
    ),
    "recusal-kind-unknown": _row(
        '"{kind}" is no ground: interest, family, former_employer or complaint is expected',
        "回避事由“{kind}”无效：应为 利害关系、近亲属、原工作单位、被投诉 之一",
    ),
    "recusal-enterprise-unknown": _row(
        "no enterprise of the register is {enterprise}", "名录中没有企业 {enterprise}"
    ),
    # Items
    "department-unknown": _near("no unit is of this department", "没有属于此部门的执法主体"),
    "industry-prefix-unknown": _row(
        "no section or code begins with {part}", "没有以 {part} 开头的门类或行业代码"
    ),
    "item-unknown-part": _row("the list has no item {part}", "清单中没有事项 {part}"),
    "incompatible-self": _row("an item cannot exclude itself", "事项不能与自身不可合并"),
    "skills-too-many": _row(
        "more skills than its {inspectors} inspectors, and each skill needs a holder of its own",
        "专业技能多于 {inspectors} 名检查人员，每项技能须由一人承担",
    ),
    "mode-needs-level": _row(
        "this mode needs the level {level} among the competent ones",
        "此组织方式要求检查层级包含 {level}",
    ),
    "skill-nobody": Message(
        "no inspector of department {department} has this skill",
        "Add the skill to an inspector, or take it from the item: its checks cannot be staffed.",
        "部门 {department} 没有具备此技能的执法人员",
        "请为执法人员补充该技能，或从事项中去掉：否则无法派员。",
    ),
    # Triggered checks, visits made
    "triggered-id-reserved": _row(
        "identifiers that begin with P- are kept for planned checks",
        "以 P- 开头的编号保留给计划检查",
    ),
    "enterprise-unknown": _near("no enterprise of the register has this code", "名录中没有此企业"),
    "item-unknown": _near("the list has no such item", "清单中没有此事项"),
    "due-before-horizon": _row(
        "due before the first planned day {first}", "办结期限早于计划期首日 {first}"
    ),
    "received-after-horizon": _row(
        "received after the last planned day {last}", "收到日期晚于计划期末日 {last}"
    ),
    "due-before-received": _row(
        "due before it was received on {received}", "办结期限早于收到日期 {received}"
    ),
    # YAML files
    "yaml-encoding": Message(
        "the text is not UTF-8", "Save it as UTF-8.", "文本不是 UTF-8 编码", "请另存为 UTF-8。"
    ),
    "yaml-syntax": Message(
        "this is not YAML: {reason}",
        "Mind indentation, colons and quotation marks.",
        "YAML 语法错误：{reason}",
        "请检查缩进、冒号和引号。",
    ),
    "yaml-not-mapping": Message(
        "the file must hold fields such as name: value",
        "Start from the example in docs/formats/registers.md.",
        "文件应由“字段: 值”组成",
        "请参照 docs/formats/registers.md 中的示例。",
    ),
    "yaml-alias": Message(
        "anchors and aliases are not read",
        "Write the value out.",
        "不支持锚点与别名",
        "请写出完整的值。",
    ),
    "yaml-deep": Message(
        "the file is nested too deeply", "Flatten it.", "文件嵌套过深", "请减少嵌套层次。"
    ),
    "yaml-large": Message(
        "the file has more than {most} characters",
        "Keep registers in tables, not here.",
        "文件超过 {most} 个字符",
        "请将名录放在表格文件中。",
    ),
    "yaml-key": Message(
        "a field's name must be text",
        "Write the name as one word.",
        "字段名应为文本",
        "请更正字段名。",
    ),
    "yaml-twice": Message(
        "this field stands twice", "Leave one of them.", "字段重复", "请只保留一个。"
    ),
    "yaml-float": Message(
        "a decimal here is not exact",
        'Write it as text: "0.03", 3% or 3/100.',
        "此处的小数不精确",
        '请写成文本："0.03"、3% 或 3/100。',
    ),
    "field-unknown": Message(
        "there is no such field; known are {known}",
        "[Perhaps {near} is meant. ]Correct or remove it.",
        "没有此字段；可用字段为 {known}",
        "[是否应为“{near}”？]请更正或删除。",
    ),
    "field-missing": Message("this field is needed", "Add it.", "缺少此字段", "请补充。"),
    "value-type": Message(
        "{wanted} is expected", "Write it so.", "类型不符，应为 {wanted}", "请更正。"
    ),
    "value-word": Message(
        "one of {words} is expected",
        "[Perhaps {near} is meant. ]Correct it.",
        "应为 {words} 之一",
        "[是否应为“{near}”？]请更正。",
    ),
    "value-low": Message("at least {low} is expected", "Correct it.", "不得小于 {low}", "请更正。"),
    "value-high": Message(
        "at most {high} is expected", "Correct it.", "不得大于 {high}", "请更正。"
    ),
    "value-few": Message(
        "at least {low} entries are expected", "Add some.", "至少应有 {low} 项", "请补充。"
    ),
    "value-many": Message(
        "at most {high} entries are expected", "Remove some.", "最多可有 {high} 项", "请删减。"
    ),
    "value-twice": Message(
        "an entry stands twice", "Leave one of them.", "列表项重复", "请只保留一个。"
    ),
    "value-form": Message("expected is {form}", "Correct it.", "格式应为：{form}", "请更正。"),
    # Scenario
    "date-none": Message("there is no such day", "Correct the date.", "没有这一天", "请更正日期。"),
    "days-reversed": Message(
        "the last day stands before the first", "Exchange them.", "结束日期早于开始日期", "请对调。"
    ),
    "horizon-long": Message(
        "the horizon has {days} days, at most {most} can be planned",
        "Plan a year or two.",
        "计划期为 {days} 天，最多 {most} 天",
        "请缩短计划期。",
    ),
    "calendar-year": Message(
        "its working days are not known; known are {covered}",
        "Write calendar.csv (date,kind) by the State Council's notice, name it as calendar: file.",
        "没有其工作日数据；已有 {covered}",
        "请按国务院办公厅通知编写 calendar.csv（date,kind），并在 calendar 下写明。",
    ),
    "calendar-twice": Message(
        "the day stands twice", "Leave one of them.", "日期重复", "请只保留一个。"
    ),
    "generator-unknown": Message(
        "there is no generator of this name; installed are {known}",
        "[Perhaps {near} is meant. ]Correct the name, or put the registers into the folder.",
        "没有此名称的生成器；已安装 {known}",
        "[是否应为“{near}”？]请更正名称，或将名录放入文件夹。",
    ),
    "mapping-column": Message(
        "the register has no such column; known are {known}",
        "[Perhaps {near} is meant. ]Correct it.",
        "名录没有此列；可用列为 {known}",
        "[是否应为“{near}”？]请更正。",
    ),
    "time-malformed": Message(
        "a time with zone such as 2025-12-22T09:00:00+08:00 is expected",
        "Correct it.",
        "应为带时区的时间，例如 2025-12-22T09:00:00+08:00",
        "请更正。",
    ),
    "times-order": Message(
        "the time stands before that of {earlier}",
        "Give the times in the order of the acts: the ledger never goes back.",
        "时间早于“{earlier}”",
        "请按步骤先后填写时间：台账时间不得倒退。",
    ),
    "kappa": Message(
        "an exact fraction from 0 to 1 is expected",
        'Write it as text, such as "3/10".',
        "应为 0 至 1 的分数",
        '请写成文本，例如 "3/10"。',
    ),
    "city-unknown": Message(
        "no area has this code",
        "[Perhaps {near} is meant. ]Write its code, such as 140300, or give a list of areas.",
        "没有此区划代码",
        "[是否应为“{near}”？]请填写本市代码，例如 140300，或给出区划列表。",
    ),
    # Campaign
    "order-item-unknown": Message(
        "the item list has no such item",
        "[Perhaps {near} is meant. ]Correct it.",
        "事项清单中没有此事项",
        "[是否应为“{near}”？]请更正。",
    ),
    "order-item-excluded": Message(
        "the item's row is faulty and excluded",
        "Correct the row, or remove the order.",
        "该事项所在行有错误，已被排除",
        "请更正该行，或删除此项抽查。",
    ),
    "order-twice": Message(
        "two orders have the same key {key}",
        "Give one of them an id of its own, or put both into one order.",
        "两项抽查的名称同为 {key}",
        "请为其一另设 id，或合并为一项。",
    ),
    "window-outside": Message(
        "the days lie outside the horizon {horizon}",
        "Shift the days or widen the horizon.",
        "日期超出计划期 {horizon}",
        "请调整日期或扩大计划期。",
    ),
    "window-no-workday": Message(
        "no day of the window is a working day",
        "Widen the window.",
        "该时段内没有工作日",
        "请扩大时段。",
    ),
    "rate-and-size": Message(
        "rates and a size cannot both be given",
        "Leave one of them.",
        "比例与数量不能同时给出",
        "请只保留一种。",
    ),
    "rate-missing": Message(
        "a rate, rates by risk class or a size is needed",
        "Add one of them.",
        "缺少抽查比例（rate、rates）或数量（size）",
        "请补充其一。",
    ),
    "rates-without-risk": Message(
        "rates by risk class need risk in strata_by",
        "Add risk to strata_by, or give one rate.",
        "按风险等级设定比例时，strata_by 须包含 risk",
        "请在 strata_by 中加入 risk，或只给一个比例。",
    ),
    "rate-malformed": Message(
        "an exact rate such as 3/100, 3% or 3‰ is expected",
        "Write it as text.",
        "应为精确比例，例如 3/100、3% 或 3‰",
        "请写成文本。",
    ),
    "rate-range": Message(
        "a rate from 0 to 1 is expected", "Correct it.", "比例应在 0 至 1 之间", "请更正。"
    ),
    "rate-denominators": Message(
        "the rates have the common denominator {common}, more than 2^40",
        "Take rounder rates.",
        "各比例的公分母 {common} 超过 2^40",
        "请使用较简单的比例。",
    ),
    "rate-class-missing": Message(
        "no rate is given for risk class {classes}",
        'Add it to rates ("" stands for a missing class), or give a rate for all others.',
        "风险等级 {classes} 没有抽查比例",
        '请在 rates 中补充（"" 表示未定级），或用 rate 给出其余比例。',
    ),
    # Seeds
    "seed-stray": Message(
        "a seed of source {source} has no such field",
        "Remove it.",
        "{source} 类种子没有此字段",
        "请删除。",
    ),
    "seed-text": Message(
        "a fixed seed is 1 to 200 visible ASCII characters, no spaces",
        "Correct it.",
        "固定种子应为 1 至 200 个可见 ASCII 字符，不含空格",
        "请更正。",
    ),
    "seed-rolls": Message(
        'the rolls are {form}, but roll {place} is "{roll}"',
        "Write what the dice showed, nothing else.",
        "第 {place} 次“{roll}”无效：点数格式应为 {form}",
        "请只写骰子的点数。",
    ),
    "seed-die": Message(
        "roll {place} is {roll}, but a die of {sides} sides shows {low} to {high}",
        "Correct the roll, or name the die that was thrown.",
        "第 {place} 次为 {roll}，而 {sides} 面骰的点数为 {low} 至 {high}",
        "请更正点数，或注明所用骰子。",
    ),
    "seed-long": Message(
        "{count} rolls are more than the {most} that can be used",
        "Give fewer.",
        "{count} 次投掷超过上限 {most} 次",
        "请减少次数。",
    ),
    "seed-short": Message(
        "{count} rolls give {bits} bits; {wanted} of {sides} sides are needed for {least} bits",
        "Roll on.",
        "{count} 次投掷只有 {bits} 比特；{sides} 面骰须投 {wanted} 次才够 {least} 比特",
        "请继续投掷。",
    ),
    # Rules
    "rule-twice": Message(
        "two rules of this file have the same id",
        "Rename one.",
        "同一文件中规则编号重复",
        "请更改其一。",
    ),
    "month-days-reversed": Message(
        "the last day of the month stands before the first",
        "Exchange them; for days around the end of a month write two rules.",
        "月内结束日早于开始日",
        "请对调；跨月的时段请写成两条规则。",
    ),
    "quiet-without-days": Message(
        "a quiet rule needs month_days or spans",
        "Add them.",
        "安静期规则缺少 month_days 或 spans",
        "请补充。",
    ),
    "rules-disagree": Message(
        "this rule set and {other} (which says {first}) disagree, and neither is stricter",
        "Let only one of them say it.",
        "与 {other}（其规定为 {first}）不一致，且无严格宽松之分",
        "请只在一处规定。",
    ),
    "rule-names-nobody": Message(
        "the registers hold no such entry, so the rule has no effect on it",
        "[Perhaps {near} is meant. ]Nothing need be done if the rule set serves other places too.",
        "名录中没有此项，规则对其不起作用",
        "[是否应为“{near}”？]若规则文件供多地使用，可不处理。",
    ),
    # Later stages: the words stand in their modules, these say the same
    "campaign-id-malformed": Message(
        "expected 1 to 60 of the characters 0-9, a-z and -",
        "Give the campaign such a name; it becomes part of the seed text.",
        "计划编号应为 1 至 60 位的小写字母、数字或连字符",
        "请更正；编号是种子文本的一部分。",
    ),
    "mode-unknown": Message(
        "expected open",
        "Draw openly; sealed draws are not made by this version.",
        "方式应为 open",
        "请公开抽取；本版本不支持密封抽取。",
    ),
    "order-department": Message(
        "expected its department, {department}",
        "Correct the department.",
        "事项的部门应为 {department}",
        "请更正部门。",
    ),
    "order-id-malformed": Message(
        "expected an id of 1 to 40 of the characters 0-9, A-Z, a-z and -",
        "Give the order such an id.",
        "编号应为 1 至 40 位的字母、数字或连字符",
        "请更正。",
    ),
    "strata-unknown": Message(
        "expected some of {fields}, in this order",
        "Name only these, each once, in this order.",
        "分层字段应取自 {fields}，并按此顺序",
        "请更正。",
    ),
    "window-reversed": Message(
        "expected a last day not before the first",
        "Exchange the days.",
        "结束日期早于开始日期",
        "请对调。",
    ),
    "reserves-negative": Message(
        "expected 0 or more reserves",
        "Write 0 for none.",
        "备选数量不得为负",
        "没有备选请写 0。",
    ),
    "size-negative": Message(
        "expected a size of 0 or more",
        "Correct the size.",
        "数量不得为负",
        "请更正。",
    ),
    "rates-need-risk": Message(
        "rates by risk class need strata by risk",
        "Add risk to strata_by, or write one rate.",
        "按风险等级设定比例须按风险分层",
        "请在 strata_by 中加入 risk，或只写一个比例。",
    ),
    "rates-denominator": Message(
        "expected rates whose common denominator is at most 2^40",
        "Write rates with fewer digits.",
        "各比例的公分母不得超过 2^40",
        "请减少比例的位数。",
    ),
    "size-over-population": Message(
        "stratum {stratum} has {population} eligible enterprises; expected no larger size",
        "Lower the size, or take fewer strata.",
        "层 {stratum} 只有 {population} 家可抽企业，数量不得更大",
        "请减小数量，或减少分层。",
    ),
    "stratum-without-rate": Message(
        "expected a rate for this stratum's risk class",
        'Add a rate for it; "" is the rate of a missing class.',
        "该层的风险等级没有比例",
        '请补充比例；"" 表示未定级的比例。',
    ),
    "dice-sides": Message(
        "expected {sides} sides",
        "Write the number of sides of the dice.",
        "骰子面数应为 {sides}",
        "请写明骰子的面数。",
    ),
    "dice-rolls": Message(
        "expected {rolls}",
        "Write the rolls as they were shown, without spaces.",
        "点数应为 {rolls}",
        "请照实填写点数，不留空格。",
    ),
    "fixed-text": Message(
        "expected 1 to 200 visible ASCII characters",
        "Write such a text, without spaces.",
        "固定种子应为 1 至 200 个可见 ASCII 字符",
        "请更正，不含空格。",
    ),
    "seed-source-unknown": Message(
        "expected dice or fixed",
        "Name one of these.",
        "种子来源应为 dice 或 fixed",
        "请更正。",
    ),
    "seed-field": Message(
        "expected the fields {fields}",
        "Put texts, such as rolls, between quotes.",
        "字段应为 {fields}",
        "点数等文本请加引号。",
    ),
    "seed-entropy": Message(
        "expected at least 64 bits, these rolls give {bits}",
        "Roll more dice: twenty with ten sides, or twenty-five with six.",
        "至少需要 64 比特，这些点数只有 {bits}",
        "请继续投掷：十面骰二十次，或六面骰二十五次。",
    ),
    "seed-missing": Message(
        "expected the rolls of the dice",
        "Roll the dice in public, then give the rolls here, or with --seed (first draw) "
        "and --teams-seed (second draw).",
        "缺少骰子点数",
        "请公开投掷后在此填写，或用 --seed（第一次抽取）与 --teams-seed（第二次抽取）给出。",
    ),
    "seed-source-differs": Message(
        "expected the announced source, {source}",
        "Use the source that was committed.",
        "应为事先公布的来源 {source}",
        "请使用已承诺的来源。",
    ),
    "spec-of-other-frame": Message(
        "expected {root} of campaign {campaign}",
        "Make the spec anew from this frame.",
        "应属于计划 {campaign} 的名录 {root}",
        "请按此名录重新制定抽取方案。",
    ),
    "unit-missing": Message(
        "{route}; expected such a unit",
        "Add the unit, or let another level do the item.",
        "没有承办主体（{route}）",
        "请补充执法主体，或改由其他层级承办。",
    ),
    "window-outside-horizon": Message(
        "check {check}: expected days within {horizon}",
        "Correct the dates, or take the check out of this plan.",
        "任务 {check} 的日期应在 {horizon} 之内",
        "请更正日期，或将其移出本计划。",
    ),
    "check-twice": Message(
        "expected each check once",
        "Drop one.",
        "任务重复",
        "请删除其一。",
    ),
    "unknown-enterprise": Message(
        "expected an enterprise of the register",
        "Correct it, or add the enterprise.",
        "名录中没有此企业",
        "请更正，或补充该企业。",
    ),
    "unknown-item": Message(
        "expected an item of the list",
        "Correct it, or add the item.",
        "清单中没有此事项",
        "请更正，或补充该事项。",
    ),
    "unknown-unit": Message(
        "expected a unit of the register",
        "Correct it, or add the unit.",
        "名录中没有此执法主体",
        "请更正，或补充该主体。",
    ),
    "check-units": Message(
        "expected one or more units, each once",
        "Route the check again.",
        "承办主体应有一个以上且不重复",
        "请重新分派该任务。",
    ),
    "window-order": Message(
        "expected {first} or later",
        "Correct the window.",
        "不得早于 {first}",
        "请更正时段。",
    ),
    "pinned-check": Message(
        "expected a check of this enterprise, pinned once",
        "Give the checks the visit was planned with.",
        "应为该企业的任务，且只固定一次",
        "请按原计划给出任务。",
    ),
    "pinned-day": Message(
        "expected a day of the horizon, one visit a day at an enterprise",
        "Drop the pin, or give it as a visit made.",
        "应为计划期内的日期，且一家企业一天只入企一次",
        "请取消固定，或作为已实施检查登记。",
    ),
    "roster-digest": Message(
        "expected the roster of these registers, {digest}",
        "Publish the present roster, or use the registers it was made from.",
        "人员名册应与名录一致（{digest}）",
        "请公布现行名册，或使用生成该名册的名录。",
    ),
    "duty-key": Message(
        "expected 32 bytes",
        "Give the key of the first draw.",
        "应为 32 字节",
        "请给出第一次抽取的密钥。",
    ),
    "period": Message(
        "expected at least one day",
        "Correct the period.",
        "时段至少为一天",
        "请更正时段。",
    ),
    "team-rule": Message(
        "expected at least {least} inspectors",
        "Plan it anew under these rules.",
        "检查人员不得少于 {least} 名",
        "请按本规则重新制定计划。",
    ),
    "not-in-team": Message(
        "expected an inspector of this visit's team",
        "Look the team up in teams.json.",
        "应为本次检查组成员",
        "请查阅 teams.json。",
    ),
    "visit-id": Message(
        "expected one visit of this number",
        "Number them anew.",
        "入企编号重复",
        "请重新编号。",
    ),
    "visit-day": Message(
        "expected one visit a day at an enterprise",
        "Merge them.",
        "一家企业一天只能入企一次",
        "请合并。",
    ),
    "visit-order": Message(
        "expected order by day, then enterprise",
        "Sort them.",
        "应按日期、企业排序",
        "请重新排序。",
    ),
    "visit-seats": Message(
        "expected units once each, sorted",
        "Plan it anew.",
        "主体应各出现一次并排序",
        "请重新制定计划。",
    ),
    "visit-unit": Message(
        "expected a unit of the registers",
        "Add the unit.",
        "名录中没有此执法主体",
        "请补充该主体。",
    ),
    "visit-effort": Message(
        "expected 1 or 2 half-days",
        "Correct it.",
        "工时应为 1 或 2 个半天",
        "请更正。",
    ),
    "visit-inspectors": Message(
        "expected one inspector at least, and one for each skill, skills sorted",
        "Plan it anew.",
        "至少一人，且每项技能须有一人",
        "请重新制定计划。",
    ),
    "document-missing": Message(
        "a document of the run",
        "Publish only a run that went through every stage.",
        "缺少运行文件",
        "请只公示完成全部步骤的运行。",
    ),
    "time-rfc3339": Message(
        "expected a time with zone, such as 2025-12-22T09:00:00+08:00",
        "Write date, time and zone.",
        "应为带时区的时间，例如 2025-12-22T09:00:00+08:00",
        "请写明日期、时间和时区。",
    ),
    "ledger-entry": Message(
        "expected {entry}",
        "Take the file from the publication again.",
        "台账条目不符：应为 {entry}",
        "请重新从公示文件中取得。",
    ),
    "checkpoint-malformed": Message(
        "expected three lines: the key's name, a size and a root in base64",
        "Take the file from the publication again.",
        "检查点应有三行：密钥名、条数、base64 根值",
        "请重新从公示文件中取得。",
    ),
    "json-utf8": Message(
        "expected text in UTF-8",
        "Write the file anew.",
        "文本不是 UTF-8 编码",
        "请重新生成该文件。",
    ),
    "json-depth": Message(
        "expected JSON that is not nested so deep",
        "Write the file anew.",
        "JSON 嵌套过深",
        "请重新生成该文件。",
    ),
    "json-syntax": Message(
        "expected strict JSON without floats",
        "Write the file anew.",
        "应为不含浮点数的严格 JSON",
        "请重新生成该文件。",
    ),
    "note-malformed": Message(
        "expected {form}",
        "Take the file from its source again.",
        "签名文件格式不符：应为 {form}",
        "请重新从来源取得。",
    ),
    "vkey-malformed": Message(
        "expected an Ed25519 verifier key name+id+base64",
        "Take the file from its source again.",
        "应为 Ed25519 验证公钥 name+id+base64",
        "请重新从来源取得。",
    ),
    "vkey-id": Message(
        "expected a key id that belongs to the name and the key",
        "Take the file from its source again.",
        "密钥编号与名称、公钥不符",
        "请重新从来源取得。",
    ),
    "period-malformed": Message(
        "expected first and last day",
        "Write it like 2026-02-01/2026-02-28.",
        "应为首日与末日",
        "请写成 2026-02-01/2026-02-28 的形式。",
    ),
    "secrets-other": Message(
        "the key that signed this publication's ledger",
        "Give the secrets of the run that wrote it, with --secrets.",
        "密钥不是签署该公示台账的密钥",
        "请用 --secrets 给出生成该公示的运行的密钥文件。",
    ),
    "no-publication": Message(
        "a publication's folder",
        "Name a folder that `double-random run` wrote.",
        "不是公示文件夹",
        "请指定由 double-random run 生成的文件夹。",
    ),
    "secrets-file": Message(
        "{form}",
        "Give the file that an earlier run left in its .private folder.",
        "密钥文件格式应为 {form}",
        "请使用先前运行留在 .private 文件夹中的文件。",
    ),
    # Output
    "out-no-folder": Message(
        "a file of this name is there, not a folder",
        "Name another folder.",
        "已有同名文件，不是文件夹",
        "请换一个文件夹名。",
    ),
    "out-foreign": Message(
        "the folder holds other things than a publication, so it is not replaced",
        "Name another folder, or empty this one.",
        "文件夹中有其他内容，不会被覆盖",
        "请换一个文件夹，或先清空。",
    ),
    "out-unwritable": Message(
        "the folder cannot be written: {reason}",
        "Name another folder, or mend rights and space.",
        "文件夹无法写入：{reason}",
        "请换一个文件夹，或检查权限与空间。",
    ),
}


def phrase(code: str, **params: object) -> tuple[str, str]:
    """Return the English words of a fault: what was expected, how to mend it.

    Raises
    ------
    KeyError
        Where the code or a parameter is not known.
    """
    message = MESSAGES[code]
    values = {name: str(value) for name, value in params.items()}
    return _fill(message.expected, values), _fill(message.mend, values)


def in_language(fault: FaultLike, lang: str = "en") -> str:
    """Return a fault as one line of text.

    Parameters
    ----------
    lang
        ``en`` or ``zh``; a fault without Chinese words is said in English.
    """
    message = MESSAGES.get(fault.code)
    if lang != "zh":
        return str(fault)
    expected, mend = fault.expected, fault.mend
    if message is not None:
        values = _recover(message.expected, fault.expected) or {}
        values |= _recover(message.mend, fault.mend) or {}
        # A fault said in other words than the table's keeps them.
        with suppress(KeyError):
            expected, mend = _fill(message.expected_zh, values), _fill(message.mend_zh, values)
    where = fault.file
    if fault.row is not None:
        where += f" 第 {fault.row} 行"
    if fault.field:
        where += f" “{fault.field}”"
    if fault.value:
        where += f"：“{fault.value}”"
    return f"{where}：{expected}。{mend}" if expected else f"{where}。{mend}"


_TERMS_ZH = {
    "none": "无",
    "digits": "数字",
    "not a Parquet file, or damaged": "不是 Parquet 文件或已损坏",
    "not an Excel workbook, or damaged": "不是 Excel 工作簿或已损坏",
    "not compressed by gzip, or damaged": "不是 gzip 压缩文件或已损坏",
    "numbers joined by -": "以 - 连接的数字",
    "a mapping": "“字段: 值”结构",
    "a list": "列表",
    "text (in quotation marks)": "文本（加引号）",
    "a whole number": "整数",
    "true or false": "true 或 false",
    "a date such as 2026-03-01": "日期，例如 2026-03-01",
    "days such as 2026-06-07/2026-06-09": "日期段，例如 2026-06-07/2026-06-09",
    "up to 40 letters, digits and hyphens": "不超过 40 位的字母、数字或连字符",
    "up to 60 small letters, digits and hyphens": "不超过 60 位的小写字母、数字或连字符",
    "up to 40 small letters, digits, hyphens and underscores": (
        "不超过 40 位的小写字母、数字、连字符或下划线"
    ),
    "a risk class of up to 8 letters or digits": "不超过 8 位的字母或数字（风险等级）",
    "text that is not empty": "非空文本",
    'the city\'s area code as text, such as "140300"': '本市区划代码文本，例如 "140300"',
    "a path below the scenario's folder, such as registers/units.csv": (
        "场景文件夹内的路径，例如 registers/units.csv"
    ),
    "either country or file": "country 或 file 之一",
}
"""Words that stand as parameters in English faults, in Chinese."""

_PART = re.compile(r"\[([^\]]*)\]")
_BRACE = re.compile(r"\{(\w+)\}")


def _fill(template: str, values: dict[str, str]) -> str:
    def optional(match: re.Match[str]) -> str:
        part = match.group(1)
        return part if all(values.get(name) for name in _BRACE.findall(part)) else ""

    text = _PART.sub(optional, template) if "[" in template else template
    return text.format_map(values) if "{" in text else text


def _recover(template: str, text: str) -> dict[str, str] | None:
    """Return the values that fill `template` to give `text`, or ``None``."""
    match = _pattern(template).fullmatch(text)
    if match is None:
        return None
    return {k: _TERMS_ZH.get(v, v) for k, v in match.groupdict().items() if v}


@lru_cache(maxsize=512)
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\[|\]|\{\w+\})", template)
    swap = {"[": "(?:", "]": ")?"}
    seen: set[str] = set()

    def piece(part: str) -> str:
        if part in swap:
            return swap[part]
        if _BRACE.fullmatch(part):
            name = part[1:-1]
            if name in seen:
                return f"(?P={name})"
            seen.add(name)
            return f"(?P<{name}>.+?)"
        return re.escape(part)

    return re.compile("".join(piece(part) for part in parts), re.DOTALL)
