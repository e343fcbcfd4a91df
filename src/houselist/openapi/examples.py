"""Makes examples of whole shapes out of the examples that stand on their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from houselist.openapi.rewriting import Json


def example_of(schema: Json, components: dict[str, Json], where: str = "") -> Any:
    """A value that fits `schema`, of the examples in it. Raises LookupError where one lacks."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(components[name], components, name)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components, where)
    if schema.get("type") == "array":
        return [example_of(schema["items"], components, where)]
    if "properties" in schema:
        fields: dict[str, Json] = schema["properties"]
        return {
            name: example_of(field, components, f"{where}.{name}") for name, field in fields.items()
        }
    raise LookupError(f"{where} has no example; give its field one with msgspec.Meta")
