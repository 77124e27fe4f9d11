"""Our own OpenAPI description as the developers' pages show it: groups, operations, fields, answers; it knows no request."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from api.described.meanings import Meaning, answer_meaning, meaning, parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEEPEST, _MOST_FIELDS = 6, 160
_TEMPLATE = re.compile(r"\{(\w+)\}")
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body: `depth` 0 at the top; `needed` where it must be there."""

    name: str
    kind: str
    needed: bool
    told: Meaning
    depth: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter in a path, a query or a header; `example` may be empty."""

    name: str
    place: str
    kind: str
    needed: bool
    told: Meaning
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back; `example` is JSON, `code` the stable code that the example bears."""

    status: str
    told: Meaning
    media: str
    example: str
    code: str


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    raw: Mapping[str, Any]
    components: Mapping[str, Any]

    @property
    def group(self) -> str:
        return str((self.raw.get("tags") or ["other"])[0])

    @property
    def summary(self) -> Meaning:
        """In both languages."""
        return parted(self.raw.get("summary", self.name))

    @property
    def paragraphs(self) -> list[str]:
        return [one.replace("\n", " ") for one in str(self.raw.get("description", "")).split("\n\n") if one.strip()]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(self._parameter(self._found(one)) for one in self.raw.get("parameters", ()))

    @property
    def scopes(self) -> tuple[str, ...]:
        """Scopes that open it; a session of a person stands as `session`; empty: anybody."""
        security = self.raw.get("security")
        if not security:
            return ()
        return tuple(scope for one in security for name, many in one.items() for scope in (many or [name]))

    @property
    def open_to_all(self) -> bool:
        return not self.raw.get("security") or {} in self.raw["security"]

    @cached_property
    def body(self) -> tuple[str, tuple[Field, ...], str]:
        """Media type, fields and example of what is sent; empty where nothing is."""
        content = self._found(self.raw.get("requestBody", {})).get("content", {})
        for media, said in content.items():
            return media, tuple(self._fields(said.get("schema", {}))), _example(said)
        return "", (), ""

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        made = []
        for status, said in self.raw.get("responses", {}).items():
            found = self._found(said)
            media, content = next(iter(found.get("content", {}).items()), ("", {}))
            example = _example(content)
            code = ""
            if media == "application/problem+json" and example:
                code = str(json.loads(example).get("code", ""))
            made.append(Answer(status, answer_meaning(str(found.get("description", ""))), media, example, code))
        return tuple(made)

    @cached_property
    def given(self) -> tuple[Field, ...]:
        """Fields of the answer when all goes well."""
        for status, said in self.raw.get("responses", {}).items():
            if status.startswith("2"):
                for media, content in self._found(said).get("content", {}).items():
                    if media == "application/json":
                        return tuple(self._fields(content.get("schema", {})))
        return ()

    @property
    def shown_path(self) -> str:
        """The path with examples in the place of its parts, and needed parameters behind it."""
        examples = {one.name: one.example or one.name.upper() for one in self.parameters if one.place == "path"}
        path = _TEMPLATE.sub(lambda part: quote(examples.get(part[1], part[1]), safe=":"), self.path)
        asked = [
            f"{one.name}={quote(one.example or '…')}" for one in self.parameters if one.place == "query" and one.needed
        ]
        return f"{path}?{'&'.join(asked)}" if asked else path

    def curl(self, base: str) -> str:
        """The call for a shell."""
        media, _, example = self.body
        lines = [f"curl -sS -X {self.method.upper()} '{base}{self.shown_path}'"]
        if not self.open_to_all and "session" not in self.scopes:
            lines += ['-H "Authorization: DPoP $TOKEN"', '-H "DPoP: $PROOF"']
        if media == "application/json":
            lines += [f"-H 'Content-Type: {media}'", f"-d '{example or '{}'}'"]
        elif media == "application/x-www-form-urlencoded" and example:
            lines += [f"--data-urlencode '{name}={value}'" for name, value in json.loads(example).items()]
        elif media:
            lines += ["--data-binary @tep.zip", f"-H 'Content-Type: {media}'"]
        return " \\\n  ".join(lines)

    def python(self, base: str) -> str:
        """The call for Python: by the consumers' own client where it has one."""
        if self.path in _BY_CLIENT:
            return _BY_CLIENT[self.path].replace("BASE", base)
        media, _, example = self.body
        given = [f'"{self.method.upper()}"', f'"{base}{self.shown_path}"']
        if media == "application/json" and example:
            given.append(f"json={_plain(example)}")
        if not self.open_to_all:
            given.append("headers=proven")
        note = "" if self.open_to_all else "proven = {}  # Authorization, DPoP: docs/oauth.md; api.client makes them\n"
        call = f"answer = httpx.request({', '.join(given)})"
        return f"import httpx\n\n{note}{call}\nanswer.raise_for_status()\nprint(answer.text)"

    def _parameter(self, said: Mapping[str, Any]) -> Parameter:
        schema = said.get("schema", {})
        examples = schema.get("examples") or said.get("examples") or []
        if isinstance(examples, dict):
            examples = [one.get("value", "") for one in examples.values()]
        named = self._found(schema).get("enum") or [""]
        example = said.get("example", examples[0] if examples else schema.get("default", named[0]))
        told = str(said.get("description", "") or schema.get("description", ""))
        return Parameter(
            said["name"], said["in"], self._kind(schema), bool(said.get("required")),
            meaning(told, said["name"], self.name), "" if example is None else str(example),
        )  # fmt: skip

    def _fields(self, schema: Mapping[str, Any], depth: int = 0) -> Iterator[Field]:
        """All fields below a schema, each before those within it; a list's are those of its entries."""
        if depth > _DEEPEST:
            return
        plain = self._plain_of(schema)
        needed = set(plain.get("required", ()))
        for name, one in plain.get("properties", {}).items():
            told = str(one.get("description", "") or self._found(one).get("description", ""))
            yield Field(name, self._kind(one), name in needed, meaning(told, name, self.name), depth)
            yield from self._fields(one, depth + 1)

    def _plain_of(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object that a schema is, or is a list or a choice of."""
        found = self._found(schema)
        if "properties" in found:
            return found
        for name in ("anyOf", "oneOf", "allOf"):
            for one in found.get(name, ()):
                if self._found(one).get("type") != "null":
                    return self._plain_of(one)
        return self._plain_of(found["items"]) if isinstance(found.get("items"), dict) else found

    def _kind(self, schema: Mapping[str, Any], depth: int = 0) -> str:
        """What a value is, in one line: its type with format or pattern, its words, or its choices."""
        found = self._found(schema)
        kinds = found.get("type", "any")
        choices = [one for name in ("anyOf", "oneOf", "allOf") for one in found.get(name, ())]
        if depth > _DEEPEST:
            said = "…"
        elif isinstance(kinds, list):
            said = " | ".join(self._kind({**found, "type": one}, depth + 1) for one in kinds)
        elif choices and "properties" not in found:
            said = " | ".join(dict.fromkeys(self._kind(one, depth + 1) for one in choices))
        elif "const" in found or found.get("enum"):
            said = " | ".join(json.dumps(one, ensure_ascii=False) for one in found.get("enum", [found.get("const")]))
        elif kinds == "array":
            said = f"[{self._kind(found.get('items', {}), depth + 1)}]"
        else:
            form = f" ({found['format']})" if found.get("format") else f" {found.get('pattern', '')}".rstrip()
            said = str(kinds) if kinds == "null" else f"{kinds}{form}"
        return said

    def _found(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference leads to."""
        here: Mapping[str, Any] = said
        while "$ref" in here:
            _, _, kind, name = here["$ref"].split("/")
            here = self.components[kind][name]
        return here


def operations(described: Mapping[str, Any]) -> tuple[Operation, ...]:
    """All operations in the order of the description; each by a short name of its own."""
    made, taken = [], set[str]()
    for path, methods in described["paths"].items():
        for method in _METHODS:
            if method not in methods:
                continue
            name = re.sub(r"[^a-z0-9]+", "-", f"{method}-{path.removeprefix('/v1')}".lower()).strip("-")
            while name in taken:
                name += "-x"
            taken.add(name)
            made.append(Operation(name, method, path, methods[method], described.get("components", {})))
    return tuple(made)


def _example(content: Mapping[str, Any]) -> str:
    """The first example of a body, as JSON."""
    if "example" in content:
        value = content["example"]
    elif content.get("examples"):
        value = next(iter(content["examples"].values())).get("value")
    else:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _plain(example: str) -> str:
    """JSON as Python spells it."""
    return repr(json.loads(example))


_CLIENT = """from datetime import date
from pathlib import Path

from api.client import Citizen, LandClient, Procedure, Question, load_key

client = LandClient("BASE", client_id="sandbox-developer", key=load_key(Path("sandbox-developer.jwk")))
"""
_QUESTION = """procedure = Procedure(
    agency_code="CA-24-001", officer_code="CB-0042", service_code="1.004222", case_file_no="H24.1-230328-0007"
)
question = Question(Citizen("024090000001", "Nguyễn Thị Thúy", date(1990, 2, 3)), procedure)
"""
_BY_CLIENT = {
    "/v1/residency/land-records:lookup": f"{_CLIENT}{_QUESTION}print(client.lookup(question))",
    "/v1/residency/land-records:batch": f"{_CLIENT}{_QUESTION}for answer in client.batch([question]):\n    print(answer)",
    "/v1/residency/changes": f"{_CLIENT}for page in client.changes():\n    print(page)",
}
