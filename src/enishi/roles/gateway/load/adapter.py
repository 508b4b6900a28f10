"""The adapter: how the columns of a source become a data item, as a YAML file whose JSON Schema is published."""

from typing import Annotated, Any, Final, Literal

import msgspec

from enishi import items
from enishi.errors import Fault, Malformed
from enishi.items import Item
from enishi.roles.gateway.load.origins import Column, Live, Origin, fault_of

MAX_BYTES: Final = 1024 * 1024
Path_ = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+(\.[a-z_]+){0,3}$")]
Year = Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}$")]


class Taken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a field's value comes from: a column (read as its kind, or translated by a table), or the same for every row."""

    column: Column | None = None
    fixed: str | int | bool | msgspec.UnsetType = msgspec.UNSET
    table: str | None = None
    read: Literal["text", "integer", "date", "boolean", "json"] = "text"
    blank: Literal["bad", "null", "leave_out"] = "bad"
    """What an empty column means: a bad row, null, or that the field is absent."""


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fiscal year of each row: of a column, or one for the whole load."""

    column: Column | None = None
    fixed: Year | None = None


class Removed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows take a copy back: those with this value in this column."""

    column: Column
    value: str


class Adapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One adapter. A `full` load replaces every copy of the item (in its period), `corrections` replace those of the rows alone.

    A `live` one is never loaded: its source is asked while an inquiry is answered.
    """

    v: Literal[1]
    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,59}$")]
    item: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+\.v[1-9][0-9]?$")]
    source: Origin
    mode: Literal["full", "corrections", "live"]
    bad_rows: Literal["skip", "refuse"]
    """`skip` loads the good rows; `refuse` loads nothing if one row is bad."""
    person: Column
    """Column of the addressee number (宛名番号)."""
    fields: dict[Path_, Taken]
    tables: dict[str, dict[str, str | int | bool]] = {}
    """Code translations by name; a code that stands in none makes a bad row."""
    period: Period | None = None
    as_of: Column | None = None
    """Column that says when the source held the row (RFC 3339 with offset)."""
    removed: Removed | None = None

    @property
    def slug(self) -> str:
        """The item without its version."""
        return self.item.rpartition(".v")[0]

    @property
    def covers(self) -> str:
        """The period that a full load replaces: a fiscal year, "*" for all, "" for an item that has none."""
        return "" if self.period is None else self.period.fixed or "*"

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is read."""
        beside = {self.person, self.as_of, self.period and self.period.column, self.removed and self.removed.column}
        return frozenset(name for name in beside | {taken.column for taken in self.fields.values()} if name)


def read_adapter(text: bytes) -> Adapter:
    """An adapter of YAML; Malformed("adapter-wrong") says what is wrong with it."""
    try:
        adapter = msgspec.convert(_plain(text), Adapter)
    except msgspec.ValidationError as error:
        raise Malformed("adapter-wrong", str(error)[:200], "adapter") from error
    except UnicodeError as error:
        # A lone half of a pair is a character of YAML's, and of nothing that can be written down.
        raise Malformed("adapter-wrong", "not text", "adapter") from error
    _check(adapter)
    return adapter


def adapter_schema() -> dict[str, Any]:
    """The JSON Schema of an adapter."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:enishi:adapter:v1"} | msgspec.json.schema(Adapter)


def _plain(text: bytes) -> object:
    # Imported here: only a load reads YAML.
    import yaml

    if len(text) > MAX_BYTES:
        raise Malformed("adapter-wrong", "larger than 1 MiB", "adapter")
    try:
        found: object = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError) as error:
        raise Malformed("adapter-wrong", "not YAML", "adapter") from error
    return found


def _check(adapter: Adapter) -> None:
    """What the types alone cannot say."""
    try:
        item = items.find(adapter.slug)
        names = items.schema(item.id, int(adapter.item.rpartition(".v")[2]))["properties"]
    except Fault as fault:
        raise Malformed("adapter-wrong", f"item {adapter.item}", "item") from fault
    if wrong := fault_of(adapter.source):
        raise Malformed("adapter-wrong", wrong, "source")
    for path, taken in adapter.fields.items():
        _check_field(adapter, path, taken, names)
    _check_period(adapter, item)
    _check_live(adapter)


def _check_field(adapter: Adapter, path: str, taken: Taken, names: dict[str, Any]) -> None:
    if path == "v" or path.partition(".")[0] not in names:
        raise Malformed("adapter-wrong", f"{adapter.item} has no field {path}", f"fields.{path}")
    if (taken.column is None) == (taken.fixed is msgspec.UNSET):
        raise Malformed("adapter-wrong", "a field has either column or fixed", f"fields.{path}")
    if taken.table is not None and taken.table not in adapter.tables:
        raise Malformed("adapter-wrong", f"no table {taken.table}", f"fields.{path}")


def _check_period(adapter: Adapter, item: Item) -> None:
    given = adapter.period
    if (item.period == "fiscal_year") != (given is not None):
        raise Malformed("adapter-wrong", "period goes with an item by fiscal year", "period")
    if given is not None and (given.column is None) == (given.fixed is None):
        raise Malformed("adapter-wrong", "a period has either column or fixed", "period")
    if adapter.removed is not None and adapter.mode == "full":
        raise Malformed("adapter-wrong", "a full load takes back what it does not name", "removed")


def _check_live(adapter: Adapter) -> None:
    if isinstance(adapter.source, Live) != (adapter.mode == "live"):
        raise Malformed("adapter-wrong", "mode live goes with a live source", "mode")
    if not isinstance(adapter.source, Live):
        return
    if adapter.bad_rows != "refuse" or adapter.removed is not None:
        raise Malformed("adapter-wrong", "a live source has bad_rows refuse, and removes nothing", "mode")
    # The row says its year itself, so that an answer about another year is seen.
    if (adapter.period is None) == ("{period}" in adapter.source.url) or (adapter.period is not None and adapter.period.column is None):
        raise Malformed("adapter-wrong", "an item by fiscal year has {period} in the url and a period column, another has neither", "period")
