"""What a text speaks of, by the phrases of ``data/phrases``: one file a language, which a speaker can correct (pure).

The format is told in docs/judging.md. A phrase is found whatever the capitals, accents and marks in the text; it is not
counted in a harmless sense ("fire sale") nor where it is denied ("nobody was hurt").
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

#: What a text may speak of, in the order of weight; ``stakes`` is who or what is in danger.
GROUPS = ("harm", "legal", "crisis", "blocked", "stakes", "waiting", "ask", "quit", "problem")
#: Groups in which a denial reaches as far as :data:`_BEFORE` and :data:`_AFTER`; in others the word before denies.
_GRAVE = frozenset({"harm", "legal", "crisis", "problem"})
#: What a word says of tone, and what it says where it is denied: "not good" is bad, "no problem" good.
_DENIED_TONE = {"negative": "positive", "positive": "negative"}
#: How many words may stand between a phrase and the denial before and behind it, and in place of ``…``.
_BEFORE, _AFTER, _GAP = 3, 2, 4
#: The same in characters, in scripts without spaces.
_BEFORE_CHARACTERS, _AFTER_CHARACTERS, _GAP_CHARACTERS = 8, 8, 8
_MOST_WORDS = 800
_LONGEST_WORD = 40

#: Letters of scripts that put no spaces between words: a phrase in one of them is a run of characters.
_NO_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
_UNSPACED = re.compile(f"[{_NO_SPACES}]")
#: Letters with the signs that belong to them, which Python's ``\w`` leaves out.
_SIGN = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0980-\u0983\u09bc-\u09cd"
_SIGN += "\u0a3c-\u0a51\u0abc-\u0acd\u0b3c-\u0b57\u0bbe-\u0bcd\u0c3e-\u0c56\u0cbc-\u0cd6\u0d3b-\u0d4d\u200c\u200d"
_LETTERS = rf"[^\W\d_](?:[^\W\d_]|[{_SIGN}])*"
_TOKEN = re.compile(
    r"(?P<skip>https?://\S+|www\.\S+|@[\w.]*\w(?:@[\w.-]*\w)?(?:['’]s\b)?)"
    r"|(?P<tag>\#\w+)"
    r"|(?P<number>\d+(?:[.,:]\d+)*)"
    rf"|(?P<word>{_LETTERS}(?:['’ʼ]{_LETTERS})*)"
    r"|(?P<mark>[.!?;:,…\n()\"“”«»—–|¿¡。、！？؟،।])"
)
_SENTENCE_ENDS = frozenset(".!?;\n…。！？؟।")
#: The words of a tag: capitals that stand together, one capital with small letters, small letters, digits.
_TAG_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[0-9]+|[^\W\dA-Z_]+")
#: What stands behind the apostrophe of an English contraction, which is one word; elsewhere an apostrophe divides.
#: "I'll" is not "ill".
_CONTRACTED = frozenset({"t", "s", "m", "d", "re", "ve", "em"})
_APOSTROPHE = re.compile("['’ʼ]")
_REPEATED = re.compile(r"(.)\1{2,}", re.DOTALL)
_DROPPED = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640\u200c\u200d]")
_BARE = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d"})
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


@lru_cache(maxsize=1 << 15)
def bare(word: str) -> str:
    """A word as it is compared: small letters without accents, no letter more than twice in a row."""
    if not word.isascii():
        word = unicodedata.normalize("NFKD", word.replace("İ", "i").casefold().translate(_BARE))
        word = unicodedata.normalize("NFC", _DROPPED.sub("", word))
    else:
        word = word.lower()
    return _REPEATED.sub(r"\1\1", word) if len(word) > 2 else word


class Words(NamedTuple):
    """A text as phrases are looked for in it: its words as compared and as written, by number of clause and sentence.

    ``known`` are the words compared, each once; ``unspaced`` is the text as characters, where it is in a script
    without spaces.
    """

    compared: Sequence[str]
    written: Sequence[str]
    clauses: Sequence[int]
    sentences: Sequence[int]
    unspaced: str
    known: frozenset[str]


def read_words(text: str) -> Words:
    """The words of a text. Of a tag each, of a contraction one; addresses and handles fall away, numbers are ``0``."""
    compared: list[str] = []
    written: list[str] = []
    clauses: list[int] = []
    sentences: list[int] = []
    clause = sentence = 0
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "mark":
            clause += 1
            sentence += token in _SENTENCE_ENDS
            continue
        if kind == "word":
            parts = _split(token)
        elif kind == "number":
            parts = ("0",)
        elif kind == "tag":
            parts = tuple(_TAG_WORD.findall(token))
        else:
            continue
        for part in parts:
            compared.append("0" if part[0].isdigit() else bare(part[:_LONGEST_WORD]))
            written.append(token)
            clauses.append(clause)
            sentences.append(sentence)
        if len(compared) >= _MOST_WORDS:
            break
    unspaced = ""
    if _UNSPACED.search(text):
        unspaced = unicodedata.normalize("NFKC", text).casefold()
    return Words(compared, written, clauses, sentences, unspaced, frozenset(compared))


def _split(token: str) -> tuple[str, ...]:
    if token.isalpha():
        return (token,)
    parts = [part for part in _APOSTROPHE.split(token) if part]
    joined = parts[:1]
    for part in parts[1:]:
        if part.lower() in _CONTRACTED:
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


class PhraseFault(ValueError):
    """A phrase file that cannot be read; the message begins with its file and line."""


class Slot(NamedTuple):
    """What may stand at one place of a phrase: whole words, beginnings, endings, middles."""

    whole: frozenset[str]
    beginnings: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    middles: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it admits words of which it has only a part."""
        return bool(self.beginnings or self.endings or self.middles)

    def admits(self, word: str) -> bool:
        """Whether the word may stand here."""
        return (
            word in self.whole
            or (bool(self.beginnings) and word.startswith(self.beginnings))
            or (bool(self.endings) and word.endswith(self.endings))
            or any(middle in word for middle in self.middles)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One phrase of a file: runs of places, with up to four words between the runs; or a pattern over characters."""

    text: str
    group: str
    weak: bool
    runs: tuple[tuple[Slot, ...], ...] = ()
    pattern: re.Pattern[str] | None = None
    #: Words of which one must stand in the text; ``None`` where its last word has an open end.
    needs: frozenset[str] | None = None
    #: Whether it is one word.
    single: bool = False

    def match(self, words: Words, at: int) -> tuple[int, ...] | None:
        """The places of its words where it begins at ``at``."""
        if self.needs is not None and self.needs.isdisjoint(words.known):
            return None
        compared = words.compared
        end = at + len(self.runs[0])
        # The first word has been found.
        if not _fits(self.runs[0], compared, at, 1):
            return None
        places = tuple(range(at, end))
        for run in self.runs[1:]:
            for gap in range(_GAP + 1):
                start = end + gap
                stop = start + len(run)
                if stop > len(compared) or words.sentences[start] != words.sentences[end - 1]:
                    return None
                if _fits(run, compared, start):
                    places += tuple(range(start, stop))
                    end = stop
                    break
            else:
                return None
        return places


def _fits(run: Sequence[Slot], compared: Sequence[str], at: int, first: int = 0) -> bool:
    """Whether the places of a run from the ``first`` on admit the words from ``at`` on."""
    if at + len(run) > len(compared):
        return False
    for offset in range(first, len(run)):
        slot, word = run[offset], compared[at + offset]
        if word not in slot.whole and not (slot.is_open and slot.admits(word)):
            return False
    return True


class Finding(NamedTuple):
    """A phrase found in a text: its group, as the file and as the text has it, in which language, and where it begins.

    A ``weak`` one counts only beside something else that speaks of trouble.
    """

    group: str
    phrase: str
    quote: str
    language: str
    weak: bool
    at: int


class _Span(NamedTuple):
    phrase: Phrase
    #: Places of words, or the two ends in characters.
    places: tuple[int, ...]

    @property
    def start(self) -> int:
        return self.places[0]

    @property
    def end(self) -> int:
        return self.places[-1] + 1


@dataclass(frozen=True, eq=False)
class PhraseBook:
    """The phrases of one language. ``code`` is the file's name, ``mine`` the words that say "my" and "I"."""

    code: str
    name: str
    frequent: frozenset[str]
    mine: frozenset[str]
    phrases: tuple[Phrase, ...]
    #: A user's file that is used instead of the shipped one, not in addition to it.
    replaces: bool = False

    @cached_property
    def _index(self) -> tuple[dict[str, list[Phrase]], dict[str, list[Phrase]], dict[str, list[Phrase]], list[Phrase]]:
        """Phrases by the whole, beginning or ending of their first word; those with neither."""
        whole: dict[str, list[Phrase]] = {}
        beginnings: dict[str, list[Phrase]] = {}
        endings: dict[str, list[Phrase]] = {}
        middles: list[Phrase] = []
        for phrase in self.phrases:
            if phrase.pattern is not None:
                continue
            first = phrase.runs[0][0]
            for word in first.whole:
                whole.setdefault(word, []).append(phrase)
            for word in first.beginnings:
                beginnings.setdefault(word, []).append(phrase)
            for word in first.endings:
                endings.setdefault(word, []).append(phrase)
            if first.middles:
                middles.append(phrase)
        return whole, beginnings, endings, middles

    @cached_property
    def _unspaced(self) -> tuple[Phrase, ...]:
        return tuple(phrase for phrase in self.phrases if phrase.pattern is not None)

    @cached_property
    def _known(self) -> dict[str, tuple[Phrase, ...]]:
        """Word → phrases that may begin with it, for the words met so far."""
        return {}

    def _beginning_with(self, word: str) -> tuple[Phrase, ...]:
        whole, beginnings, endings, middles = self._index
        found = dict.fromkeys(whole.get(word, ()))
        for length in range(1, len(word) + 1):
            found |= dict.fromkeys(beginnings.get(word[:length], ()))
            found |= dict.fromkeys(endings.get(word[-length:], ()))
        found |= dict.fromkeys(phrase for phrase in middles if phrase.runs[0][0].admits(word))
        if len(self._known) > 1 << 15:
            self._known.clear()
        self._known[word] = tuple(found)
        return self._known[word]

    def find(self, words: Words) -> list[Finding]:
        """The phrases in a text that are meant, in the text's order."""
        return self.read(words)[0]

    def read(self, words: Words) -> tuple[list[Finding], list[str]]:
        """The phrases in a text that are meant, and what stands in a harmless sense, as the text has it."""
        spans = self._spans(words)
        found = _meant(spans, words, self.name) if spans else []
        if words.unspaced and self._unspaced:
            found += self._find_unspaced(words.unspaced)
        harmless = (words.written[span.start : span.end] for span in spans if span.phrase.group == "harmless")
        return found, [" ".join(dict.fromkeys(written)) for written in harmless]

    def _spans(self, words: Words) -> list[_Span]:
        """Where phrases stand, in a harmless sense or denied though they may be."""
        known = self._known
        spans: list[_Span] = []
        for at, word in enumerate(words.compared):
            phrases = known.get(word)
            if phrases is None:
                phrases = self._beginning_with(word)
            for phrase in phrases:
                places = (at,) if phrase.single else phrase.match(words, at)
                if places is not None:
                    spans.append(_Span(phrase, places))
        return spans

    def _find_unspaced(self, text: str) -> list[Finding]:
        spans = [
            _Span(phrase, (match.start(), match.end() - 1))
            for phrase in self._unspaced
            if phrase.pattern is not None
            for match in phrase.pattern.finditer(text)
        ]
        harmless = [span for span in spans if span.phrase.group == "harmless"]
        spans = [s for s in spans if s in harmless or not any(h.start < s.end and s.start < h.end for h in harmless)]
        before = [span for span in spans if span.phrase.group == "before"]
        after = [span for span in spans if span.phrase.group == "after"]
        found = []
        for span in sorted(spans, key=lambda s: (s.start, -s.end)):
            if span.phrase.group in ("harmless", "before", "after"):
                continue
            denied = any(
                b.end <= span.start and _is_near(text[b.end : span.start], _BEFORE_CHARACTERS) for b in before
            ) or any(a.start >= span.end and _is_near(text[span.end : a.start], _AFTER_CHARACTERS) for a in after)
            group = span.phrase.group
            if not denied or group in _DENIED_TONE:
                quote = text[span.start : span.end]
                phrase = span.phrase
                group = _DENIED_TONE[group] if denied else group
                found.append(Finding(group, phrase.text, quote, self.name, phrase.weak, span.start))
        return found


_CLAUSE_END = re.compile(r"[。、！？!?,.\n；;]")


def _is_near(between: str, most: int) -> bool:
    return len(between) <= most and _CLAUSE_END.search(between) is None


def _meant(spans: Sequence[_Span], words: Words, language: str) -> list[Finding]:
    """The phrases that are neither in a harmless sense nor denied."""
    harmless = {place for span in spans if span.phrase.group == "harmless" for place in span.places}
    if harmless:
        spans = [span for span in spans if harmless.isdisjoint(span.places)]
    before = [span for span in spans if span.phrase.group == "before"]
    after = [span for span in spans if span.phrase.group == "after"]
    found = []
    for span in spans:
        phrase = span.phrase
        group, start = phrase.group, span.start
        if group in ("before", "after", "harmless"):
            continue
        denial = _denial(span, before, after, words.clauses) if before or after else None
        if denial is not None:
            if group not in _DENIED_TONE:
                continue
            group, start = _DENIED_TONE[group], min(start, denial.start)
        written = words.written[start : span.end]
        quote = " ".join(token for n, token in enumerate(written) if not n or token is not written[n - 1])
        found.append(Finding(group, phrase.text, quote, language, phrase.weak, span.start))
    return found


def _denial(span: _Span, before: Sequence[_Span], after: Sequence[_Span], clauses: Sequence[int]) -> _Span | None:
    """What denies a phrase, if anything does."""
    is_tone = span.phrase.group in _DENIED_TONE
    far = is_tone or span.phrase.group in _GRAVE
    reach = _BEFORE - is_tone if far else 0
    for denial in before:
        if denial.end <= span.start:
            if span.start - denial.end <= reach and clauses[denial.end - 1] == clauses[span.start]:
                return denial
        elif (
            far
            and span.start < denial.start < span.end
            and denial.start not in span.places
            and clauses[denial.start] == clauses[span.end - 1]
        ):
            return denial
    for denial in after if far else ():
        near = denial.start >= span.end and denial.start - span.end <= _AFTER
        if near and clauses[denial.start] == clauses[span.end - 1]:
            return denial
    return None


# -- the files ---------------------------------------------------------------------------------------------------------

_KEYS = {"name", "frequent", "mine", "replaces", "denial", "harmless", "groups", "weak", "tone"}
_TONES = ("negative", "positive")
#: What a run of characters may hold that is not meant literally: alternatives in brackets.
_SIGNS = re.compile(r"[^\w()|]")
#: Groups of which one suffices.
_ALARMS = frozenset({"harm", "legal", "crisis"})
#: A phrase that is words alone.
_PLAIN = re.compile(r"[^|*…()]+")
_FREQUENT = re.compile(r'^frequent\s*=\s*(?:"""(.*?)"""|"([^"\n]*)")', re.DOTALL | re.MULTILINE)


def shipped() -> Mapping[str, Path]:
    """Language code → its file in this package."""
    return {path.stem: path for path in sorted(_folder().glob("*.toml"))}


@cache
def _folder() -> Path:
    return Path(__file__).with_name("data") / "phrases"


@cache
def frequent_words(path: Path) -> frozenset[str]:
    """The frequent little words of a file, without reading the rest of it."""
    found = _FREQUENT.search(path.read_text(encoding="utf-8"))
    return frozenset(read_words((found[1] or found[2] or "") if found else "").compared)


@cache
def book(path: Path) -> PhraseBook:
    """The phrases of a file, read when first asked for; raises PhraseFault."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PhraseFault(f"{path}:1: cannot be read: {error}") from None
    return parse(text, path.stem, str(path))


def parse(text: str, code: str, where: str) -> PhraseBook:
    """The phrases of a file's text; ``where`` names the file in a fault."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        number = line[1] if line else text.count("\n") + 1
        raise PhraseFault(f"{where}:{number}: not TOML: {error}") from None
    reader = _Reader(text, where)
    for key in document.keys() - _KEYS:
        reader.fail(key, f"unknown key {key!r}; known are {', '.join(sorted(_KEYS))}")
    phrases = [
        *reader.table(document, "denial", ("before", "after")),
        *reader.table(document, "harmless", ("phrases",)),
    ]
    phrases += reader.table(document, "groups", GROUPS)
    phrases += reader.table(document, "weak", GROUPS, weak=True)
    phrases += reader.table(document, "tone", _TONES)
    name = document.get("name", code)
    if not isinstance(name, str) or not name.strip():
        reader.fail("name", "name must be a text")
    replaces = document.get("replaces", False)
    if not isinstance(replaces, bool):
        reader.fail("replaces", "replaces must be true or false")
    return PhraseBook(
        code, name, reader.words(document, "frequent"), reader.words(document, "mine"), tuple(phrases), replaces
    )


class _Reader:
    """Reads the values of one file, and says in which line one is wrong."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where

    def fail(self, wanted: str, problem: str) -> None:
        lines = self.text.split("\n")
        quoted = [n for n, line in enumerate(lines, 1) if f'"{wanted}"' in line or f"'{wanted}'" in line]
        keys = [n for n, line in enumerate(lines, 1) if re.match(rf"\[?{re.escape(wanted)}\b", line.strip())]
        raise PhraseFault(f"{self.where}:{(quoted or keys or [1])[0]}: {problem}")

    def words(self, document: Mapping[str, Any], key: str) -> frozenset[str]:
        value = document.get(key, "")
        if not isinstance(value, str):
            self.fail(key, f"{key} must be a text of words")
        return frozenset(read_words(value).compared)

    def table(
        self, document: Mapping[str, Any], key: str, groups: Sequence[str], *, weak: bool = False
    ) -> Iterator[Phrase]:
        """The phrases of one table."""
        table = document.get(key, {})
        if not isinstance(table, dict):
            self.fail(key, f"[{key}] must be a table")
        for group, phrases in table.items():
            if group not in groups:
                self.fail(group, f"[{key}] has no group {group!r}; known are {', '.join(groups)}")
            if not isinstance(phrases, list):
                self.fail(group, f"{group} must be a list of phrases")
            for phrase in phrases:
                if not isinstance(phrase, str):
                    self.fail(group, f"{group}: {phrase!r} is not a phrase in quotes")
                for spelt in _spelt_out(phrase):
                    yield self.phrase(phrase, spelt, "harmless" if key == "harmless" else group, weak)

    def phrase(self, text: str, spelt: str, group: str, weak: bool) -> Phrase:
        """One phrase as it is looked for: ``spelt`` is the ``text`` with one choice of long alternatives."""
        runs = [run.strip() for run in spelt.replace("...", "…").split("…")]
        if not all(runs):
            self.fail(text, f"the phrase {text!r} is empty, or begins or ends with …")
        if text.count("(") != text.count(")"):
            self.fail(text, f"the phrase {text!r} has a bracket without its other half")
        if _UNSPACED.search(spelt):
            made = (unicodedata.normalize("NFKC", run).casefold().replace("*", "") for run in runs)
            gap = f"[^。！？\n]{{0,{_GAP_CHARACTERS}}}?"
            literal = (_SIGNS.sub(lambda sign: re.escape(sign[0]), run) for run in made)
            pattern = gap.join(f"(?:{run})" for run in literal)
            if not _compiles(pattern):
                self.fail(text, f"the phrase {text!r} has a bracket without its other half")
            return Phrase(text, group, weak, pattern=re.compile(pattern))
        slots = tuple(tuple(self.run(run, text)) for run in runs)
        last = slots[-1][-1]
        single = len(slots) == 1 and len(slots[0]) == 1
        return Phrase(text, group, weak, slots, needs=None if last.is_open else last.whole, single=single)

    def run(self, run: str, text: str) -> Iterator[Slot]:
        """The places of one run of words."""
        for place in run.split():
            alternatives = [one.strip("()") for one in place.split("|")]
            parts = [self.parts(one, text) for one in alternatives]
            if len(parts) == 1:
                yield from parts[0]
            elif any(len(one) != 1 for one in parts):
                self.fail(text, f"the phrase {text!r} has an alternative of two words in one place")
            else:
                slots = [one[0] for one in parts]
                yield Slot(
                    frozenset().union(*(slot.whole for slot in slots)),
                    *(tuple(word for slot in slots for word in slot[n]) for n in (1, 2, 3)),
                )

    def parts(self, word: str, text: str) -> list[Slot]:
        """One word, or those that an apostrophe or hyphen divides, with its open ends."""
        core = word.strip("*")
        compared = list(read_words(core).compared) if core and "*" not in core else []
        if not compared:
            self.fail(text, f"the phrase {text!r} has no letter or digit, or a * inside a word, in {word!r}")
        slots = [Slot(_spellings(form, core if len(compared) == 1 else form)) for form in compared]
        if word.endswith("*") and word.startswith("*"):
            slots[0] = Slot(frozenset(), middles=tuple(slots[0].whole))
        elif word.startswith("*"):
            slots[0] = Slot(frozenset(), endings=tuple(slots[0].whole))
        elif word.endswith("*"):
            slots[-1] = Slot(frozenset(), beginnings=tuple(slots[-1].whole))
        return slots


#: Alternatives of which one has several words.
_ALTERNATIVES = re.compile(r"\(([^()]*\s[^()]*)\)")


def _spelt_out(phrase: str) -> Iterator[str]:
    """A phrase for each alternative of several words, and one for those of one word."""
    bracket = _ALTERNATIVES.search(phrase)
    if bracket is None or _UNSPACED.search(phrase):
        yield phrase
        return
    alternatives = bracket[1].split("|")
    long = [one.strip() for one in alternatives if " " in one.strip()]
    short = "|".join(one.strip() for one in alternatives if " " not in one.strip())
    for one in [*long, *([short] if short else [])]:
        yield from _spelt_out(phrase[: bracket.start()] + one + phrase[bracket.end() :])


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _spellings(form: str, written: str) -> frozenset[str]:
    """A word as it is compared, and with ä, ö, ü spelt out as ae, oe, ue."""
    out = written.casefold().translate(_SPELT_OUT)
    return frozenset({form, bare(out)}) if out.isalpha() else frozenset({form})


@dataclass(frozen=True, eq=False)
class PhraseLibrary:
    """All phrase files: those of this package, and the user's, which add to those of the same name or replace them.

    A user's file that cannot be read is left out; ``faults`` says why, with file and line.
    """

    added: tuple[Path, ...] = ()

    @cached_property
    def _files(self) -> dict[str, list[Path]]:
        files = {code: [path] for code, path in shipped().items()}
        for path in self.added:
            files.setdefault(path.stem, []).append(path)
        return files

    @property
    def codes(self) -> Iterable[str]:
        """The languages there are phrases of."""
        return self._files.keys()

    @cached_property
    def frequent(self) -> dict[str, tuple[str, ...]]:
        """Frequent word → the languages in which it is frequent."""
        found: dict[str, tuple[str, ...]] = {}
        for code, paths in self._files.items():
            for word in {word for path in paths for word in _frequent_or_none(path)}:
                found[word] = (*found.get(word, ()), code)
        return found

    @cached_property
    def _books(self) -> dict[str, PhraseBook]:
        return {}

    def book(self, code: str) -> PhraseBook:
        """The phrases of one language, read when first asked for."""
        if code not in self._books:
            read: list[PhraseBook] = []
            for path in self._files[code]:
                try:
                    one = book(path)
                except PhraseFault:
                    if path not in self.added:
                        raise
                    continue
                read = [one] if one.replaces else [*read, one]
            self._books[code] = _joined(code, read)
        return self._books[code]

    def faults(self) -> dict[Path, str]:
        """The user's files that cannot be read, and why, with file and line."""
        found = {}
        for path in self.added:
            try:
                book(path)
            except PhraseFault as fault:
                found[path] = str(fault)
        return found


def phrase_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The phrase files that these paths name: each a file, or a folder whose ``*.toml`` are meant."""
    return tuple(one for path in paths for one in (sorted(path.glob("*.toml")) if path.is_dir() else [path]))


@cache
def library(added: tuple[Path, ...] = ()) -> PhraseLibrary:
    """The phrase files of this package and those ``added`` by the user, read once."""
    return PhraseLibrary(added)


def _frequent_or_none(path: Path) -> frozenset[str]:
    try:
        return frequent_words(path)
    except (OSError, UnicodeDecodeError):
        return frozenset()


def _joined(code: str, books: Sequence[PhraseBook]) -> PhraseBook:
    if len(books) == 1:
        return books[0]
    return PhraseBook(
        code,
        books[0].name if books else code,
        frozenset().union(*(one.frequent for one in books)),
        frozenset().union(*(one.mine for one in books)),
        tuple(phrase for one in books for phrase in one.phrases),
    )


def contradictions(one: PhraseBook) -> list[str]:
    """What a file says of the same words that does not go together, and phrases that a harmless one hides."""
    found = []
    seen: dict[str, list[Phrase]] = {}
    for phrase in one.phrases:
        if phrase.group in ("before", "after", *_TONES):
            continue
        others = seen.setdefault(phrase.text, [])
        for other in others:
            if other is not phrase and _contradicts(other, phrase):
                found.append(f"“{phrase.text}” is both {_place(other)} and {_place(phrase)}")
        others.append(phrase)
        if phrase.group != "harmless" and (hidden := _hidden(phrase, one)):
            found.append(f"“{phrase.text}” of {_place(phrase)} never counts: “{hidden}” is harmless")
    return list(dict.fromkeys(found))


def _contradicts(one: Phrase, other: Phrase) -> bool:
    """Whether the same words cannot be both: harmless and not, weak and strong, or an alarm twice."""
    if one.group == other.group:
        return one.weak != other.weak
    if "harmless" in (one.group, other.group):
        return True
    return {one.group, other.group} <= _ALARMS and not one.weak and not other.weak


def _place(phrase: Phrase) -> str:
    return f"{'weak ' if phrase.weak else ''}{phrase.group}"


def _hidden(phrase: Phrase, one: PhraseBook) -> str | None:
    """The harmless phrase that covers every word of a phrase that is words without choice or open ends."""
    if not _PLAIN.fullmatch(phrase.text) or phrase.pattern is not None:
        return None
    words = read_words(phrase.text)
    for found in one.read(words)[1]:
        if len(found.split()) >= len(words.compared):
            return found
    return None


def find(text: str, books: Iterable[PhraseBook]) -> list[Finding]:
    """What a text speaks of, in the languages of ``books``."""
    words = read_words(text)
    return [finding for one in books for finding in one.find(words)]
