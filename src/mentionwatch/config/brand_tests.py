"""The texts that a brand's terms are tested with: ``[[brands.tests]]``."""

from __future__ import annotations

from mentionwatch.config.diagnostics import Diagnostics, Location, quoted
from mentionwatch.match import compile_brands
from mentionwatch.model import Author, Brand, BrandMatch, BrandTest, Item
from mentionwatch.text import clean


def failed_tests(brand: Brand, position: int, diagnostics: Diagnostics) -> list[str]:
    """The tests of the ``position``-th brand that its terms fail: ``file:line: key: what was expected, and found``."""
    from mentionwatch.query.evaluate import compile_query  # imported here: few brands have a query

    matcher = compile_brands((brand,), compile_query)
    told = []
    for at, test in enumerate(brand.tests):
        (verdict,) = matcher.verdicts(_item(test))
        if bool(verdict.matches) != test.match:
            location = Location(diagnostics) / "brands" / position / "tests" / at
            told.append(f"{location.where}: {location.name}: {_told(test, verdict)}")
    return told


def _item(test: BrandTest) -> Item:
    """The test as a source would bring it."""
    return Item(
        platform="feed",
        kind="post",
        url=test.url,
        title=clean(test.title) if test.title else None,
        text=clean(test.text),
        language=test.language,
        author=Author(name=test.author, handle=test.author),
    )


def _told(test: BrandTest, verdict: BrandMatch) -> str:
    text = quoted(test.text or test.title or test.url or "")
    if test.match:
        return f"{text} should be a mention and is not: {verdict.reason}"
    found = ", ".join(
        f"{match.kind} {quoted(match.term)} as {quoted(match.text)} in its {match.field}"
        for match in verdict.matches[:3]
    )
    return f"{text} should not be a mention, but matches {found}"
