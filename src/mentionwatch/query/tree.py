"""The nodes of a query: frozen, slotted, without behaviour.

Two trees are equal when they mean the same; where a node stood in the text (``span``) does not count.
``docs/query.md`` says what each means and how it is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: Fields that hold one value each; ``title:`` is :class:`Title`, for it holds a whole clause.
FieldName = Literal["site", "url", "link", "author", "type", "lang", "source", "tag", "sub"]

#: Code points from and up to which a node was written; (0, 0) when it was never written.
Span = tuple[int, int]
NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What every node has."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class And(_Written):
    """All of at least two parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(_Written):
    """Any of at least two parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(_Written):
    """Holds when the part does not: found anywhere, it rejects the item."""

    part: Node


@dataclass(frozen=True, slots=True)
class Near(_Written):
    """Left and right with at most ``words`` words between them, in one field; ``ordered``: left comes first."""

    left: Node
    right: Node
    words: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class With(_Written):
    """``part`` counts only where ``context`` is found in the same item; the context itself is no match."""

    part: Node
    context: Node


@dataclass(frozen=True, slots=True)
class Except(_Written):
    """``part``, but not where it stands inside an occurrence of ``mask``; another occurrence still counts."""

    part: Node
    mask: Node


@dataclass(frozen=True, slots=True)
class Title(_Written):
    """``part`` must be found in the title."""

    part: Node


@dataclass(frozen=True, slots=True)
class Text(_Written):
    """``part`` must be found in title or text: not in the tags, handles and links a platform gives apart."""

    part: Node


@dataclass(frozen=True, slots=True)
class Name(_Written):
    """A word or phrase in all its spellings, as a brand's ``names`` are matched.

    ``case``: with its letter case. ``lookalikes``: homoglyphs and leetspeak too.
    """

    text: str
    case: bool = False
    lookalikes: bool = False


@dataclass(frozen=True, slots=True)
class SlopPhrase(_Written):
    """``"a b"~5``: the words of ``text``, moved by at most ``slop`` places in all; a swap of neighbours costs two."""

    text: str
    slop: int


@dataclass(frozen=True, slots=True)
class Wildcard(_Written):
    r"""Whole words with ``*`` (any letters, or none) and ``?`` (one); a lone ``*`` is one word of a phrase.

    ``text`` is the pattern with one space between words; a literal star is written ``\*``.
    """

    text: str


@dataclass(frozen=True, slots=True)
class ExactString(_Written):
    """This very string: letter case and symbols count."""

    text: str


@dataclass(frozen=True, slots=True)
class Regex(_Written):
    """A regular expression in RE2's syntax, on title and text as they stand; ``flags`` of ``ims``, sorted."""

    pattern: str
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Hashtag(_Written):
    """A whole hashtag, without its ``#``; may hold ``*`` and ``?``."""

    text: str


@dataclass(frozen=True, slots=True)
class Handle(_Written):
    """An account, without its first ``@``."""

    text: str


@dataclass(frozen=True, slots=True)
class Field(_Written):
    """A value that one field of the item must have; ``value`` is in that field's normal form."""

    name: FieldName
    value: str


@dataclass(frozen=True, slots=True)
class MentionField(_Written):
    """What is known of a mention, and not of an item yet: its verdict, its brand, who said it, its counts.

    ``op`` is ``:`` with ``value`` in normal form, or a comparison with the number ``value``. Only in rules.
    """

    name: str
    op: Literal[":", "<", "<=", ">", ">=", "="]
    value: str


Leaf = Name | SlopPhrase | Wildcard | ExactString | Regex | Hashtag | Handle | Field | MentionField
Node = And | Or | Not | Near | With | Except | Title | Text | Leaf


def children(node: Node) -> tuple[Node, ...]:
    """The clauses directly inside a node; none for a leaf."""
    match node:
        case And() | Or():
            return node.parts
        case Not() | Title() | Text():
            return (node.part,)
        case Near():
            return (node.left, node.right)
        case With():
            return (node.part, node.context)
        case Except():
            return (node.part, node.mask)
        case _:
            return ()


def all_of(parts: list[Node], span: Span = NOWHERE) -> Node:
    """The conjunction of at least one clause; an ``And`` inside is opened, so that nesting says nothing."""
    return _joined(And, parts, span)


def any_of(parts: list[Node], span: Span = NOWHERE) -> Node:
    """The disjunction of at least one clause; an ``Or`` inside is opened, so that nesting says nothing."""
    return _joined(Or, parts, span)


def _joined(kind: type[And] | type[Or], parts: list[Node], span: Span) -> Node:
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, And | Or) and type(part) is kind:
            flat.extend(part.parts)
        else:
            flat.append(part)
    return kind(tuple(flat), span=span)
