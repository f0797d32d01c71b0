"""Writes docs/profiles.md from the profiles' JSON Schema: `python -m scripts.profile_docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, cast

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "pilothouse" / "schemas" / "protocol.json"
PAGE = ROOT / "docs" / "profiles.md"

Schema: TypeAlias = Mapping[str, object]

_HEAD = """# Profiles

<!-- Made by `python -m scripts.profile_docs` from src/protocol/profile; a test holds it so. -->

A profile says where and how pilots run. It is one JSON file, named after the profile
(`ospool.json`), in `pilothouse/profiles/` below Jupyter's configuration folder
(`jupyter --paths`); a site's are in `pilothouse/profiles/` below Jupyter's data path, and are
read-only. `local` is built in. The panel's form writes these files, and
`pilothouse check FILE` says what is wrong with one. Keys that are not listed here are refused. No
secret is ever part of a profile.
"""


def page(schema: Schema) -> str:
    """The page, as Markdown."""
    parts = [_HEAD, _table("The profile itself", schema, "", nested=False)]
    for name, part in _properties(schema).items():
        if "oneOf" in part:
            for kind in cast(Sequence[Schema], part["oneOf"]):
                of = _properties(kind)["kind"]["const"]
                title = f"`{name}`, kind `{of}`"
                parts.append(_table(title, kind, str(kind.get("description", ""))))
        elif "properties" in part:
            parts.append(_table(f"`{name}`", part, str(part.get("description", ""))))
    return "\n".join(parts)


def _table(title: str, schema: Schema, says: str, *, nested: bool = True) -> str:
    head = [f"## {title}", *([says, ""] if says else [])]
    lines = ["| field | what | may be | default |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *lines, *_rows(schema, "", nested=nested)]) + "\n"


def _rows(schema: Schema, prefix: str, *, nested: bool = True) -> Iterator[str]:
    required = cast(Sequence[str], schema.get("required", []))
    for name, part in _properties(schema).items():
        if "properties" in part or "oneOf" in part:
            if nested:
                yield from _rows(part, f"{prefix}{name}.")
            continue
        default = "must be given" if name in required else _code(part.get("default"))
        says = str(part.get("description", ""))
        yield f"| `{prefix}{name}` | {_cell(says)} | {_cell(_kind(part))} | {_cell(default)} |"


def _kind(part: Schema) -> str:
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in cast(Sequence[object], part["enum"]))
    if "const" in part:
        return f"`{part['const']}`"
    kind = str(part.get("type", "any"))
    low, high = part.get("minimum"), part.get("maximum")
    if kind in ("integer", "number"):
        most = high if isinstance(high, (int, float)) and high < 2**53 - 1 else None
        if low is not None and most is not None:
            return f"{kind}, {low} to {most}"
        return kind if low is None else f"{kind}, at least {low}"
    if kind == "array":
        return f"list of {_kind(cast(Schema, part['items']))}"
    return {"string": "text", "boolean": "true or false", "object": "object of texts"}.get(
        kind, kind
    )


def _properties(schema: Schema) -> dict[str, dict[str, object]]:
    return cast(dict[str, dict[str, object]], schema.get("properties", {}))


def _code(value: object) -> str:
    return "" if value in (None, "", [], {}) else f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Writes the page."""
    schema = cast(Schema, json.loads(SCHEMAS.read_text(encoding="utf-8"))["profile"])
    PAGE.write_text(page(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
