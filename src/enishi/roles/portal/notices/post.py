"""The way to the mail server (RFC 5321), and what its answer means for a mail."""

from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

import msgspec

from enishi.errors import Malformed, Misconfigured
from enishi.roles.portal.kept.left import check_address

TIMEOUT_S: Final = 20


class Taken(StrEnum):
    """What became of a mail at the server."""

    SENT = "sent"
    REFUSED = "refused"
    LATER = "later"


class MailServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`mail.json` in the portal's folder: where mails are brought, and whom they are from (`from`).

    `tls` is from the first byte on, by STARTTLS (demanded, never only tried), or none, for one's own machine. The password of `user` is a key
    of the ring, `mail_password`, and stands in no configuration.
    """

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    port: Annotated[int, msgspec.Meta(gt=0, lt=65536)] = 587
    tls: Literal["tls", "starttls", "none"] = "starttls"
    sender: str = msgspec.field(name="from")
    user: str = ""


class Post(Protocol):
    """Whatever takes a mail."""

    async def send(self, message: EmailMessage) -> Taken:
        """Bring one mail to the server."""
        ...


def read_server(path: Path) -> MailServer | None:
    """The server that a file names, None where there is no file; Misconfigured("config-not-in-form") naming the file."""
    try:
        server = msgspec.json.decode(path.read_bytes(), type=MailServer)
        check_address(server.sender)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeError, Malformed) as error:
        raise Misconfigured("config-not-in-form", path.name, path.name) from error
    return server


class SmtpPost:
    """One connection for each mail; a server that is slow holds up mails alone."""

    def __init__(self, server: MailServer, password: str) -> None:
        """Take the configured server, and the password of its user, empty where it has none."""
        self._server = server
        self._password = password

    async def send(self, message: EmailMessage) -> Taken:
        """Hand one over. A server's lasting refusal (5yz) of address or content ends the mail; everything else is tried again (RFC 5321 4.2.1)."""
        # Loaded with the first mail, like every library that no start needs.
        import aiosmtplib

        server = self._server
        try:
            await aiosmtplib.send(
                message,
                sender=server.sender,
                recipients=[str(message["To"])],
                hostname=server.host,
                port=server.port,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                username=server.user or None,
                password=self._password or None,
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return Taken.REFUSED if all(one.code >= 500 for one in error.recipients) else Taken.LATER
        except aiosmtplib.SMTPDataError as error:
            return Taken.REFUSED if error.code >= 500 else Taken.LATER
        except (aiosmtplib.SMTPException, OSError, ValueError):
            return Taken.LATER
        return Taken.SENT
