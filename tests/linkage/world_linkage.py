"""Parties of small linkage worlds for tests: two operators, institutions, an audit domain, each holding only what is its own."""

from dataclasses import dataclass, field
from secrets import token_bytes

from enishi.linkage import convert, enrol, keys
from enishi.linkage.convert import Blinded, Pair, Pi, Row3
from enishi.linkage.forms import Element
from enishi.linkage.group import base, multiply, s_mul

AUDIT = "@audit"


@dataclass
class Operator:
    """The exchange (x) or the keeper (k)."""

    own: keys.OperatorKeys = field(default_factory=keys.new_operator)
    shares: dict[str, bytes] = field(default_factory=dict)

    def share(self, target: str) -> bytes:
        return self.shares.setdefault(target, keys.new_share())

    def delta(self, source: str, target: str) -> bytes:
        return keys.delta(self.share(source), self.share(target))

    def step(self, elements: tuple[Element, ...], target: str, context: bytes) -> enrol.Step:
        return enrol.operate(elements, self.own.root, self.share(target), self.own.layer, context)

    def check(self, elements: tuple[Element, ...], step: enrol.Step, target: str, context: bytes) -> tuple[Element, ...]:
        return enrol.check_step(elements, step, self.own.public_root(), base(self.share(target)), self.own.public_layer(), context)


class World:
    """Everything at once; a test hands its attacker only the parts that the attacker would hold."""

    def __init__(self) -> None:
        self.x, self.k = Operator(), Operator()
        self.y = {name: keys.new_share() for name in ("A", "A2", "B", "B2", AUDIT)}
        self.beta_secret = token_bytes(32)
        self.valid_tags: set[bytes] = set()

    @property
    def layer(self) -> bytes:
        return keys.layer_key(self.x.own.public_layer(), self.k.own.public_layer())

    def z(self, target: str) -> bytes:
        return keys.target_key(base(self.y[target]), self.layer)

    def enrol(self, handle: bytes, target: str) -> bytes:
        elements: tuple[Element, ...] = (enrol.request(enrol.handle_point(handle), self.z(target)),)
        for name, operator in (("x", self.x), ("k", self.k)):
            context = f"{target}/{name}".encode()
            elements = operator.check(elements, operator.step(elements, target, context), target, context)
        return enrol.open_element(self.y[target], elements[0])

    def person(self) -> "Person":
        handle = token_bytes(32)
        person = Person(handle, {target: self.enrol(handle, target) for target in self.y})
        self.valid_tags.add(person.codes[AUDIT])
        return person

    def code(self, handle: bytes, target: str) -> bytes:
        shares = s_mul(self.x.share(target), self.k.share(target))
        return multiply(s_mul(s_mul(self.x.own.root, self.k.own.root), shares), enrol.handle_point(handle))

    def message(self, codes: list[bytes], txid: bytes) -> tuple[tuple[Row3, ...], Pi]:
        rows, secrets = convert.blind(codes, self.z("B"), self.z(AUDIT))
        return rows, convert.prove_rows(txid, self.z("B"), self.z(AUDIT), rows, secrets)

    def admit(self, txid: bytes, rows: tuple[Row3, ...], pi: Pi) -> list[Blinded]:
        convert.check_rows(txid, self.z("B"), self.z(AUDIT), rows, pi)
        return [convert.admit_pair(row, convert.beta(self.beta_secret, txid, i), self.k.own.layer, self.y[AUDIT]) for i, row in enumerate(rows)]

    def exchange(self, blinded: Blinded) -> Blinded:
        return convert.exchange_step(blinded, self.x.own.layer, self.x.delta("A", "B"), self.x.delta("A", AUDIT))

    def commit(self, txid: bytes, i: int, stepped: Blinded) -> tuple[bytes, Pair]:
        mask = convert.beta(self.beta_secret, txid, i)
        tag = convert.commit_tag(stepped, mask, self.k.delta("A", AUDIT))
        return tag, convert.commit_pair(stepped, mask, self.k.delta("A", "B"))

    def file(self, txid: bytes, i: int, stepped: Blinded) -> tuple[bytes, Pair] | None:
        """Commit and record: None where the tag is not one of the valid ones."""
        tag, pair = self.commit(txid, i, stepped)
        return (tag, pair) if self.tag_valid(tag) else None

    def tag_valid(self, tag: bytes) -> bool:
        return tag in self.valid_tags

    def run(self, txid: bytes, rows: tuple[Row3, ...], pi: Pi) -> list[tuple[bytes, Pair] | None]:
        return [self.file(txid, i, self.exchange(blinded)) for i, blinded in enumerate(self.admit(txid, rows, pi))]

    def open(self, pair: Pair) -> bytes:
        return convert.open_pair(self.y["B"], pair)


@dataclass
class Person:
    """A synthetic person: the registrar's handle, and the code at each target as opened there."""

    handle: bytes
    codes: dict[str, bytes]
