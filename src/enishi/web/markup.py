"""Phrases as HTML: everything escaped, readings as ruby."""

from markupsafe import Markup, escape

from enishi.sentences.phrase import Phrase, Ruby


def to_markup(words: Phrase) -> Markup:
    """Escaped HTML of a phrase; `<rp>` keeps readings apart where ruby is not drawn."""
    return Markup("").join(_ruby(piece) if isinstance(piece, Ruby) else escape(piece) for piece in words)


def _ruby(word: Ruby) -> Markup:
    return Markup("<ruby>{}<rp>(</rp><rt>{}</rt><rp>)</rp></ruby>").format(word.base, word.reading)
