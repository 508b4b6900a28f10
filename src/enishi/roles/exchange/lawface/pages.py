"""The law page's pages: each handler reads the address, prepares what a template shows, and says nothing itself.

Handlers are plain functions, which Starlette runs beside the event loop: a page that is drawn must not hold up an inquiry.
"""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enishi.errors import Unknown
from enishi.law.citation import describe
from enishi.law.model import Row
from enishi.law.ordinance.form import Shown
from enishi.law.relation import Relation
from enishi.roles.exchange.lawface.asking import decide_choice, read_choice
from enishi.roles.exchange.lawface.card import Telling
from enishi.roles.exchange.lawface.dayform import Day, read_day
from enishi.roles.exchange.lawface.listing import list_pairs, named
from enishi.roles.exchange.lawface.places import Place
from enishi.roles.exchange.lawface.shelf import Open, Shelf
from enishi.roles.exchange.lawface.words import Words
from enishi.roles.exchange.publiclaw import PublicLaw
from enishi.sentences.catalogue import known
from enishi.web.kit import Kit

EXAMPLES: Final = ("災害弔慰金", "じどうてあて", "地方税", "法務大臣")


class View(msgspec.Struct, frozen=True):
    """What every page of one request needs: the reader's words, the day, and the era opened."""

    words: Words
    day: Day
    open: Open


class Pages:
    """The handlers over one law."""

    def __init__(self, kit: Kit, law: PublicLaw, shelf: Shelf) -> None:
        """Take the kit, the law and the shelf over its tables."""
        self._kit = kit
        self._law = law
        self._shelf = shelf

    def routes(self) -> list[Route]:
        """Every page."""
        return [
            Route("/", self.home),
            Route("/find", self.find),
            Route("/pairs", self.pairs),
            Route("/matrix", self.matrix),
            Route("/changes", self.changes),
            Route("/ask", self.ask),
            Route("/law/{citation:path}", self.place),
        ]

    def home(self, request: Request) -> Response:
        """The search, the ways in, and the law in one picture."""
        view = self._view(request)
        return self._page(request, "home.html", view, {"examples": EXAMPLES, **_picture(view)})

    def find(self, request: Request) -> Response:
        """What a name finds on the day."""
        view = self._view(request)
        query = request.query_params.get("q", "").strip()
        hits = view.open.finder.find(query, self._law.institutions())
        rows = [(citation, self._row(citation)) for citation in hits.rows]
        return self._page(request, "find.html", view, {"query": query, "hits": hits, "rows": rows, "examples": EXAMPLES})

    def pairs(self, request: Request) -> Response:
        """Who may ask whom for what, under which row, since when."""
        view = self._view(request)
        return self._page(request, "pairs.html", view, {"listing": list_pairs(view.open.pairs, request.query_params, view.words, view.day.given)})

    def matrix(self, request: Request) -> Response:
        """The picture and its twin, a table that sorts."""
        view = self._view(request)
        sort = request.query_params.get("sort", "")
        cells = view.open.cells if sort not in ("inquirer", "item") else sorted(view.open.cells, key=lambda cell: getattr(cell, sort))
        return self._page(request, "matrix.html", view, {"cells": cells, "sort": sort, **_picture(view)})

    def changes(self, request: Request) -> Response:
        """What the last change up to the day made lawful, and what it ended."""
        view = self._view(request)
        return self._page(request, "changes.html", view, {"turning": self._shelf.turning(view.day.on)})

    def place(self, request: Request) -> Response:
        """The permanent page of a citation."""
        citation = request.path_params["citation"]
        describe(citation)
        view, place = self._view(request), self._shelf.places.find(citation)
        if place is None:
            return self._article(request, view, citation)
        row = self._shelf.places.index(place)
        context = {
            "place": place,
            "cited": view.words.cited(citation),
            "parties": view.words.capacities(place.row.parties),
            "doubts": [view.words.verdict(doubt) for doubt in row.doubts] if row is not None else [],
            "number_use": self._shelf.places.number_use(place),
            "quasi": row is not None and not self._shelf.places.number_use(place),
            "standing": self._shelf.places.standing_on(place),
            "history": self._history(place),
        }
        return self._page(request, "place.html", view, context)

    def ask(self, request: Request) -> Response:
        """The question of the form, and its verdict once it is whole."""
        view = self._view(request)
        choice = read_choice(request.query_params, view.day.given)
        place = self._shelf.places.find(choice.row) if choice.row else None
        if place is None or place.revision.kind == "number_use":
            return self._page(request, "choose.html", view, {"rows": self._askable(view), "choice": choice})
        context: dict[str, object] = {"place": place, "choice": choice, "institutions": self._law.institutions(), "card": None}
        if choice.whole:
            verdict = decide_choice(self._law, choice, place.row).verdict
            context["card"] = Telling(view.words, self._shelf.places, choice, view.open.era).card(verdict, place)
            context["parties"] = {name: named(view.words, self._law, getattr(choice, name)) for name in ("inquirer", "provider")}
            context |= {"purpose": view.words.purpose(place.row, choice.purpose), "decided_on": view.words.day(verdict.on)}
        return self._page(request, "ask.html", view, context | _offered(view, place.row))

    def _askable(self, view: View) -> list[Row]:
        era, counts = view.open.era, self._law.policy.proposals == "count"
        proposed = {found.row.row.citation: found.row.row for found in era.proposals.values() if found.row is not None and counts}
        return [*(row.row for row in era.linkage), *proposed.values()]

    def _view(self, request: Request) -> View:
        words = Words(self._kit.language(request), self._kit.catalogue)
        day = read_day(request.query_params, self._law.day(), self._shelf, words)
        return View(words, day, self._shelf.on(day.on))

    def _page(self, request: Request, template: str, view: View, context: dict[str, Any]) -> Response:
        common = {"law": view.words, "day": view.day, "era": view.open.era, "proposals": self._law.policy.proposals == "count"}
        return self._kit.page(request, template, common | context)

    def _article(self, request: Request, view: View, citation: str) -> Response:
        shown = self._ordinance(citation)
        if shown is None and "/" in citation:
            # A row that no revision has; an article whose words are not held still has its name and its text on e-Gov.
            raise Unknown("place-unknown", citation[:100], "citation")
        return self._page(request, "article.html", view, {"cited": view.words.cited(citation), "told": known("articles", citation), "shown": shown})

    def _ordinance(self, citation: str) -> Shown | None:
        """The affair of an ordinance in the registry that has this citation."""
        affairs = (Shown(ordinance, affair) for one in self._law.institutions() for ordinance in one.ordinances for affair in ordinance.affairs)
        return next((shown for shown in affairs if shown.citation == citation), None)

    def _row(self, citation: str) -> Row:
        place = self._shelf.places.find(citation)
        assert place is not None
        return place.row

    def _history(self, place: Place) -> list[dict[str, object]]:
        tables = self._shelf.tables
        return [msgspec.structs.asdict(stay) for stay in tables.history(tables.affair_of(place.row.citation))]


def _picture(view: View) -> dict[str, object]:
    cells = view.open.cells
    counts = {"inquirers": len({cell.inquirer for cell in cells}), "items": len({cell.item for cell in cells}), "cells": len(cells)}
    return {"pictures": (("wide", view.open.wide), ("narrow", view.open.narrow)), "counts": counts, "affairs": len(view.open.era.linkage)}


def _offered(view: View, row: Row) -> dict[str, object]:
    """What the form offers: what the row names first, then everything else of the day."""
    linkage = view.open.era.linkage
    own_items = list(dict.fromkeys(item for grant in row.grants for item in grant.items))
    own_providers = list(dict.fromkeys(provider for grant in row.grants for provider in grant.providers))
    inquirers = sorted({name for one in linkage for name in one.row.parties} - set(row.parties))
    providers = sorted({name for one in linkage for names in one.named.values() for name in names} - set(own_providers))
    items = [item for item in dict.fromkeys(item for one in linkage for item in one.named) if known("items", item) and item not in own_items]
    return {
        "own_items": own_items,
        "own_providers": own_providers,
        "other_inquirers": inquirers,
        "other_providers": providers,
        "other_items": items,
        "relations": [relation.value for relation in Relation],
    }
