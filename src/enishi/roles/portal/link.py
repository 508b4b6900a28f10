"""What a link asks a person for: for which affair of law, read without belief; how it comes back in a form of ours."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from enishi.errors import Malformed
from enishi.protocol.statement import AffairRef
from enishi.web.form import Form

INSTITUTION: Final = msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The affair, as a row of a table of law with its 号 or nothing; who wants what for it, each kind of link adds, with the path it leads to and the
    field of the form that carries it."""

    path: ClassVar[str]
    field: ClassVar[str]

    source: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z@#-]{1,80}$")]
    row: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    item: Annotated[str, msgspec.Meta(max_length=20)] = ""

    @property
    def query(self) -> str:
        """The link that asks for it, without the path."""
        return urlencode({name: str(value) for name, value in msgspec.structs.asdict(self).items() if value})

    @property
    def affair(self) -> AffairRef:
        """The affair as what is signed names it."""
        return AffairRef(self.source, self.row)


L = TypeVar("L", bound=Link)


def read_link(pairs: Iterable[tuple[str, str]], kind: type[L]) -> L:
    """Read a link's query; Malformed("number-link-malformed") where it is none, names something twice or something else."""
    given = list(pairs)
    try:
        if len(dict(given)) != len(given):
            raise ValueError("twice")
        link = msgspec.convert(dict(given), kind)
        if not (link.row + link.item).isprintable():
            raise ValueError("row")
    except (msgspec.ValidationError, ValueError) as error:
        raise Malformed("number-link-malformed", type(error).__name__, "query") from error
    return link


def link_in(form: Form, kind: type[L]) -> L:
    """The link that a page of ours put into its form; Malformed("number-link-malformed")."""
    try:
        return read_link(parse_qsl(form.get(kind.field), keep_blank_values=True, strict_parsing=True, max_num_fields=10), kind)
    except ValueError as error:
        raise Malformed("number-link-malformed", type(error).__name__, kind.field) from error
