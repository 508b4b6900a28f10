"""What the program itself says of the protocol: domain strings, payload types, doors, forms and fault slugs, for test_docs_protocol.py."""

import ast
import importlib
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from enishi import errors
from enishi.encoding import DOMAIN
from enishi.mesh.config import RoleConfig
from enishi.mesh.doors import Door
from enishi.mesh.rpc import Endpoint
from enishi.roles.exchange.assemble import Exchange
from enishi.roles.exchange.seen import Seen
from enishi.roles.gateway.assemble import Gateway
from enishi.roles.keeper.assemble import Keeper
from enishi.roles.oversight.assemble import Oversight
from enishi.roles.portal.assemble import Portal
from enishi.roles.registrar.assemble import Registrar
from enishi.roles.witness.assemble import Witness
from house.source import Module, called, modules, walk

TREE = modules()
HASHES = {"digest": "D", "hash_to_scalar": "S", "hash_to_group": "G"}
FORMS = ("seal.dsse", "protocol", "linkage", "tlog.labels", "evidence.bundle", "roles.keeper.ticket")
"""Where the forms that travel or are signed are defined."""
EXCHANGE = (
    *("deliver", "enrol", "events", "examine", "founding", "inquire", "joining"),
    *("publishing", "pushed", "recover", "self_deliver", "self_disclosure", "state", "suspending", "view"),
)
GATEWAY = (
    *(
        "agents.fetching",
        "agents.kept",
        "answered",
        "answers",
        "asked",
        "enrolment",
        "events.subscriptions",
        "message",
        "notices",
        "letters.taking",
        "offers.fetching",
        "offers.kept",
    ),
    *("provide", "received", "registry", "self_disclosure.checking", "self_disclosure.kept", "tenant"),
)
FAULTS = (
    *("protocol", "linkage", "seal", "tlog", "evidence", "roles.keeper", "roles.registrar", "roles.witness", "roles.oversight"),
    *(f"mesh.{name}" for name in ("batch", "client", "connection", "doors", "faults", "operators", "pki", "registry", "rpc")),
    *("roles.portal.login", "roles.portal.meshed", "roles.portal.offersource", "roles.portal.owndata", "client.proving", "client.withholding"),
    *(f"roles.exchange.{name}" for name in EXCHANGE),
    *(f"roles.gateway.{name}" for name in GATEWAY),
)
"""What raises the protocol's faults; pages, the REST API and what founds an installation have their own."""


def within(name: str, rooms: typing.Iterable[str]) -> bool:
    return any(name == f"enishi.{room}" or name.startswith(f"enishi.{room}.") for room in rooms)


def calls(tree: list[Module], rooms: typing.Iterable[str] = ()) -> Iterator[tuple[Module, ast.Call]]:
    for module in tree:
        if not rooms or within(module.name, rooms):
            yield from ((module, node) for node in walk(module.tree) if isinstance(node, ast.Call))


def text_of(module: Module, node: ast.expr) -> str:
    """The text that an argument stands for, where it is a literal or a constant of its module; else empty."""
    found = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Name):
        found = getattr(importlib.import_module(module.name), node.id, None)
    return found if isinstance(found, str) else ""


def domains(tree: list[Module]) -> set[tuple[str, str]]:
    """(string, D S G F or B) of every use of a domain string."""
    prefix = DOMAIN.decode()
    found = set()
    for module, call in calls(tree):
        use = text_of(module, call.args[0]) if call.args else ""
        if use and called(call) in HASHES:
            found.add((prefix + use, HASHES[called(call)]))
        if use and called(call) == "commit" and isinstance(call.func, ast.Name):
            found.add((f"{prefix}commit-{use}", "D"))
    return found | {(text, via) for module in tree for text, via in _literal_domains(module)}


def _literal_domains(module: Module) -> Iterator[tuple[str, str]]:
    framed = {id(node.args[0]) for node in walk(module.tree) if isinstance(node, ast.Call) and called(node) == "frame" and node.args}
    for node in walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes) and node.value.startswith(DOMAIN) and node.value != DOMAIN:
            yield node.value.decode(), "F" if id(node) in framed else "B"
        if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name) and node.left.id == "DOMAIN" and isinstance(node.right, ast.Constant):
            yield (DOMAIN + node.right.value).decode().rstrip("/"), "B"


def payload_types(tree: list[Module]) -> set[str]:
    places = {"payload_type": 0, "sign_form": 1, "open_form": 2}
    asked = [(module, call) for module, call in calls(tree) if called(call) in places]
    things = {text_of(module, call.args[places[called(call)]]) for module, call in asked}
    return {f"application/vnd.enishi.{thing}+json" for thing in things if thing}


def slugs(tree: list[Module]) -> dict[str, set[str]]:
    """Every slug that the protocol's rooms raise, with the classes that it is raised as; what only a person at the machine sees is left out."""
    found: dict[str, set[str]] = {}
    for _, call in calls(tree, FAULTS):
        name, place = called(call), 1 if called(call) == "demand" else 0
        name = "Malformed" if name == "demand" else name
        kind = getattr(errors, name, None)
        if isinstance(kind, type) and kind not in (errors.Misconfigured, errors.Fault) and len(call.args) > place:
            slug = call.args[place]
            if isinstance(slug, ast.Constant):
                found.setdefault(str(slug.value), set()).add(name)
    return found


def forms() -> dict[str, type[msgspec.Struct]]:
    """Every form by name; the two FaultForms have the same fields and count once."""
    found: dict[str, type[msgspec.Struct]] = {}
    for module in TREE:
        if within(module.name, FORMS):
            held = vars(importlib.import_module(module.name)).values()
            own = [one for one in held if isinstance(one, type) and issubclass(one, msgspec.Struct) and one.__module__ == module.name]
            found.update({one.__name__: one for one in own})
    return found


def rendered(form: type[msgspec.Struct]) -> list[str]:
    """The fields of a form as the page writes them; a length only where the form itself demands it."""
    return [f"{field.name}: {_type(field.type)}" for field in msgspec.structs.fields(form)]


def _type(kind: Any) -> str:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if hasattr(kind, "__supertype__"):
        return _type(kind.__supertype__)
    if origin is typing.Annotated:
        return _type(args[0]) + _length(kind.__metadata__)
    if origin is tuple:
        first = _type(args[0])
        each = f"({first})" if first.startswith("map of ") else first
        return f"{each}[]" if args[-1] is ... else f"({' '.join(map(_type, args))})"
    if origin is dict:
        return f"map of {_type(args[1])}"
    if origin is typing.Literal:
        return "/".join(args)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(_type, args))
    return {types.NoneType: "null", msgspec.UnsetType: "absent", msgspec.Raw: "JSON"}.get(kind, getattr(kind, "__name__", str(kind)))


def _length(metadata: tuple[Any, ...]) -> str:
    exact = [one.min_length for one in metadata if isinstance(one, msgspec.Meta) and one.min_length and one.min_length == one.max_length]
    return "".join(f"[{length}]" for length in exact)


def bounds(form: str, field: str) -> tuple[int, int] | None:
    """The least number that a field takes, and the first that is too much."""
    kind = typing.get_type_hints(forms()[form], include_extras=True)[field]
    for one in getattr(kind, "__metadata__", ()):
        if isinstance(one, msgspec.Meta) and one.lt is not None:
            return int(one.ge if one.ge is not None else (one.gt or 0) + 1), int(one.lt)
    return None


def doors(folder: Path) -> list[Endpoint[Any, Any]]:
    """The endpoints of every role, as it would serve them; nothing is started, so what they work on is left empty."""
    (folder / "pins.json").write_bytes(msgspec.json.encode({"exchange": bytes(32), "oversight": bytes(32)}))
    config = RoleConfig(role="", name="", data=folder, tls=folder)
    empty: Any = type("Empty", (), {"snapshot": None})()
    exchange, keeper = Exchange(config), Keeper(config)
    vars(exchange).update(_state=empty, _keeper=Door(empty, "", "keeper"), _delivery=empty, _publishing=empty)
    vars(exchange).update(_suspending=empty, _admitting=empty, _seen=Seen(empty))
    vars(keeper).update(_state=empty)
    roles = (exchange, keeper, Gateway(config, empty), Registrar(config), Oversight(config), Portal(config), Witness(config))
    return [door for role in roles for door in role.endpoints()]


def shown(form: Any) -> str:
    """`Batch[Admit]` for a form with a parameter, its name otherwise."""
    inner = ", ".join(shown(one) for one in typing.get_args(form))
    return f"{typing.get_origin(form).__name__}[{inner}]" if inner else str(form.__name__)


def routes(tree: list[Module], face: str) -> set[str]:
    """The paths of a face, from the texts of its module that are written as one."""
    gateway = tuple(
        f"roles.gateway.{name}"
        for name in ("face", "deskface", "self_disclosure.face", "letters.face", "events.face", "bulk.face", "offers.face", "agents.face")
    )
    several = {"card": ("card",), "exchange": ("roles.exchange.joining.face",), "portal": ("roles.portal",), "gateway": gateway}
    rooms = several.get(face, (f"roles.{face}.face",))
    texts = [node.value for module in tree if within(module.name, rooms) for node in walk(module.tree) if isinstance(node, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"/[a-z][a-z0-9/_.{}:-]*", text)}
