"""Phrases as HTML: everything escaped, readings as ruby, and what stays Japanese on a page of another language told to whoever reads it aloud."""

import re
from typing import Final

from markupsafe import Markup, escape

from enishi.sentences.language import Language
from enishi.sentences.phrase import Phrase, Ruby

_JA: Final = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_JAPANESE: Final = re.compile(f"([{_JA}](?:[{_JA}0-9 ]*[{_JA}])?)")
"""A run of Japanese: names, and the words of laws, which have no other language."""


def to_markup(words: Phrase, language: Language = Language.JAPANESE) -> Markup:
    """Escaped HTML of a phrase on a page of this language; `<rp>` keeps readings apart where ruby is not drawn."""
    text = _foreign if language is Language.ENGLISH else escape
    return Markup("").join(_ruby(piece) if isinstance(piece, Ruby) else text(piece) for piece in words)


def _ruby(word: Ruby) -> Markup:
    return Markup("<ruby>{}<rp>(</rp><rt>{}</rt><rp>)</rp></ruby>").format(word.base, word.reading)


def _foreign(piece: str) -> Markup:
    """With `lang="ja"` around each run of Japanese: it has that language's letters, and is read aloud in it (WCAG 2.2, 3.1.2)."""
    # Every second part is what the pattern took.
    parts = _JAPANESE.split(piece)
    return Markup("").join(Markup('<span lang="ja">{}</span>').format(part) if i % 2 else escape(part) for i, part in enumerate(parts))
