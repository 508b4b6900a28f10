"""The way to the mail server against a real one, the unsubscribe link, and what a mail consists of."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session

from enishi.errors import Misconfigured
from enishi.roles.portal.kept.left import Left, Mode
from enishi.roles.portal.notices import post
from enishi.roles.portal.notices.counting import SETTLE_MS
from enishi.roles.portal.notices.post import MailServer, SmtpPost, Taken, read_server
from enishi.tlog.leaf import LeafKind
from web.asgi import Browser
from web.kept_world import ADDRESS, ONE_CLICK, SENDER, KeptTown, mail_of_news, press, stop_of
from web.portal_world import NOW

pytestmark = pytest.mark.asyncio


class Handler:
    """A mail server's mind: what it says to recipient and content, and what it took."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.rcpt, self.data = rcpt, data
        self.envelopes: list[Envelope] = []

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data.startswith("2"):
            self.envelopes.append(envelope)
        return self.data


@asynccontextmanager
async def listening(protocol: Callable[[], asyncio.BaseProtocol]) -> AsyncIterator[SmtpPost]:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield SmtpPost(MailServer(host="127.0.0.1", port=port, tls="none", sender=SENDER), "")
    finally:
        server.close()


def mind(handler: Handler) -> Callable[[], asyncio.BaseProtocol]:
    return lambda: SMTP(handler, loop=asyncio.get_running_loop())


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[KeptTown]:
    running = KeptTown(tmp_path)
    yield running
    running.close()


@pytest_asyncio.fixture
async def mail(town: KeptTown) -> EmailMessage:
    """The mail of one new record."""
    return await mail_of_news(town)


async def test_a_server_takes_what_was_composed_for_one_address(mail: EmailMessage) -> None:
    handler = Handler()
    async with listening(mind(handler)) as way:
        assert await way.send(mail) is Taken.SENT
    (envelope,) = handler.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [ADDRESS])
    assert isinstance(envelope.content, bytes)
    read = message_from_bytes(envelope.content, policy=default)
    assert read["Subject"] == "縁 マイ記録：新しい記録が 1 件あります"
    assert "新しい記録が 1 件" in read.get_content()
    assert envelope.content.isascii()
    assert set(read.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }


@pytest.mark.parametrize(
    ("handler", "taken"),
    [
        (Handler(rcpt="550 no such user"), Taken.REFUSED),
        (Handler(rcpt="450 greylisted"), Taken.LATER),
        (Handler(data="554 spam"), Taken.REFUSED),
        (Handler(data="451 busy"), Taken.LATER),
    ],
)
async def test_a_lasting_refusal_is_told_from_a_passing_one(mail: EmailMessage, handler: Handler, taken: Taken) -> None:
    async with listening(mind(handler)) as way:
        assert await way.send(mail) is taken
    assert handler.envelopes == []


class Silent(asyncio.Protocol):
    """Takes the connection and says nothing."""


class Rubbish(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"\x00\xff rubbish\r\n" * 40)
        transport.close()


@pytest.mark.parametrize("protocol", [Silent, Rubbish])
async def test_a_server_that_is_slow_or_speaks_rubbish_is_tried_again_later(
    mail: EmailMessage, protocol: type[asyncio.Protocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "TIMEOUT_S", 0.2)
    async with listening(protocol) as way:
        assert await way.send(mail) is Taken.LATER


async def test_a_server_that_is_down_is_tried_again_later(mail: EmailMessage) -> None:
    async with listening(mind(Handler())) as way:
        pass
    assert await way.send(mail) is Taken.LATER


async def test_tls_is_demanded_and_not_only_tried(mail: EmailMessage) -> None:
    handler = Handler()
    async with listening(mind(handler)) as way:
        for tls in ("starttls", "tls"):
            server = MailServer(host="127.0.0.1", port=way._server.port, tls=tls, sender=SENDER)  # type: ignore[arg-type]
            assert await SmtpPost(server, "").send(mail) is Taken.LATER
    assert handler.envelopes == []


async def test_a_password_is_not_sent_in_clear(mail: EmailMessage) -> None:
    """A server without TLS that wants no log-in gets none: the mail waits, and the operator sees it wait."""
    handler = Handler()
    async with listening(mind(handler)) as way:
        server = MailServer(host="127.0.0.1", port=way._server.port, tls="none", sender=SENDER, user="enishi")
        assert await SmtpPost(server, "canary-password").send(mail) is Taken.LATER
    assert handler.envelopes == []
    assert "canary-password" not in repr(server)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"host": "", "from": "a@b.example"}',
        '{"host": "h", "from": "a@b.example\\r\\nBcc: x@y.example"}',
        '{"host": "h", "from": "a@b.example", "port": 0}',
        '{"host": "h", "from": "a@b.example", "tls": "maybe"}',
        '{"host": "h", "from": "a@b.example", "password": "x"}',
    ],
)
async def test_a_server_s_file_is_in_form_or_stops_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mail.json"
    assert read_server(path) is None
    path.write_text('{"host": "mail.example", "from": "a@b.example"}')
    assert read_server(path) == MailServer(host="mail.example", sender="a@b.example")
    path.write_text(text)
    with pytest.raises(Misconfigured, match="config-not-in-form"):
        read_server(path)


async def test_mails_are_ended_by_their_own_button_without_log_in_and_cookie(town: KeptTown, mail: EmailMessage) -> None:
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stranger = Browser(town.app)
    page = await stranger.get(stop_of(mail))
    assert (page.status, "ボタンを押すと" in page.text) == (200, True)
    # Programmes look links up in advance: that alone ends nothing.
    assert town.keeping.shelf.left(town.person).address == ADDRESS
    plain = Browser(town.app)
    answer = await plain.post_bytes(stop_of(mail), ONE_CLICK, "application/x-www-form-urlencoded")
    assert (answer.status, "止めました" in answer.text) == (200, True)
    left = town.keeping.shelf.left(town.person)
    assert (left.address, left.labels, left.waiting, left.mode) == ("", (), (), Mode.OFF)
    assert "止めました" in (await stranger.get(stop_of(mail))).text
    again = await plain.post_bytes(stop_of(mail), ONE_CLICK, "application/x-www-form-urlencoded")
    assert again.status == 200


async def test_a_token_is_over_with_the_address_it_was_for(town: KeptTown, mail: EmailMessage) -> None:
    browser = await town.browser()
    town.source.proven_ms = town.clock.at_ms
    browser = await town.browser()
    await town.confirmed(browser, address="new@mail.example")
    await Browser(town.app).post_bytes(stop_of(mail), ONE_CLICK, "application/x-www-form-urlencoded")
    assert town.keeping.shelf.left(town.person).address == "new@mail.example"


async def test_what_waits_for_somebody_who_ended_the_mails_is_not_sent(town: KeptTown) -> None:
    browser = await town.browser()
    await town.watched(browser)
    town.post.answer = Taken.LATER
    town.log.add(town.next_label(), LeafKind.INTENT, NOW)
    town.clock.at_ms += SETTLE_MS
    await town.errand.turn()
    assert (await press(browser, "/notices", "/notices/mode", {"mode": "off"})).status == 303
    assert town.keeping.shelf.database.read_now(lambda connection: connection.execute("SELECT count(*) FROM mail").fetchone()[0]) == 0
    town.post.answer, town.post.tried = Taken.SENT, []
    town.clock.at_ms += 60 * 60 * 1000
    await town.errand.turn()
    assert town.post.tried == []
    assert town.keeping.shelf.left(town.person) == Left(used_ms=NOW, asks=(NOW,))
