"""The words of a mail: how many records are new, and where to log in; no party, no item, no name, since mail is open to everybody on its way."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from enishi.clock import moment
from enishi.roles.portal.kept.left import Left
from enishi.roles.portal.kept.outbox import Mail
from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language, language_of
from enishi.sentences.phrase import Value, plain
from enishi.web.cookies import Signer

STOP: Final = "/notices/stop"
USE: Final = "notices-stop"


def stop_path(signer: Signer, token: bytes) -> str:
    """The path that ends the mails of whoever holds this token; nobody but this portal can make one."""
    return f"{STOP}/{signer.sign(USE, token.hex())}"


def read_stop(signer: Signer, text: str) -> bytes | None:
    """The token of such a path, None where this portal did not make it."""
    value = signer.read(USE, text) if text.isascii() else None
    try:
        return bytes.fromhex(value) if value else None
    except ValueError:
        return None


class Composer:
    """Composes the portal's mails."""

    def __init__(self, origin: str, sender: str, signer: Signer, catalogue: Catalogue) -> None:
        """`origin` is the portal's address, `sender` the mails'."""
        self._origin = origin
        self._sender = sender
        self._signer = signer
        self._catalogue = catalogue

    def compose(self, mail: Mail, left: Left) -> EmailMessage | None:
        """The message for whom it is for now; None where nobody wants it any more. The same mail has the same Message-ID however often it is sent."""
        code = left.asked.code if mail.kind == "code" and left.asked is not None else ""
        address = left.asked.address if mail.kind == "code" and left.asked is not None else left.address if mail.kind != "code" else ""
        if not address:
            return None
        language = language_of(left.language) or Language.JAPANESE
        values: dict[str, Value] = {"count": mail.count, "code": code, "portal": f"{self._origin}/notices"}
        lines = [self._say(language, f"mail.{mail.kind}.text", values)]
        message = self._envelope(mail, address, language, self._say(language, f"mail.{mail.kind}.subject", values))
        if mail.kind != "code":
            stop = self._origin + stop_path(self._signer, left.stop)
            lines.append(self._say(language, "mail.stop", {"stop": stop}))
            # RFC 2369 3.2 and RFC 8058 3.1: the mail programme's own button ends the mails without a log-in.
            message["List-Unsubscribe"] = f"<{stop}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content("\n\n".join([*lines, self._say(language, "mail.foot", values)]) + "\n", cte="base64")
        message["Content-Language"] = language.tag
        return message

    def _envelope(self, mail: Mail, address: str, language: Language, subject: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self._sender, address, subject
        message["Date"] = format_datetime(moment(mail.made_ms))
        message["Message-ID"] = f"<{mail.id.hex()}@{urlsplit(self._origin).hostname}>"
        message["Auto-Submitted"] = "auto-generated"
        return message

    def _say(self, language: Language, key: str, values: dict[str, Value]) -> str:
        return plain(self._catalogue.say(language, key, values))
