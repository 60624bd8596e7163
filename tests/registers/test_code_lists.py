"""The built-in code lists."""

from __future__ import annotations

from collections import Counter

from optimizer.registers import builtin_codes


def test_areas_are_the_published_list() -> None:
    """2,978 counties and zones; Shanxi has 117 counties and 4 zones; Yangquan's are known."""
    codes = builtin_codes()
    assert len(codes.counties) == 2978
    assert sum(code.startswith("14") for code in codes.counties) == 121
    yangquan = {code: codes.areas[code] for code in codes.counties if code.startswith("1403")}
    assert yangquan == {
        "140302": "城区",
        "140303": "矿区",
        "140311": "郊区",
        "140321": "平定县",
        "140322": "盂县",
    }
    assert codes.areas["140300"] == "阳泉市"
    assert "140300" not in codes.counties
    # A prefecture without counties is its own county.
    assert "441900" in codes.counties


def test_industries_are_those_of_the_standard() -> None:
    """20 sections, 97 divisions, 473 groups, 1,381 classes; each in a section."""
    codes = builtin_codes()
    assert len(codes.industries) == 20 + 97 + 473 + 1381
    assert len(codes.classes) == 1381
    lengths = Counter(map(len, codes.industries))
    assert lengths == {1: 20, 2: 97, 3: 473, 4: 1381}
    assert set(codes.sections.values()) == set("ABCDEFGHIJKLMNOPQRST")
    assert codes.sections["0111"] == "A"
    assert all(codes.sections[code] == codes.sections[code[:2]] for code in codes.classes)


def test_guesses_help_and_do_not_mislead() -> None:
    """A dropped zero and a name are understood; what could be several is not guessed."""
    codes = builtin_codes()
    assert codes.near_industry("111") == "0111"
    assert codes.near_industry("稻谷种植") == "0111"
    assert codes.near_industry("52") == ""
    assert codes.near_county("平定县") == "140321"
    assert codes.near_county("城区", "140300") == "140302"
    assert codes.near_county("城区") == ""
    assert codes.near_county("140301", "140300") == ""
    assert codes.near_county("140323", "140300") == ""
    assert codes.near_county("140329", "140300") == ""
    assert codes.near_county("140391", "140300") == ""
