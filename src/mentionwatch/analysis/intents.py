"""What a complaint wants or reports, by the words that say so (pure; English).

Seven groups; the names and their weight are those of docs/judging.md. A phrase counts where its words stand together,
whatever stands between them but letters, and not behind "no", "not", "never" or "without". So does one in a hashtag,
whose words are told apart by capitals: #BoycottAcme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Group → phrases: small letters, no apostrophes, any number as ``0``. In the order of weight.
GROUPS: dict[str, tuple[str, ...]] = {
    "harm": (
        "injured", "injury", "injuries", "hospital", "hospitalised", "hospitalized", "ambulance", "emergency room",
        "caught fire", "catches fire", "catch fire", "burst into flames", "house fire", "started smoking", "exploded",
        "explodes", "exploding", "explosion", "electric shock", "electrocuted", "carbon monoxide", "overheated",
        "overheating", "overheats", "burned me", "burnt me", "burned my hand", "burned my hands", "burnt my hand",
        "burned my face", "choked", "choking", "choking hazard", "poisoned", "poisoning", "food poisoning", "allergic",
        "allergic reaction", "unsafe", "dangerous", "danger", "safety hazard", "health hazard", "contaminated",
        "contamination", "glass in", "metal in", "made me sick", "makes me sick", "got sick", "got ill", "made us sick",
        "vomiting", "threw up", "throwing up", "bleeding", "assaulted", "people died", "someone died", "has died",
        "suicide", "suicidal",
    ),
    "legal": (
        "lawyer", "lawyers", "attorney", "attorneys", "solicitor", "lawsuit", "lawsuits", "sue", "sues", "sued",
        "suing", "class action", "legal action", "take you to court", "taking you to court", "small claims",
        "trading standards", "ombudsman", "consumer protection", "better business bureau", "bbb", "regulator",
        "regulators", "attorney general", "fraud", "fraudulent", "fraudulently", "scam", "scams", "scammed", "scammer",
        "scammers", "illegal", "illegally", "unlawful", "gdpr", "data protection", "police", "chargeback",
        "charge back", "breach of contract", "false advertising", "stole my", "stolen", "stealing", "ripped me off",
    ),
    "crisis": (
        "boycott", "boycotts", "boycotted", "boycotting", "data breach", "breach", "breached", "data leak", "leaked",
        "hacked", "ransomware", "security hole", "vulnerability", "recall", "recalls", "recalled", "scandal",
        "outrage", "outraged", "backlash", "racist", "racism", "sexist", "sexism", "homophobic", "discriminated",
        "discrimination", "discriminating", "harassed", "harassment", "cover up", "covered up", "coverup",
        "going viral", "gone viral", "whistleblower", "exposed", "investigation", "layoffs", "bankruptcy", "bankrupt",
    ),
    "blocked": (
        "not working", "doesnt work", "does not work", "dont work", "didnt work", "isnt working", "arent working",
        "wont work", "will not work", "stopped working", "quit working", "broken", "broke", "cant log in",
        "cannot log in", "cant login", "cannot login", "unable to log in", "unable to", "locked out", "cant access",
        "cannot access", "cant pay", "cant order", "cant book", "cant check in", "cant get", "cant change", "wont let",
        "wont load", "wont start", "wont open", "wont turn on", "doesnt start", "payment failed", "charged twice",
        "double charged", "overcharged", "charged me", "cancelled", "canceled", "lost my", "lost our", "lost luggage",
        "lost bag", "lost bags", "lost baggage", "missing", "never arrived", "never came", "didnt arrive",
        "hasnt arrived", "not arrived", "not received", "never received", "havent received", "damaged", "crash",
        "crashes", "crashed", "crashing", "is down", "are down", "went down", "outage", "error", "errors",
        "error message", "bug", "buggy", "stuck", "stranded", "defective", "faulty", "wrong order", "wrong item",
        "wrong size", "leaking", "leaks", "fell apart", "falling apart", "disconnected", "rebook", "rebooked",
    ),
    "waiting": (
        "waiting", "waited", "on hold", "been on hold", "put on hold", "no reply", "no response", "no answer",
        "no one answers", "nobody answers", "no one picks up", "never replied", "never responded", "never answered",
        "never called back", "never heard back", "havent heard", "have not heard", "heard nothing", "ignored",
        "ignoring", "ignores", "unanswered", "hung up", "0 hours", "0 hour", "0 hrs", "0 days", "0 weeks", "0 months",
        "for hours", "for days", "for weeks", "for months", "hours later", "days later", "weeks later", "hours ago",
        "days ago", "weeks ago", "months ago", "hours late", "days late", "two hours", "three hours", "two days",
        "three days", "two weeks", "three weeks", "delayed", "delay", "delays", "still no", "still nothing",
        "still not", "still havent", "still hasnt", "takes forever", "taking forever", "took forever", "late flight",
        "late again", "is late", "was late", "past due", "long wait", "wait time", "wait times",
    ),
    "ask": (
        "help", "please fix", "fix this", "fix it", "fix your", "refund", "refunded", "refunds", "reimburse",
        "reimbursed", "reimbursement", "compensation", "compensate", "money back", "replacement", "call me", "dm me",
        "contact me", "get back to me", "respond", "reply to", "answer me", "answer the phone", "answer your phone",
        "can you", "could you", "can someone", "can anyone", "could someone", "somebody help", "how do i", "how can i",
        "what do i do", "what should i do", "any update", "any updates", "when will", "when can i", "why is my",
        "why cant i", "where is my", "wheres my", "need to speak", "speak to", "talk to a", "customer service",
        "customer support",
    ),
    "quit": (
        "never again", "never fly", "never flying", "never buy", "never buying", "never use", "never using",
        "never order", "never ordering", "last time", "last order", "cancel my", "cancelling my", "canceling my",
        "cancelled my subscription", "canceled my subscription", "switching to", "switched to", "switch to",
        "moving to", "lost a customer", "lost me as", "lost my business", "losing a customer", "taking my business",
        "take my business", "done with", "no longer a customer", "unsubscribe", "unsubscribed", "closing my account",
        "closed my account", "deleting my account", "deleted my account", "deleted the app", "stay away", "avoid",
        "dont buy", "do not buy", "wont be back", "wont be buying", "not coming back", "not buying", "not recommend",
        "wouldnt recommend", "dont recommend",
    ),
}  # fmt: skip

#: The words of a tag: capitals that stand together, one capital with small letters, small letters, digits.
_TAG_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|[0-9]+")
_DENIALS = ("no", "not", "never", "without", "isnt", "wasnt", "nobody", "dont", "didnt")
_DENIED = tuple(f" {denial}" for denial in _DENIALS)
_PADDED = {group: tuple(f" {phrase} " for phrase in phrases) for group, phrases in GROUPS.items()}


def intents(written: Sequence[str], words: Sequence[str]) -> dict[str, str]:
    """The groups that a text speaks of, each with the first phrase that says so, as it was written.

    ``written`` are its tokens, ``words`` the same as :func:`mentionwatch.analysis.tokenizer.plain` gives them; marks,
    faces and tags fall away.
    """
    kept = [
        ("0" if word[0] == "0" else word.replace("'", ""), token)
        for token, word in zip(written, words, strict=True)
        if word[0].isalnum()
    ]
    said = f" {' '.join(word for word, _ in kept)} "
    found: dict[str, str] = {}
    for group, phrases in _PADDED.items():
        places = [(at, phrase) for phrase in phrases if phrase in said and (at := _undenied(said, phrase)) is not None]
        if places:
            # The first, and of two there the longer: "food poisoning" and not "food".
            at, phrase = min(places, key=lambda place: (place[0], -len(place[1])))
            first = said.count(" ", 0, at)
            found[group] = " ".join(token for _, token in kept[first : first + phrase.count(" ") - 1])
    return _in_tags(written, words) | found if any(token[0] == "#" for token in written) else found


def _in_tags(written: Sequence[str], words: Sequence[str]) -> dict[str, str]:
    """The groups that hashtags speak of, each with the first tag that does; one behind a denial says nothing."""
    found: dict[str, str] = {}
    before = ""
    for token, word in zip(written, words, strict=True):
        if token[0] == "#" and f" {before}" not in _DENIED:
            said = f" {' '.join(part.lower() for part in _TAG_WORD.findall(token))} "
            for group, phrases in _PADDED.items():
                if group not in found and any(phrase in said for phrase in phrases):
                    found[group] = token
        before = word.replace("'", "")
    return found


def _undenied(said: str, phrase: str) -> int | None:
    """Where the phrase stands first without a denial before it."""
    at = said.find(phrase)
    while at >= 0:
        if not said.endswith(_DENIED, 0, at):
            return at
        at = said.find(phrase, at + 1)
    return None
