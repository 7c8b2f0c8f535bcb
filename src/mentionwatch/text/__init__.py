"""Words made plain: foreign text cleaned at the border, HTML read as text, and the form in which names are compared.

Everything here takes time linear in its input, whatever the input.
"""

from __future__ import annotations

from mentionwatch.text.cleaning import LIMIT, clean, one_line, unescape
from mentionwatch.text.folding import FoldedText, fold, fold_quickly
from mentionwatch.text.html import PlainText, plain_from_html

__all__ = [
    "LIMIT",
    "FoldedText",
    "PlainText",
    "clean",
    "fold",
    "fold_quickly",
    "one_line",
    "plain_from_html",
    "unescape",
]
