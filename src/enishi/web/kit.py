"""The kit of one face: its templates, cookies and language, and the rendering of its pages."""

from functools import cache, partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from enishi.sentences.catalogue import Catalogue
from enishi.sentences.language import Language, language_of, preferred
from enishi.sentences.phrase import Phrase, Value, plain
from enishi.web import csrf
from enishi.web.compiled import COMPILED
from enishi.web.cookies import Signer, rules
from enishi.web.icons import icon
from enishi.web.markup import to_markup

HOME: Final = Path(__file__).parent
YEAR_S: Final = 365 * 24 * 60 * 60


class Face(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What tells one face from another: its name (cookie prefix and sentence keys), the colour of its band, its origin."""

    name: str
    band: str
    origin: str


class Kit:
    """Renders the pages of one face and knows its cookies."""

    def __init__(self, face: Face, templates: Path, signer: Signer, catalogue: Catalogue) -> None:
        """Take the face, the folder of its own templates (they may extend the kit's), its signer and its sentences."""
        self.face = face
        self.signer = signer
        self.catalogue = catalogue
        # Most sentences of a page take no value, and are the same on every page.
        self._alone = cache(lambda language, key: to_markup(self.phrase(language, key), language))
        loader = FileSystemLoader([templates, HOME / "templates"])
        self._pages = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, bytecode_cache=COMPILED
        )
        self._pages.globals.update(icon=icon, face=face)
        self._pages.filters.update(ruby=_in_context, plain=plain)

    def share(self, name: str, value: object) -> None:
        """Let every template of the face read a value that never changes."""
        self._pages.globals[name] = value

    def cookie(self, use: str) -> str:
        """The name of a cookie of this face."""
        return f"enishi_{self.face.name}_{use}"

    def language(self, request: Request) -> Language:
        """The language the reader chose, or the browser's."""
        chosen = language_of(request.cookies.get(self.cookie("language"), ""))
        return chosen or preferred(request.headers.get("accept-language", ""))

    def say(self, language: Language, key: str, **values: Value) -> Markup:
        """A sentence as HTML."""
        return to_markup(self.phrase(language, key, **values), language) if values else self._alone(language, key)

    def phrase(self, language: Language, key: str, **values: Value) -> Phrase:
        """A sentence as a phrase."""
        return self.catalogue.say(language, key, values)

    def page(self, request: Request, template: str, context: dict[str, object], status: int = 200) -> Response:
        """Render a template of this face for this reader; what every page needs is added to the context."""
        language = self.language(request)
        seed = csrf.seed_of(request, self.cookie("form"))
        body = self._pages.get_template(template).render(self._common(request, language, seed) | context)
        response = HTMLResponse(body, status)
        response.headers["vary"] = "Accept-Language, Cookie"
        response.set_cookie(self.cookie("form"), seed, **rules(self.face.origin))
        return response

    def _common(self, request: Request, language: Language, seed: str) -> dict[str, object]:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return {
            "say": partial(self.say, language),
            "words": lambda key, **values: plain(self.phrase(language, key, **values)),
            "language": language,
            "languages": list(Language),
            "here": quote(here if request.method == "GET" else "/", safe=""),
            "form_token": csrf.token(self.signer, seed),
            "session_ends": None,
        }

    def choose_language(self, request: Request, tag: str) -> Response:
        """Remember a language for a year and go back to the page of `next`, which is a path of this face."""
        language = language_of(tag) or Language.JAPANESE
        response = RedirectResponse(own_path(request.query_params.get("next", "/")), 303)
        response.set_cookie(self.cookie("language"), language.value, max_age=YEAR_S, **rules(self.face.origin))
        return response


@pass_context
def _in_context(context: Context, words: Phrase) -> Markup:
    return to_markup(words, context.get("language", Language.JAPANESE))


def own_path(target: str) -> str:
    """The target if it is a plain path of this origin, else `/`: a redirect must not be lent to other sites."""
    plain_path = target.startswith("/") and not target.startswith("//") and target.isascii() and target.isprintable()
    return target if plain_path and "\\" not in target and len(target) < 2000 else "/"
