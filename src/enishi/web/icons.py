"""The icons of the pages: 24-unit line drawings, always beside a word, so hidden from screen readers."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from markupsafe import Markup

_DRAWINGS: Final[Mapping[str, str]] = {
    "done": '<circle cx="12" cy="12" r="9"/><path d="m8 12.5 2.8 2.8L16.2 9.5"/>',
    "refused": '<circle cx="12" cy="12" r="9"/><path d="m9 9 6 6m0-6-6 6"/>',
    "waiting": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.3l3.2 2"/>',
    "information": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>',
    "warning": '<path d="M12 4 2.8 20h18.4L12 4Z"/><path d="M12 10v4.6m0 2.6v.1"/>',
    "look": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z"/><circle cx="12" cy="12" r="2.8"/>',
    "card": '<rect x="2.5" y="5" width="19" height="14" rx="2.2"/><path d="M2.5 9.5h19M6 15.5h5"/>',
    "phone": '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.6h2"/>',
    "reader": '<rect x="3.5" y="10" width="17" height="10.5" rx="1.6"/><path d="M7 10V3.5h10V10M7 14.5h10"/>',
    "law": '<path d="M12 4v16M7 20h10M5 7.5 12 6l7 1.5M5 7.5 2.5 13.5a2.6 2.6 0 0 0 5 0L5 7.5Zm14 0-2.5 6a2.6 2.6 0 0 0 5 0L19 7.5Z"/>',
    "seal": '<path d="M12 2.8 4.5 6v5.4c0 4.6 3 8 7.5 9.8 4.5-1.8 7.5-5.2 7.5-9.8V6L12 2.8Z"/><path d="m8.6 12 2.5 2.5 4.4-4.8"/>',
    "chain": '<path d="M10 14a4.2 4.2 0 0 0 6 0l3-3a4.2 4.2 0 0 0-6-6l-1 1"/><path d="M14 10a4.2 4.2 0 0 0-6 0l-3 3a4.2 4.2 0 0 0 6 6l1-1"/>',
    "list": '<path d="M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4 6.5h.1M4 12h.1M4 17.5h.1"/>',
    "leave": '<path d="M14 4.5H6.5a1.5 1.5 0 0 0-1.5 1.5v12a1.5 1.5 0 0 0 1.5 1.5H14M10.5 12H21m-3.6-3.8L21 12l-3.6 3.8"/>',
    "language": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3.6 6 3.6 9s-.6 6-3.6 9c-3-3-3.6-6-3.6-9s.6-6 3.6-9Z"/>',
    "arrow": '<path d="M4 12h15.5m-5-5 5 5-5 5"/>',
    "back": '<path d="M20 12H4.5m5-5-5 5 5 5"/>',
}


@cache
def icon(name: str) -> Markup:
    """The drawing of that name as inline SVG, drawn in the text's colour."""
    drawing = Markup(_DRAWINGS[name])
    return Markup('<svg class="icon icon-{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>').format(name, drawing)
