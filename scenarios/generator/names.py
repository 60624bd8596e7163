"""Names that read like those of a Chinese city and belong to nobody."""

from __future__ import annotations

import numpy as np

from scenarios.generator.chance import Chance, Ints
from scenarios.generator.tables import areas, parts, rows

_BRAND = (
    "晟恒瑞泽润鑫祥和泰安康达兴隆盛源丰益佳美德信诚义广通远航嘉禾锦华荣昌吉庆福顺博雅卓越宏图伟业"
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩"
    "唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰"
    "建国志文红梅晓东海燕春雷宁波洁颖慧琳浩宇轩博雨桐欣怡"
)
_SHOPS = ("店", "经营部", "商行", "坊", "中心")


def enterprise_names(region: str, seed: int, area: Ints, section: Ints, kind: Ints) -> list[str]:
    """Return a name for each enterprise by county, trade and legal form."""
    n = len(area)
    counties = [a.short for a in areas(region)[1:]]
    city = areas(region)[0].name.rstrip("市省")
    words = [parts(r["words"]) for r in rows("sections.csv")]
    brand = Chance(seed, "brand").below(len(_BRAND), 3 * n).reshape(n, 3).tolist()
    owner = Chance(seed, "owner").below(len(_SURNAMES), n).tolist()
    word = Chance(seed, "word").below(np.array([len(w) for w in words])[section], n).tolist()
    shop = Chance(seed, "shop").below(len(_SHOPS), n).tolist()
    form = Chance(seed, "form").below(10, n).tolist()
    made = []
    for i, (a, s, k) in enumerate(zip(area.tolist(), section.tolist(), kind.tolist(), strict=True)):
        x, y, z = (_BRAND[b] for b in brand[i])
        trade = words[s][word[i]]
        if k == 2:
            who = f"{_SURNAMES[owner[i]]}记" if form[i] < 4 else x + y
            made.append(f"{counties[a]}{who}{trade}{_SHOPS[shop[i]]}")
        elif k == 3:
            made.append(f"{counties[a]}{x}{y}{trade}专业合作社")
        else:
            end = "股份有限公司" if form[i] == 0 else "有限公司"
            made.append(f"{city}{x}{y}{z if form[i] < 6 else ''}{trade}{end}")
    return made


def person_names(seed: int, n: int) -> list[str]:
    """Return names of persons."""
    surname = Chance(seed, "surname").below(len(_SURNAMES), n).tolist()
    given = Chance(seed, "given").below(len(_GIVEN), 2 * n).reshape(n, 2).tolist()
    two = Chance(seed, "two").happens(800, n).tolist()
    return [
        _SURNAMES[s] + _GIVEN[x] + (_GIVEN[y] if long else "")
        for s, (x, y), long in zip(surname, given, two, strict=True)
    ]
