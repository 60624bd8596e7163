"""Every rule is documented, with a test that is there."""

from __future__ import annotations

import ast
from dataclasses import fields

import pytest
from rules_page import (
    ITEM_RULES,
    KEYWORDS,
    PAGE,
    ROOT,
    SECTIONS,
    page,
    rule_fields,
    words,
)

from optimizer.domain.item import Item
from optimizer.io.yamlfile import load_schema
from optimizer.plan import plan_visits


def test_page_is_what_the_rules_are() -> None:
    """`docs/rules.md` is what `make docs` writes now."""
    assert PAGE.read_text("utf-8") == page()


def test_every_field_of_a_rule_is_told_and_nothing_else() -> None:
    """A field of a value or a file without words fails here, and so do words without field."""
    found = {(section, name) for section, name, _ in rule_fields()}
    told = {(section, name) for section, entries in words().items() for name in entries}
    assert found == told
    schema = load_schema("rules")["properties"]
    in_files = {("", name) for name in schema}
    for section in ("caps", "quiet", "closed"):
        in_files |= {(section, name) for name in schema[section]["items"]["properties"]}
    for section in ("team", "level"):
        in_files |= {(section, name) for name in schema[section]["properties"]}
    reason = schema["exemptions"]["additionalProperties"]["properties"]
    in_files |= {("exemptions", name) for name in reason}
    assert in_files <= told
    text = PAGE.read_text("utf-8")
    for section, name in told:
        table = text.split(f"## {SECTIONS[section][0]}\n")[1].split("\n\n")[0]
        assert f"\n| `{name}` | " in table, (section, name)


def test_items_and_keywords_that_bind_are_those_listed() -> None:
    """The fields of an item that are rules exist, and so do the keywords of a plan."""
    assert set(ITEM_RULES) <= {field.name for field in fields(Item)}
    assert set(KEYWORDS) <= set(plan_visits.__kwdefaults__)


@pytest.mark.parametrize(
    "test", sorted({entry["test"] for told in words().values() for entry in told.values()})
)
def test_the_test_named_is_there(test: str) -> None:
    """The page names a test by file and function, and both exist."""
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert name.startswith("test_")
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_words_say_something() -> None:
    """Meaning and place where a rule was seen are not empty."""
    for told in words().values():
        for name, entry in told.items():
            assert set(entry) == {"means", "seen", "test"}, name
            assert all(text.strip() for text in entry.values()), name
