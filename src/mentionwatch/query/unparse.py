"""Tree to text: the one canonical way to write a query; ``parse(format(node)) == node``."""

from __future__ import annotations

import re

from mentionwatch.query import tree
from mentionwatch.query.tree import Node

#: A word that reads the same without quotes: no sign of the grammar in it, none of its words.
_BARE = re.compile(r"(?!(?:AND|OR|NOT|WITH|EXCEPT|O?NEAR)$|[oO]?[nN][eE][aA][rR]/)[^\W_][\w.'&+\-]*!?|\.\w+")
_BARE_WILD = re.compile(r"(?!-)[\w.'*?\-]*")
_LOOSEST, _AND, _NOT, _NEAR, _TIGHTEST = range(5)


def unparse(node: Node) -> str:
    """A query's text, every operator written out and no parentheses but those that are needed."""
    return _written(node, _LOOSEST)


def _written(node: Node, around: int) -> str:
    """``node`` as it must be written inside something that binds as tightly as ``around``."""
    text, tightness = _text(node)
    return f"({text})" if tightness < around else text


def _text(node: Node) -> tuple[str, int]:
    match node:
        case tree.Or():
            return " OR ".join(_written(part, _AND) for part in node.parts), _LOOSEST
        case tree.And():
            return " AND ".join(_written(part, _NOT) for part in node.parts), _AND
        case tree.Not():
            return f"NOT {_written(node.part, _NOT)}", _NOT
        case tree.Near():
            sign = f"{'ONEAR' if node.ordered else 'NEAR'}/{node.words}"
            return f"{_written(node.left, _NEAR)} {sign} {_written(node.right, _TIGHTEST)}", _NEAR
        case tree.With():
            return f"{_written(node.part, _NEAR)} WITH {_written(node.context, _TIGHTEST)}", _NEAR
        case tree.Except():
            return f"{_written(node.part, _NEAR)} EXCEPT {_written(node.mask, _TIGHTEST)}", _NEAR
        case tree.Title():
            return f"title:{_written(node.part, _TIGHTEST)}", _TIGHTEST
        case tree.Text():
            return f"text:{_written(node.part, _TIGHTEST)}", _TIGHTEST
        case _:
            return unparse_leaf(node), _TIGHTEST


def unparse_leaf(node: Node) -> str:
    """One term as it is written in a query."""
    match node:
        case tree.Name():
            marks = ("lookalike:" if node.lookalikes else "") + ("case:" if node.case else "")
            return marks + (node.text if _BARE.fullmatch(node.text) else _quoted(_starless(node.text)))
        case tree.SlopPhrase():
            return f"{_quoted(_starless(node.text))}~{node.slop}"
        case tree.Wildcard():
            if " " in node.text:
                return _quoted(node.text)
            return node.text if _BARE_WILD.fullmatch(node.text) else _escaped_wild(node.text)
        case tree.ExactString():
            return "`" + re.sub(r"([`\\])", r"\\\1", node.text) + "`"
        case tree.Regex():
            return "/" + node.pattern.replace("/", "\\/") + "/" + node.flags
        case tree.Hashtag():
            return f"#{node.text}"
        case tree.Handle():
            return f"@{node.text}"
        case tree.MentionField() if node.op != ":":
            return f"{node.name}{node.op}{node.value}"
        case tree.Field() | tree.MentionField():
            plain = not re.search(r"[\s()\"“”„‟＂]", node.value)
            value = node.value if plain else '"' + re.sub(r'([\\"])', r"\\\1", node.value) + '"'
            return f"{node.name}:{value}"
        case _:
            return unparse(node)


def _starless(text: str) -> str:
    return re.sub(r"([\\*?])", r"\\\1", text)


def _quoted(pattern: str) -> str:
    return '"' + pattern.replace('"', '\\"') + '"'


def _escaped_wild(pattern: str) -> str:
    """A one-word pattern with every sign of the grammar but its wildcards escaped."""
    return re.sub(
        r"\\.|[\"()`#＃@＠/\-!|&~:“”„‟＂]", lambda found: found[0] if len(found[0]) > 1 else "\\" + found[0], pattern
    )
