"""Use case: the platform's certificate renews itself.  The key stays; who holds the authority signs the new request in their own time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from enishi import clock
from enishi.errors import Fault
from enishi.mesh import logs, pki
from enishi.protocol.joining import CertificateAsk, CertificateReply
from enishi.roles.gateway.joining.platform import write_file

RENEW_MS: Final = 60 * 86_400_000
"""How long before its end a certificate is renewed."""
EVERY_S, SOON_S = 3600.0, 60.0
REQUEST: Final = "renewal.der"
Ask = Callable[[CertificateAsk], Awaitable[CertificateReply]]


async def renew(tls: Path, ask: Ask) -> bool:
    """Ask for the next certificate, with the same request until it comes; True once it lies in the folder."""
    request = tls / REQUEST
    if not request.exists():
        write_file(request, pki.request_certificate(tls, "gateway"))
    reply = await ask(CertificateAsk(request.read_bytes()))
    if not reply.certificate:
        return False
    pki.take_certificate(tls, reply.certificate, reply.authority, reply.revoked, clock.now_ms())
    request.unlink(missing_ok=True)
    return True


def due(tls: Path, at_ms: int) -> bool:
    """Whether the end is near, or a renewal was begun."""
    return (tls / REQUEST).exists() or 0 < pki.ends_ms(tls) < at_ms + RENEW_MS


async def keep_certificate(tls: Path, ask: Ask) -> None:
    """Look every hour, and every minute while a certificate is awaited; ends when cancelled."""
    while True:
        pause_s = EVERY_S
        if due(tls, clock.now_ms()):
            try:
                pause_s = EVERY_S if await renew(tls, ask) else SOON_S
                logs.info("certificate-renewed" if pause_s == EVERY_S else "certificate-awaited")
            except Fault as fault:
                logs.warn("certificate-not-renewed", code=fault.code)
                pause_s = SOON_S
        await asyncio.sleep(pause_s)
