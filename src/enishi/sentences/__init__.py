"""What the mesh says to people: sentences of pages by language, plain names of things, texts of problems.

*Holds:* texts, in Japanese, English and やさしい日本語 (`ja-easy`, with a reading above every kanji).
*Never sees:* a person, a request, a page; it turns keys and values into phrases and nothing more.
"""
