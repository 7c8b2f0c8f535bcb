"""Whether two short tellings that share most of their words say different things all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from mentionwatch.stories.shingles import normalize, tokenize

#: Words compared; whatever differs only beyond them is told apart by the shingles.
_COMPARED = 40
#: Words that one telling has in place of others; more is another sentence.
_SWAPPED = 4
#: Headlines of which less than this is the same do not deny each other: they are two headlines of one event.
_ALIKE = 0.6

NEGATION = re.compile(
    r"\b(?:not|no|never|cannot|without|neither|nor|none|nobody|nothing|(?:fail|refus|declin)\w* to|nicht|kein\w*|nie"
    r"|niemals|niemand|ohne|pas|jamais|sans|aucun\w*|nunca|jam[aá]s|sin|ning[uú]n\w*|non|mai|senza|nessun\w*|n[aã]o|sem|nenhum\w*|niet"
    r"|geen|nooit|zonder|inte|ingen|aldrig|ikke|uden|uten|не|нет|ни|без|nie|bez|ei|de[gğ]il)\b"
    r"|n['’]t\b|ない|ません|不|没|沒|未|안 |않|못|لا |ليس|لم |لن |לא |אין "
)
#: Opposites, by how the words begin: what may follow is an ending of at most four letters.
_OPPOSITES: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        (
            "confirm admit acknowledg bestatig einraum confirm confirma admet conferma",
            "den dispute dementi dement bestreit nieg nega smenti",
        ),
        (
            "approv accept allow permit legali genehmig erlaub autoris autoriz",
            "reject refus ban block forbid prohibit bar verbiet verbot ablehn interdi prohib",
        ),
        ("win won gewinn gewann gagn gana vinc", "lose loses lost loss verlier verlor perd pierd perd"),
        (
            "rise rose rising climb jump surg soar gain increas up steig stieg hauss sub",
            "fall fell drop plung sink sank slump declin decreas down fallt fiel baiss baj",
        ),
        ("raise hike lift erhoh augment", "lower cut reduc slash senk rebaj"),
        (
            "open launch start begin began offnet eroffn ouvr abr",
            "close clos shut stop end halt schlie schloss ferm cierr",
        ),
        ("buy bought acquir kauf achet compr", "sell sold divest verkauf vend"),
        ("hire hiring recruit", "fire fired firing lay laid sack"),
        ("support back endors", "oppos condemn criticis criticiz"),
        ("join enter return", "leav left quit exit"),
        ("keep kept retain", "drop scrap abandon cancel ditch"),
        ("expand grow grew", "shrink shrank shrunk contract"),
        ("upgrad", "downgrad"),
        ("beat exceed", "miss"),
        ("good great best better excellent gut bon buen", "bad terrible worst worse awful schlecht mauvais mal"),
        ("love loved", "hate hated"),
        ("guilty liable schuldig coupable culpable", "innocent cleared acquit freigesprochen"),
        ("true real wahr vrai", "false fake falsch faux"),
        ("with mit avec con", "without ohne sans sin senza"),
        ("more mehr plus mas", "less fewer fewest weniger moins menos"),
        ("yes", "no"),
        ("first", "last"),
        ("early earlier", "late later"),
        ("alive", "dead"),
        ("fix fixed works working", "broken breaks broke"),
        ("safe sicher", "danger hazard gefahr risk"),
        ("profit", "loss"),
        ("before vor avant", "after nach apres"),
        ("pass passed passes", "fail failed fails"),
        ("resum", "suspend paus"),
        ("high higher highest record", "low lower lowest"),
        ("north nord", "south sud"),
        ("east ost", "west"),
    )
)
_DENYING = ("un", "in", "im", "il", "ir", "dis", "des", "non", "de", "mis", "anti")
_NUMBERS = frozenset(
    """
    one two three four five six seven eight nine ten eleven twelve dozen dozens hundred hundreds thousand
    thousands million billion zwei drei vier funf sechs sieben acht neun zehn zwolf hundert tausend deux trois
    quatre cinq sept huit neuf dix cent mille dos tres cuatro cinco seis siete ocho nueve diez cien mil
    """.split()
)
_TAG = re.compile(r"[#＃](\w{2,100})")
_BEGINS = re.compile(r"(?:^|[.!?:…»”\"(\n]\s*|[-–—|]\s+)\W*$")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def marks_of(title: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What must agree in two short posts: words that are names – of places, teams, products – and hashtags.

    A word is a name when it has a capital in the middle of a sentence, which says nothing where every word has one.
    """
    written = (text or title)[:600]
    words = [*_WORD.finditer(written)][:_COMPARED]
    capital = [found for found in words if found[0][0].isupper()]
    names: Iterable[str] = ()
    if 2 * len(capital) <= len(words):
        names = (found[0] for found in capital if not _BEGINS.search(written[: found.start()][-8:]))
    return (
        tuple(sorted({token for name in names for token in tokenize(normalize(name))})),
        tuple(sorted({tag for found in _TAG.findall(written) for tag in tokenize(normalize(found))})),
    )


def contradict(one: str, other: str, names: frozenset[str] | None) -> bool:
    """Whether two sentences of nearly the same words, normalised, deny each other, or speak of another number or name.

    ``names`` are the words of either that must agree as numbers must; with ``None`` only opposites and denials count.
    """
    mine, theirs = one.split(" ")[:_COMPARED], other.split(" ")[:_COMPARED]
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return False
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "replace" or max(b - a, d - c) > _SWAPPED:
            continue
        if any(_opposite(x, y) for x in mine[a:b] for y in theirs[c:d]):
            return True
        # Datelines and signatures differ at the ends; within the sentence it is what the sentence is about.
        inside = names is not None and a > 0 and (b < len(mine) or d < len(theirs))
        if inside and all(any(_must_agree(word, names) for word in part) for part in (mine[a:b], theirs[c:d])):
            return True
    return len(NEGATION.findall(" ".join(mine))) != len(NEGATION.findall(" ".join(theirs)))


def _must_agree(word: str, names: frozenset[str] | None) -> bool:
    return word in (names or ()) or word in _NUMBERS or any(char.isdigit() for char in word)


def _opposite(one: str, other: str) -> bool:
    for short, long in ((one, other), (other, one)):
        if len(short) >= 4 and any(long == prefix + short for prefix in _DENYING):
            return True
    return any(
        (_begins(one, left) and _begins(other, right)) or (_begins(one, right) and _begins(other, left))
        for left, right in _OPPOSITES
    )


def _begins(word: str, stems: frozenset[str]) -> bool:
    if word in stems:
        return True
    return any(word[:size] in stems for size in range(max(3, len(word) - 4), len(word)))
