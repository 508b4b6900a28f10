"""Use case: a platform leaves.  No new inquiry from now on; what is open ends; the exchange suspends; the keys go, the records stay."""

from pathlib import Path

from enishi.errors import Misconfigured
from enishi.roles.gateway.joining.platform import LEAVING, Leaving, read_file, write_file


def begin_leaving(folder: Path, at_ms: int) -> Leaving:
    """Put no new inquiry from now on; the running gateway sees it at the next one. The same again changes nothing."""
    held = read_file(folder / LEAVING, Leaving)
    if held is None:
        held = Leaving(at_ms)
        write_file(folder / LEAVING, held)
    return held


def destroy_keys(folder: Path, at_ms: int) -> int:
    """Delete every private key and the certificate, with the gateway stopped; how many files went. Misconfigured("leave-first")."""
    held = read_file(folder / LEAVING, Leaving)
    if held is None:
        raise Misconfigured("leave-first", str(folder), "data")
    files = [path for path in (*folder.glob("tenants/*/keys/*"), folder / "tls" / "key.pem", folder / "tls" / "cert.pem") if path.is_file()]
    for path in (*files, *folder.glob("credentials/*")):
        path.unlink()
    # Last: a destruction that was cut off is done again.
    write_file(folder / LEAVING, Leaving(held.since_ms, held.destroyed_ms or at_ms))
    return len(files)
