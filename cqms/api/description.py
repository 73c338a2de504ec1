"""The OpenAPI document read for people: operations with what they take and what they answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

_METHODS = ("get", "post", "put", "patch", "delete")
_SHOWN_VALUES = 12

Schema = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """Something an operation takes or answers: its name, its kind in words, whether it must be there, what it means."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One thing the API does. `id` is the last part of its page's address."""

    id: str
    method: str
    path: str
    summary: str
    takes: tuple[Value, ...]
    answers: tuple[Value, ...]
    statuses: tuple[tuple[str, str], ...]


@cache
def document() -> Schema:
    """The OpenAPI document; it changes with a release only."""
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def groups() -> dict[str, list[Operation]]:
    """The operations by the noun they are about, in the order of their addresses."""
    found: dict[str, list[Operation]] = {}
    for path, operations in document()["paths"].items():
        for method in _METHODS:
            if method in operations:
                found.setdefault(operations[method]["tags"][0], []).append(_operation(path, method, operations[method]))
    return found


def _operation(path: str, method: str, given: Schema) -> Operation:
    success = {status: answer for status, answer in given["responses"].items() if status.startswith("2")}
    parameters = [_value(each["name"], each) for each in given.get("parameters", ())]
    return Operation(
        id=given["operationId"],
        method=method.upper(),
        path=path,
        summary=given.get("description", "").replace("`", ""),
        takes=(*parameters, *_of_content(given.get("requestBody", {}))),
        answers=tuple(value for answer in success.values() for value in _of_content(answer)),
        statuses=tuple((status, answer["description"] or "Done.") for status, answer in given["responses"].items()),
    )


def _value(name: str, given: Schema) -> Value:
    schema = given.get("schema", given)
    where = f"{given['in']}, " if "in" in given else ""
    return Value(name, f"{where}{_kind(schema)}", bool(given.get("required")), _meaning({**schema, **given}))


def _of_content(given: Schema) -> Iterator[Value]:
    for media in list(given.get("content", {}).values())[:1]:
        schema = _resolved(media["schema"])
        for name, each in schema.get("properties", {}).items():
            required = name in schema.get("required", ())
            yield Value(name, _kind(each), required, _meaning(_resolved(each) | each))


def _kind(schema: Schema) -> str:
    resolved = _resolved(schema)
    if resolved.get("type") == "array":
        return f"list of {_kind(resolved['items'])}"
    if "enum" in resolved:
        values = [str(value) for value in resolved["enum"] if value not in ("", None)]
        more = f" … ({len(values)} values)" if len(values) > _SHOWN_VALUES else ""
        return f"one of {', '.join(values[:_SHOWN_VALUES])}{more}"
    if resolved.get("type") == "object" and "properties" in resolved:
        return f"{{{', '.join(resolved['properties'])}}}"
    return " ".join(filter(None, [resolved.get("type", "any value"), _format(resolved)]))


def _format(schema: Schema) -> str:
    limit = f"up to {schema['maxLength']} characters" if "maxLength" in schema else ""
    return ", ".join(filter(None, [schema.get("format", ""), limit]))


def _meaning(schema: Schema) -> str:
    words = str(schema.get("description", ""))
    return "" if words.startswith("*") else words.partition("\n\n")[0].replace("`", "")


def _resolved(schema: Schema) -> Schema:
    """The schema behind references and one-part compositions."""
    if "$ref" in schema:
        return _resolved(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if len(schema.get("allOf", ())) == 1:
        return _resolved(schema["allOf"][0])
    return schema
