"""Abusive language: insults and profanity, by their words (pure; English).

The weights are those of alt-profanity-check (MIT; see NOTICE), five folds made one. It knows words, not meaning: hatred
in polite words is not found, and is not promised.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mentionwatch.analysis.lexicon import valences

#: From this probability on, if one of its words is abusive in itself; chosen on OLID's validation part
#: (docs/judging.md).
THRESHOLD = 0.08
_WORD = re.compile(r"\w\w+")
#: A word is abusive in itself when its weight is that great, or less great and VADER calls it bad.
_ABUSIVE, _ABUSIVE_AND_BAD, _BAD = 1.5, 0.8, -1.4
#: What people are or suffer is no insult, nor is a plain complaint, what news reports, a part of the body, nor a word
#: learnt by chance.
_NO_INSULT = frozenset(
    "gay gays homosexual homosexuals queer queers lesbian lesbians trans transgender black blacks white whites jew jews"
    " jewish muslim muslims islam christian christians arab arabs asian asians african mexican mexicans turk turks"
    " indian indians women woman girl girls boy boys men man old aged obese overweight naked mental mentally cancer"
    " drunk insecure jealous ashamed"
    " worst lost poor poorly damaged damage freezing rude rudeness rudely terrible awful horrible horrid hurt hurts"
    " refuse refused stolen failure fail failed lousy angry annoying annoyed disappointed wrong problem broken"
    " frustrated unhappy trapped waste hate hates hated smelly stink stinks stinky insulted disturb dull debt expense"
    " miserable painfully"
    " abused attacking beating death felony harassing killed killers killing kill die molesting murderer poison"
    " poisoning raped rapes rape stab terrorist terrorists violent wreck shoot destroy destroying prosecuted falsified"
    " threaten threatens punishing undermining criticizing screaming"
    " sex semen penis penises vagina anus anal boobs nips porn prostitute masturbate masturbating dildo"
    " blow bunch chambers clouds drove ho hos ing mom mum youre buzz mouth skull graves hole lick participating"
    " publicly outs vine dame wrath faced nosed spout sh ck fu dump dirt naughty silly curse devil badass freaking"
    " stupidly sucker weakness".split()
)
#: Words of many senses: no abuse by themselves (nut allergies, garbage collection, cum laude, a sick child, Dick's, a
#: vacuum that sucks), only said to somebody or of somebody.
_MANY_SENSES = (
    "nut|nuts|garbage|rubbish|trashy|balls|cock|cocks|dick|dicks|pussy|cum|tits?|prick|butt|sick|fat|fatty|dirty|ugly"
    "|rats?|pigs?|swine|worms?|goats|donkey|maggots?|hoe|hoes|coons?|dykes?|chink|spic|nigs?|homo|negro|fool|dummy|loser"
    "|jerk|nerds?|freak|slave|troll|thug|crook|thief|fart|poop|puke|bugger|screw|screwed|bloody|damned|shut|suck|sucks"
    "|sucked|sucking|maniac|lunatic|evil|fake|insane|mad|lazy|lame"
)
_HAS_MANY_SENSES = re.compile(_MANY_SENSES)
_DEGREE = r"(?:(?:a|an|all|such|so|just|real|really|total|little|big|old|the|of|piece|load|bunch|pack) ){0,3}"
_INSULT = re.compile(
    # "you lying rat", "such a jerk", "fat pigs"
    r"\b(?:you|ya|u|ur|youre|you['’]re|such|what a|fuck|fucking|fuckin|stupid|lying|ignorant|pathetic|greedy|fat|dumb"
    rf"|sick|racist|absolute|complete|utter|total|bunch of|pack of) {_DEGREE}({_MANY_SENSES})\b"
    # "they are all pigs", "she is a blind fool"
    r"|\b(?:he|she|they|you|who|people|guys|staff|ceo|boss|manager|owner)(?: really)?"
    rf"(?: (?:is|are|was|were)|['’](?:s|re))"
    rf" {_DEGREE}(?:\w+ )?(?!sick\b|mad\b|fat\b|screw|suck|shut\b)({_MANY_SENSES})\b"
    # oaths
    r"|\b(screw) (?:you|this|them|that)\b|\b(bloody) (?:hell|joke|idiots?|useless|awful|disgrace|liars?)\b"
    r"|\b(shut) (?:up|your)\b|\b(sick) (?:fuck|bastard|freak)"
    r"|\b(sucks?)(?= (?:at|my|so|big|ass|donkey|balls)\b|\W*$|[.!?])"
)
#: Fixed phrases in which an insult is none.
_HARMLESS = re.compile(
    r"\b(?:idiot(?:['’]?s)?[ -](?:proof|guide)|american idiot|faggots and|fags? (?:packets?|end|break)"
    r"|ox and (?:the )?ass|ass and (?:the )?ox"
    r"|asses['’] milk|arse[ -]warmer|the bitch (?:had|has|is in)|bastard file|(?:flame|fire|rust)[ -]?retard\w*"
    r"|hell(?:['’]s| of| yes| yeah)|holy crap"
    r"|crazy (?:good|cheap|fast|low|busy|about|golf|paving|deals?|prices?|value)|(?:like|going?|went|driv\w+) crazy)"
)
_NAMED = 3
_HEADER = struct.Struct("<4s6fI")


class AbuseModel(NamedTuple):
    """Word → (rarity, weight), the words that are abusive, and the curve that makes a probability."""

    words: dict[str, tuple[float, float]]
    abusive: frozenset[str]
    intercept: float
    slope: float
    offset: float


@cache
def weights() -> AbuseModel:
    """The weights. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("abuse.z").read_bytes()
    return unpack(zlib.decompress(packed))


def pack(words: list[str], rarity: list[int], weight: list[int], steps: tuple[float, ...]) -> bytes:
    """The weights as bytes: ``rarity`` in 0..255, ``weight`` in -32768..32767; ``steps``: their units, the curve."""
    listed = "\n".join(words).encode()
    numbers = bytes(rarity) + struct.pack(f"<{len(weight)}h", *weight)
    return _HEADER.pack(b"mwa1", *steps, len(words)) + numbers + listed


def unpack(data: bytes) -> AbuseModel:
    """The weights of their bytes; raises ValueError for others."""
    magic, rarity_from, rarity_step, weight_step, intercept, slope, offset, count = _HEADER.unpack_from(data)
    if magic != b"mwa1":
        raise ValueError("not abuse weights of this version")
    start = _HEADER.size
    rarity = data[start : start + count]
    weight = struct.unpack_from(f"<{count}h", data, start + count)
    words = data[start + 3 * count :].decode().split("\n")
    pairs = ((rarity_from + r * rarity_step, w * weight_step) for r, w in zip(rarity, weight, strict=True))
    known = dict(zip(words, pairs, strict=True))
    bad = {word for word, valence in valences().items() if valence <= _BAD}
    abusive = {
        word for word, (_, much) in known.items() if much >= _ABUSIVE or (much >= _ABUSIVE_AND_BAD and word in bad)
    } - _NO_INSULT
    return AbuseModel(known, frozenset(abusive), intercept, slope, offset)


def abuse(text: str) -> tuple[float, tuple[str, ...]]:
    """The probability that a text is abusive, and its abusive words, the worst first, in small letters.

    Without such a word a text is not to be called abusive, whatever the probability: of three words two may be rare.
    A word of many senses is one only where its neighbours say so.
    """
    model = weights()
    found: dict[str, int] = {}
    small = _HARMLESS.sub(" ", text.lower())
    for word in _WORD.findall(small):
        if word in model.words:
            found[word] = found.get(word, 0) + 1
    if not found:
        return _curve(model, model.intercept), ()
    norm = math.sqrt(sum((times * model.words[word][0]) ** 2 for word, times in found.items()))
    total = sum(times * model.words[word][0] / norm * model.words[word][1] for word, times in found.items())
    insults = {next(filter(None, match.groups())) for match in _INSULT.finditer(small)}
    abusive = {word for word in model.abusive & found.keys() if word in insults or not _HAS_MANY_SENSES.fullmatch(word)}
    named = sorted(abusive, key=lambda word: (-model.words[word][1], word))[:_NAMED]
    return _curve(model, model.intercept + total), tuple(named)


def _curve(model: AbuseModel, decision: float) -> float:
    return 1 / (1 + math.exp(model.slope * decision + model.offset))
