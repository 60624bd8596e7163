"""YAML as this project reads it: text stays text, floats are refused, nothing stands twice.

Only ``true``/``false``, ``null`` and plain decimal integers are more than text: dates are read by
whoever knows that a date is meant, and ``no`` is a word. A float is refused, since ``0.03`` would
not be three hundredths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from optimizer.errors import Fault, InputError
from optimizer.registers.fault import make_fault
from optimizer.registers.near import nearest

if TYPE_CHECKING:
    import jsonschema

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_FLOAT = re.compile(r"[-+]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(?:inf|nan))")
_DEPTH = 40
_LARGEST = 4_000_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A YAML file that was read.

    Attributes
    ----------
    file
        Name in faults.
    value
        The mapping it holds.
    lines
        Path such as ``campaign.orders[0].rate`` → line in the file, from 1.
    """

    file: str
    value: dict[str, Any]
    lines: Mapping[str, int]

    def line_of(self, path: str) -> int | None:
        """Return the line of `path`, or of the nearest place around it."""
        while path and path not in self.lines:
            path = re.sub(r"(?:^|\.)[^.\[]*$|\[\d+\]$", "", path)
        return self.lines.get(path)

    def fault(self, code: str, path: str, value: object = "", **params: object) -> Fault:
        """Build a fault that stands at `path`."""
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return make_fault(code, self.file, self.line_of(path), path, shown, **params)


UNFIT = re.compile("[\x00\ud800-\udfff]")
"""Characters that escapes can bring in, and neither UTF-8 nor every store can hold."""


class _Reader:
    """Builds values from nodes; collects faults."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}
        self.faults: list[Fault] = []

    def fault(self, code: str, node: yaml.Node, path: str, value: str = "") -> None:
        line = node.start_mark.line + 1
        self.faults.append(make_fault(code, self.file, line, path, value))

    def build(self, node: yaml.Node, path: str) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            made: dict[str, Any] = {}
            for key_node, value_node in node.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    self.fault("yaml-key", key_node, path)
                    continue
                key = key_node.value
                if UNFIT.search(key):
                    self.fault("text-unfit", key_node, path, key)
                    continue
                below = f"{path}.{key}" if path else key
                if key in made:
                    self.fault("yaml-twice", key_node, below, key)
                self.lines[below] = key_node.start_mark.line + 1
                made[key] = self.build(value_node, below)
            return made
        if isinstance(node, yaml.SequenceNode):
            return [self.build(below, f"{path}[{i}]") for i, below in enumerate(node.value)]
        return self.scalar(node, path)

    def scalar(self, node: yaml.Node, path: str) -> Any:
        text: str = node.value
        if UNFIT.search(text):
            self.fault("text-unfit", node, path, text)
            return None
        if getattr(node, "style", None) is not None:
            return text
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            self.fault("yaml-float", node, path, text)
            return None
        return text


def read_yaml(path: Path, *, file: str, schema: str) -> YamlFile:
    """Read a YAML file and check it against one of the schemas.

    Parameters
    ----------
    file
        Name in faults.
    schema
        Name of a schema in ``data/``, such as ``scenario``.

    Raises
    ------
    InputError
        With every fault found.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(make_fault("file-missing", file)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(make_fault("file-unreadable", file, reason=reason)) from None
    except UnicodeDecodeError:
        raise InputError(make_fault("yaml-encoding", file)) from None
    reader = _Reader(file)
    if len(text) > _LARGEST:
        raise InputError(make_fault("yaml-large", file, most=_LARGEST))
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            # Deep nesting takes the parser quadratic time: stop before it does.
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEPTH:
                raise InputError(make_fault("yaml-deep", file, _line(event)))
            if isinstance(event, yaml.AliasEvent):
                raise InputError(
                    make_fault("yaml-alias", file, _line(event), "", event.anchor or "")
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(make_fault("yaml-syntax", file, line, reason=reason)) from None
    if not isinstance(node, yaml.MappingNode):
        raise InputError(make_fault("yaml-not-mapping", file))
    value = reader.build(node, "")
    found = YamlFile(file, value, reader.lines)
    refused = {fault.field for fault in reader.faults}
    faults = reader.faults + [
        fault for fault in schema_faults(found, schema) if fault.field not in refused
    ]
    if faults:
        raise InputError(sorted(faults, key=lambda fault: (fault.row or 0, fault.field)))
    return found


def _line(event: yaml.Event) -> int | None:
    return None if event.start_mark is None else event.start_mark.line + 1


@lru_cache(maxsize=8)
def load_schema(name: str) -> dict[str, Any]:
    """Return a JSON Schema of ``data/``: ``scenario``, ``rules`` or ``mapping``."""
    place = files("optimizer.io").joinpath("data", f"{name}.schema.json")
    return dict(json.loads(place.read_text("utf-8")))


def schema_faults(found: YamlFile, schema: str) -> list[Fault]:
    """Return what a file's value has against a schema of ``data/``."""
    import jsonschema  # a plan of what is in memory has no need of it

    validator = jsonschema.Draft202012Validator(load_schema(schema))
    errors = sorted(validator.iter_errors(found.value), key=lambda e: list(map(str, e.path)))
    return [fault for error in errors for fault in _faults_of(found, error)]


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text (in quotation marks)",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def _faults_of(found: YamlFile, error: jsonschema.ValidationError) -> list[Fault]:
    """Say one error of the schema in our words."""
    path = ""
    for step in error.absolute_path:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            extra = [key for key in value if key not in known]
            return [
                found.fault(
                    "field-unknown",
                    f"{path}.{key}" if path else key,
                    known=", ".join(known),
                    near=nearest(key, known),
                )
                for key in extra
            ]
        case "required":
            name = next(key for key in rule if key not in value and f"'{key}'" in error.message)
            return [found.fault("field-missing", f"{path}.{name}" if path else name)]
        case "type":
            kinds = [rule] if isinstance(rule, str) else list(rule)
            wanted = " or ".join(_TYPES[kind] for kind in kinds)
            return [found.fault("value-type", path, value, wanted=wanted)]
        case "enum" | "const":
            words = [rule] if error.validator == "const" else list(rule)
            near = nearest(value, words) if isinstance(value, str) else ""
            return [
                found.fault("value-word", path, value, words=", ".join(map(str, words)), near=near)
            ]
        case "minimum":
            return [found.fault("value-low", path, value, low=rule)]
        case "maximum":
            return [found.fault("value-high", path, value, high=rule)]
        case "propertyNames":
            return [found.fault("value-form", path, value, form=error.message)]
        case "minItems":
            return [found.fault("value-few", path, value, low=rule)]
        case "maxItems":
            return [found.fault("value-many", path, value, high=rule)]
        case "uniqueItems":
            return [found.fault("value-twice", path, value)]
        case _:
            form = schema.get("description", error.message)
            return [found.fault("value-form", path, value, form=form)]
