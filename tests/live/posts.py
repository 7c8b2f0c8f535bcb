"""What is planted on every server: posts that mention the brand and posts that only look so, in several languages.

Whether a post is a mention is said here by a person, not computed. All of it is invented.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The brand as every live test's configuration has it.
BRAND = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee", "Salt & Bean", "アクメ珈琲", "阿克美咖啡", "أكمي كوفي", "Акме Кофе"]
hashtags = ["AcmeCoffee"]
urls = ["acme.example"]
exclude = ["Acme Coffee Table"]
"""


@dataclass(frozen=True, slots=True)
class Post:
    """One post to be planted. ``key`` is short and stands in its title or address where a server has one."""

    key: str
    text: str
    language: str
    mention: bool
    #: An address behind the text, where a server can put one there.
    link: str | None = None


def _yes(key: str, language: str, text: str, link: str | None = None) -> Post:
    return Post(key, text, language, True, link)


def _no(key: str, language: str, text: str, link: str | None = None) -> Post:
    return Post(key, text, language, False, link)


MENTIONS = (
    _yes("plain", "en", "Just tried Acme Coffee for the first time."),
    _yes("capitals", "en", "ACME COFFEE burnt my beans again!"),
    _yes("small", "en", "acme coffee, cheap and good"),
    _yes("hashtag", "en", "Nothing beats a cup after a long walk #AcmeCoffee"),
    _yes("hyphens", "de", "Nichts schlägt die Acme-Coffee-Filiale am Bahnhof, schöne Grüße"),
    _yes("apostrophe", "fr", "L’Acme Coffee de la rue des Lilas : l’été à Genève"),
    _yes("japanese", "ja", "今朝はアクメ珈琲で一杯。美味しかった"),
    _yes("chinese", "zh", "阿克美咖啡在上海开了新店"),
    _yes("within-chinese", "zh", "在上海喝Acme Coffee真好喝"),
    _yes("korean", "ko", "요즘 Acme Coffee는 너무 비싸요"),
    _yes("hebrew", "he", "הקפה של Acme Coffee מצוין היום"),
    _yes("arabic", "ar", "قهوة أكمي كوفي رائعة هذا الصباح"),
    _yes("russian", "ru", "Вчера был в «Акме Кофе», очень вкусно"),
    _yes("emoji", "en", "☕🔥Acme Coffee🔥☕ is back 👨‍👩‍👧‍👦"),
    _yes("address", "en", "Their new menu: https://acme.example/menu"),
    _yes("signs", "en", "Tea & Acme Coffee < 3 € \\o/ 100% [sic] {not} a 'template'"),
    _yes("ampersand", "en", "Salt & Bean roasts better"),
    _yes("wrapped", "en", "All beans are roasted by Acme\nCoffee and friends"),
    _yes("behind", "en", "The best beans in town are here", link="https://acme.example/beans"),
    _yes(
        "long", "en", "Acme makes anvils. " + "Filler words about mornings and mugs. " * 6 + "Acme Coffee comes last."
    ),
)
OTHERS = (
    _no("coffeehouse", "en", "Acme Coffeehouse opened somewhere else"),
    _no("acmeology", "en", "Acmeology coffee is a science of its own"),
    _no("of-coffee", "en", "The acme of coffee making is patience"),
    _no("pacme", "en", "Pacme Coffee opened in Pacme"),
    _no("table", "en", "I put the kettle on an Acme Coffee Table"),
    _no("two-sentences", "en", "I like coffee. Acme makes anvils."),
    _no("other-domain", "en", "See https://acme.example.org/ and notacme.example"),
    _no("other-tag", "en", "#AcmeCoff is no tag of theirs, nor is #Coffee"),
    _no("japanese-other", "ja", "コーヒーの話。アクメとは関係ない"),
    _no("arabic-other", "ar", "القهوة في الصباح"),
    _no("russian-other", "ru", "Кофе и акмеизм"),
)
#: Written after the first scan: only what is a mention is news.
LATER = (
    _yes("later", "en", "Acme Coffee just opened on our street"),
    _yes("later-hashtag", "de", "Schon wieder da: #acmecoffee"),
    _yes("later-japanese", "ja", "アクメ珈琲の新作を飲んだ"),
    _no("later-other", "en", "Acmeology has a new journal, over coffee"),
)
SEED = MENTIONS + OTHERS
