"""The schemas: valid themselves, and true to the format page."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from optimizer.domain.campaign import DrawOrder
from optimizer.domain.rules import (
    CapRule,
    ClosedRule,
    Exemption,
    LevelRule,
    QuietRule,
    RuleSet,
    TeamRule,
)
from optimizer.errors import InputError
from optimizer.io.rules import read_rules
from optimizer.io.yamlfile import load_schema, read_yaml
from optimizer.registers import COLUMNS

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "registers.md"


@pytest.mark.parametrize("name", ["scenario", "rules", "mapping"])
def test_schemas_are_valid(name: str) -> None:
    """Each is a JSON Schema of 2020-12."""
    jsonschema.Draft202012Validator.check_schema(load_schema(name))


def example(kind: str) -> str:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (found,) = (block for block in blocks if f"double-random/{kind}/v1" in block)
    return found


@pytest.mark.parametrize("kind", ["scenario", "rules"])
def test_examples_of_the_format_page_are_accepted(kind: str, tmp_path: Path) -> None:
    """What the page shows can be written so."""
    path = tmp_path / f"{kind}.yaml"
    path.write_text(example(kind), "utf-8")
    assert read_yaml(path, file=path.name, schema=kind).value["format"].endswith(f"{kind}/v1")
    if kind == "rules":
        assert [cap.limit for cap in read_rules([(path, path.name)]).caps] == [2, 4]


def test_every_column_stands_on_the_format_page() -> None:
    """Names, Chinese headings and needed or not are as the page says."""
    page = PAGE.read_text("utf-8")
    for register, columns in COLUMNS.items():
        table = page.split(f"**{register}**")[1].split("\n\n")[0]
        rows = [[c.strip() for c in line.split("|")[1:4]] for line in table.splitlines()[3:]]
        told = [
            (name, heading, needed == "yes")
            for names, headings, needed in rows
            for name, heading in zip(names.split(", "), headings.split(", "), strict=True)
        ]
        assert told == [(c.name, c.headings[0], c.needed) for c in columns]


def test_schema_knows_every_rule() -> None:
    """No field of the rule values is beyond what a file can say, and none is made up."""
    schema = load_schema("rules")["properties"]
    # How files are merged is said in files only.
    assert set(schema) - {"format", "prevails"} == {f.name for f in fields(RuleSet)}
    for name, kind in (("caps", CapRule), ("quiet", QuietRule), ("closed", ClosedRule)):
        assert set(schema[name]["items"]["properties"]) == {f.name for f in fields(kind)}
    for name, kind in (("team", TeamRule), ("level", LevelRule)):
        assert set(schema[name]["properties"]) == {f.name for f in fields(kind)}
    reason = schema["exemptions"]["additionalProperties"]
    assert set(reason["properties"]) == {f.name for f in fields(Exemption)}
    orders = load_schema("scenario")["properties"]["campaign"]["properties"]["orders"]
    # The department is the item's; levels are a field and weights.
    wanted = {f.name for f in fields(DrawOrder)} - {"department", "levels_by", "weights"}
    assert set(orders["items"]["properties"]) == wanted | {"levels"}


def test_deep_and_hostile_yaml_is_refused(tmp_path: Path) -> None:
    """No alias bombs, no endless nesting, no objects of the language."""
    path = tmp_path / "s.yaml"
    for text, code in (
        ("a: " + "[" * 5000 + "]" * 5000, "yaml-deep"),
        ("a: &a [1]\nb: *a", "yaml-alias"),
        ("a: !!python/object:os.system x", "field-unknown"),
        ("? [a, b]\n: 1", "yaml-key"),
        ("a: \x07", "yaml-syntax"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(InputError) as caught:
            read_yaml(path, file="s.yaml", schema="rules")
        assert code in {fault.code for fault in caught.value.faults}, text[:20]
