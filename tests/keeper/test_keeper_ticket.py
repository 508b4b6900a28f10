"""Tickets are issued beside the event loop and spent on it: neither may trip over the other."""

from collections.abc import ItemsView
from threading import Thread

from enishi.roles.keeper.ticket import LIFE_MS, Tickets
from enishi.terms import Txid

OLD, NEW = Txid(bytes(32)), Txid(bytes(31) + b"\1")


class Interrupted(dict[Txid, tuple[str, int]]):
    """While somebody looks for the oldest ticket, another thread spends it, if it is let."""

    def __init__(self, tickets: Tickets) -> None:
        super().__init__(tickets._waiting)
        self.spending = Thread(target=tickets.committed, args=(OLD,))

    def items(self) -> ItemsView[Txid, tuple[str, int]]:  # type: ignore[override]
        oldest = super().items()
        first = list(oldest)[:1]
        if self.spending.ident is None:
            self.spending.start()
            self.spending.join(0.2)
        return dict(first).items()


def test_a_record_that_spends_a_ticket_while_old_ones_are_swept() -> None:
    """Without the lock the ticket is gone between the look and the sweep, and the admission that swept ends as an internal fault."""
    tickets = Tickets(bytes(32))
    tickets.issue(OLD, "012131", (), (), 0)
    tickets._waiting = waiting = Interrupted(tickets)
    tickets.issue(NEW, "012131", (), (), LIFE_MS + 1)
    waiting.spending.join()
    assert list(waiting) == [NEW]
    assert tickets.lapsed == {"012131": 1}
