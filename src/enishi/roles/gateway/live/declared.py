"""The live sources that a tenant declares: adapters of mode `live` in the folder `live` of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from enishi.errors import Fault, Misconfigured
from enishi.roles.gateway.load.adapter import Adapter, read_adapter
from enishi.roles.gateway.load.origins import Live

FOLDER: Final = "live"


def sources_of(folder: Path) -> Mapping[str, Adapter]:
    """A tenant's live sources by data item; Misconfigured("live-wrong") names the file that cannot be meant."""
    found: dict[str, Adapter] = {}
    for file in sorted((folder / FOLDER).glob("*.yaml")):
        adapter = _read(file)
        if adapter.slug in found:
            raise Misconfigured("live-wrong", f"{file.name}: a second source of {adapter.slug}", FOLDER)
        found[adapter.slug] = adapter
    return found


def _read(file: Path) -> Adapter:
    try:
        adapter = read_adapter(file.read_bytes())
    except (OSError, Fault) as error:
        raise Misconfigured("live-wrong", f"{file.name}: {error}"[:200], FOLDER) from error
    if not isinstance(adapter.source, Live):
        raise Misconfigured("live-wrong", f"{file.name}: its source is loaded, not asked", FOLDER)
    return adapter
