"""The terminal: what is read at 08:00 with coffee. Alone here is rich, and rich is given values only, never markup."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from mentionwatch.digest import Digest, build_story_line
from mentionwatch.model import Mention
from mentionwatch.render import due as owed
from mentionwatch.render import phrases
from mentionwatch.render.excerpt import TextRun, headline, spans, text_runs
from mentionwatch.render.sanitize import http_url, line, lines, squeezed
from mentionwatch.render.view_model import BrandView, DigestView, StoryView, digest_view
from mentionwatch.response.sla import DueMention, is_overdue
from mentionwatch.times import optional_stamp

#: Wider than this, lines of running text are hard to read.
_READABLE = 100
_SIGNS = {"urgent": ("! ", "bold red"), "high": ("! ", "yellow")}
_MATCHED = "bold green"
#: Characters of one paragraph that are laid out at once: the time to break lines grows faster than their length.
_PARAGRAPH = 2_000


class _Page:
    """Lines of text for one width, coloured or not."""

    def __init__(self, width: int, color: bool) -> None:
        self.width = max(20, width)
        self._color = color
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=self.width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            _environ={},
        )

    def text(self) -> str:
        return "".join(f"{row.rstrip()}\n" for row in self._out.getvalue().split("\n")[:-1])

    def whole(self, text: Text) -> None:
        """One line as it is, however long: an address stays one piece."""
        if not self._color or not (text.spans or text.style):
            # What rich would give too, without its cost: `show` may have a hundred thousand lines to say.
            self._out.write(f"{text.plain}\n")
            return
        self._console.print(text, soft_wrap=True, no_wrap=True, overflow="ignore", crop=False)

    def wrapped(self, text: Text, first: str | Text = "", hang: int = 0, most: int = 0) -> None:
        """Running text, broken between words: ``first`` before the first line, ``hang`` blanks before the others.

        ``most`` lines at most, where given; the last then ends in ``…``.
        """
        room = max(10, min(self.width, _READABLE) - hang)
        short = len(text) <= room and cell_len(text.plain) <= room and not {"\n", "\t"} & set(text.plain)
        rows = [text.copy()] if short else list(text.wrap(self._console, room, overflow="fold", tab_size=1))
        cut = most and len(rows) > most
        for place, row in enumerate(rows[:most] if cut else rows):
            row.rstrip()
            if cut and place == most - 1:
                row.truncate(room - 1)
                row.rstrip()
                row.append("" if row.plain.endswith("…") else "…")
            self.whole(Text.assemble(first if not place else " " * hang, row))

    def cut(self, text: Text) -> None:
        """One line, with ``…`` where more was said than it holds."""
        text.truncate(min(self.width, _READABLE), overflow="ellipsis")
        self.whole(text)

    def packed(self, said: Iterable[tuple[str, str]], hang: int) -> None:
        """Short facts (text, style) set apart by dots, never broken within where a line can hold them."""
        room = min(self.width, _READABLE)
        row = Text(" " * hang)
        for fact, style in said:
            if row.plain.strip() and cell_len(row.plain) + 3 + cell_len(fact) > room:
                self.whole(row)
                row = Text(" " * hang)
            row.append(" · " if row.plain.strip() else "", "dim")
            if cell_len(fact) + hang > room:
                self.wrapped(Text(fact, style), row, hang)
                row = Text(" " * hang)
            else:
                row.append(fact, style)
        if row.plain.strip():
            self.whole(row)

    def link(self, address: str | None, hang: int) -> None:
        if address:
            self.whole(Text.assemble(" " * hang, (address, "blue")))

    def blank(self) -> None:
        self._out.write("\n")


def render(digest: Digest, *, width: int = 80, color: bool = False, zone: tzinfo = UTC) -> str:
    """The digest for a terminal of ``width`` columns; times in ``zone``. Equal input gives equal bytes."""
    page, told = _Page(width, color), digest_view(digest, zone)
    page.wrapped(Text.assemble((told.title, "bold"), "  ", (f"{'new, ' if told.new_only else ''}{told.period}", "dim")))
    page.blank()
    if told.waiting_head:
        page.wrapped(Text(told.waiting_head, "bold yellow"))
        for waiting in told.waiting:
            clock = (waiting.clock, "red" if waiting.overdue else "yellow")
            page.cut(Text.assemble(f"  {waiting.id}  ", clock, " · ", waiting.words))
        if told.waiting_rest:
            page.wrapped(Text(told.waiting_rest, "dim"), "  ", 2)
        page.blank()
    _overview(page, told)
    for brand in told.brands:
        if brand.any:
            _brand(page, brand)
    _foot(page, told)
    return page.text()


def _overview(page: _Page, told: DigestView) -> None:
    """A line a brand: count and trend, how it ran over the time, and what is not well."""
    if not told.brands:
        page.wrapped(Text("No brands are configured."))
    names = [squeezed(brand.name, 40) for brand in told.brands]
    count_width = max((len(brand.count) for brand in told.brands), default=0)
    name_width = min(max(map(cell_len, names), default=0), max(1, page.width - count_width - 2))
    bars_width = max((len(brand.bars) for brand in told.brands), default=0)
    for name, brand in zip(names, told.brands, strict=True):
        row = Text.assemble(
            (set_cell_size(name, name_width), "bold"),
            "  ",
            (brand.count.rjust(count_width), "bold" if brand.any else "dim"),
        )
        facts = [(fact, _fact_style(fact)) for fact in brand.facts]
        said = cell_len(" · ".join(brand.facts))
        beside = name_width + count_width + bars_width + said + 6 <= page.width
        if bars_width and name_width + count_width + bars_width + 4 <= page.width:
            row.append(f"  {brand.bars.ljust(bars_width)}", "cyan")
        if facts and beside:
            row.append("  ")
            row.append_text(Text(" · ", "dim").join(Text(*fact) for fact in facts))
        row.rstrip()
        page.whole(row)
        if facts and not beside:
            page.packed(facts, 4)


def _fact_style(fact: str) -> str:
    if fact.endswith(("negative", "urgent")):
        return "red"
    return "yellow" if fact.endswith("answer") or fact.startswith(("spike", "negative spike")) else "dim"


def _brand(page: _Page, brand: BrandView) -> None:
    page.blank()
    rule = min(page.width, _READABLE) - cell_len(brand.name) - 1
    page.wrapped(Text.assemble((brand.name, "bold cyan"), (f" {'─' * rule}" if rule > 0 else "", "dim")))
    for story in brand.full:
        page.blank()
        _story(page, story)
    if brand.short:
        page.blank()
    for story in brand.short:
        _short(page, story, "")
    if brand.rest:
        page.wrapped(Text(brand.rest, "dim"), "  ", 2)
    if brand.own:
        page.blank()
        page.whole(Text("  Our own, not counted", "dim"))
        for own in brand.own:
            _short(page, own, "dim")
        if brand.own_note:
            page.whole(Text(f"  {brand.own_note}", "dim"))


def _story(page: _Page, story: StoryView) -> None:
    """A story in full: headline, words, what deserves a look, where it was said, its link, the other tellings."""
    sign, style = _SIGNS.get(story.level, ("- ", "red") if story.negative else ("  ", ""))
    page.wrapped(_passage(story.headline, "bold" if story.titled else ""), Text(sign, style), 2, most=4)
    if story.excerpt:
        page.wrapped(_passage(story.excerpt, ""), "  ", 2, most=4)
    page.packed([(verdict, style or "yellow") for verdict in story.verdicts], 2)
    page.packed([(fact, "dim") for fact in (*story.facts, story.id)], 2)
    page.link(story.link, 2)
    if story.others:
        page.wrapped(Text(story.others), "  ", 2)
    if story.history:
        page.wrapped(Text(story.history, "dim"), "  ", 2)


def _short(page: _Page, story: StoryView, style: str) -> None:
    """A story in a line or two, and its link."""
    words = Text.assemble(_passage(story.headline, style), (f" · {' · '.join(story.brief)}", "dim"))
    page.wrapped(words, Text("  "), 4, most=3)
    page.link(story.link, 4)


def _foot(page: _Page, told: DigestView) -> None:
    page.blank()
    if told.nothing:
        page.wrapped(Text(f"{told.summary}."))
    if told.troubles:
        page.whole(Text("Not everything was seen", "bold yellow"))
        for trouble in told.troubles:
            name = Text(f"  {trouble.name} ", "red" if trouble.grave else "yellow")
            page.wrapped(Text.assemble(name, trouble.text), "", 4)
    else:
        page.whole(Text("Every source was asked and answered.", "dim"))
    if told.older:
        page.wrapped(Text(told.older, "yellow"))


def _passage(said: Iterable[TextRun], style: str) -> Text:
    text = Text(style=style)
    for piece in said:
        text.append(piece.text, _MATCHED if piece.matched else "")
    return text


def listing(told: Iterable[Mention], now: datetime, *, width: int = 80, color: bool = False, zone: tzinfo = UTC) -> str:
    """Mentions one below the other as ``list`` shows them: a line of words, a dim one of facts, the link.

    A story among them is shown once, where its latest telling stands, with who else tells it and what they changed.
    """
    page = _Page(width, color)
    stories: dict[tuple[str, str], list[Mention]] = {}
    for one in told:
        stories.setdefault((one.brand, one.story or one.id), []).append(one)
    for tellings in stories.values():
        story = build_story_line(tellings)
        lead = story.leader
        _, style = _SIGNS.get(story.level, ("", "cyan"))
        facts = [squeezed(lead.brand, 40), *phrases.facts(lead, now, zone), *phrases.marks(lead)]
        words = Text.assemble((squeezed(lead.id, 40), style), "  ", _passage(headline(lead, 160), ""))
        page.wrapped(words, "", 4, most=3)
        page.packed([(fact, "dim") for fact in (*facts, *phrases.verdicts(lead, now, zone))], 4)
        for said in (phrases.others(story), phrases.history(story, now, zone)):
            if said:
                page.wrapped(Text(said, "dim"), "    ", 4)
        page.link(phrases.link(lead), 4)
    return page.text()


def due(told: Iterable[DueMention], now: datetime, *, width: int = 80, color: bool = False, zone: tzinfo = UTC) -> str:
    """What must be answered, one below the other: the clock, the words, why, the link, and what to type."""
    page = _Page(width, color)
    for one in told:
        late = is_overdue(one.owed, now)
        page.wrapped(Text(owed.clock(one.owed, now, zone), "bold red" if late else "yellow"))
        page.wrapped(_passage(headline(one.mention), "bold"), "  ", 2, most=4)
        page.packed([(fact, "dim") for fact in owed.facts(one, now, zone)], 2)
        page.link(phrases.link(one.mention), 2)
        page.whole(Text(f"  {owed.reply_command(one.mention, one.owed.what)}", "cyan"))
        page.blank()
    return page.text()


def mention(told: Mention, now: datetime, *, width: int = 80, color: bool = False, zone: tzinfo = UTC) -> str:
    """One mention whole, as ``show`` prints it: every field that is known, the text unshortened."""
    page = _Page(width, color)
    item = told.item
    if item.title:
        page.wrapped(_passage(text_runs(item.title, spans(told, "title"), 1_000), "bold"))
    page.packed([(fact, "dim") for fact in (*phrases.facts(told, now, zone), *phrases.verdicts(told, now, zone))], 0)
    page.link(phrases.link(told), 0)
    page.blank()
    if item.text:
        _text_whole(page, told)
        page.blank()
    rows = _fields(told)
    wide = max(len(name) for name, _ in rows)
    for name, value in rows:
        row = Text.assemble((name.ljust(wide), "dim"), "  ", value)
        if http_url(value) == value:
            page.whole(row)
        else:
            page.wrapped(row, "", wide + 2)
    return page.text()


def _text_whole(page: _Page, told: Mention) -> None:
    """The whole text with its own line breaks, matched words marked."""
    marks = spans(told, "text")
    at = 0
    for paragraph in lines(told.item.text).split("\n"):
        if not paragraph:
            page.blank()
        for start in range(0, len(paragraph), _PARAGRAPH):
            part = Text(paragraph[start : start + _PARAGRAPH])
            begin, end = at + start, at + start + len(part)
            while marks and marks[0][0] < end:
                left, right = marks[0]
                part.stylize(_MATCHED, max(left - begin, 0), right - begin)
                if right > end:
                    break
                marks.pop(0)
            page.wrapped(part)
        at += len(paragraph) + 1


def _fields(told: Mention) -> list[tuple[str, str]]:
    """What is known of a mention beside its words, one line each."""
    item, who = told.item, told.item.author
    rows: list[tuple[str, str | None]] = [
        ("id", told.id),
        ("brand", told.brand),
        ("kind", item.kind),
        ("platform", item.platform),
        ("source", told.source),
        ("also seen", ", ".join(told.also_seen)),
        ("external id", item.external_id),
        ("url", http_url(item.url)),
        ("canonical url", http_url(told.canonical_url) if told.canonical_url != item.url else None),
        ("parent", http_url(item.parent_url)),
        ("author", " ".join(part for part in (who.name, who.handle if who.handle != who.name else None) if part)),
        ("author's page", http_url(who.url)),
        ("followers", None if who.followers is None else phrases.number(who.followers)),
        ("known as", told.person and f"{told.person}, {told.role}"),
        ("language", item.language),
        ("published", optional_stamp(item.published_at)),
        ("first seen", optional_stamp(told.first_seen_at)),
        ("edited", optional_stamp(told.edited_at)),
        ("gone since", optional_stamp(told.gone_at)),
        ("engagement", ", ".join(phrases.engagement(told))),
        *(("match", f"{m.term} ({m.kind}) in {m.field} at {m.start}–{m.end}: {m.text}") for m in told.matches),
        *(("link", http_url(address)) for address in item.links),
        ("sentiment", None if told.sentiment is None else f"{told.sentiment.label} ({told.sentiment.score:+.2f})"),
        ("because", ", ".join(told.sentiment.reasons) if told.sentiment else None),
        ("urgency", None if told.urgency is None else told.urgency.level),
        ("because", ", ".join(told.urgency.reasons) if told.urgency else None),
        ("priority", told.priority),
        ("labels", ", ".join(told.labels)),
        ("tags", ", ".join(told.tags)),
        *(("rule", f"{hit.rule}: {hit.because}") for hit in told.hits),
        ("story", None if told.story is None else f"{told.story}, {phrases.count(told.story_size, 'telling')}"),
        ("status", told.status),
        ("assignee", told.assignee),
        (f"{phrases.owed(told)} due", optional_stamp(told.due_at)),
        ("snoozed until", optional_stamp(told.snoozed_until)),
        ("own", "yes: our own post, not counted" if told.own else None),
        ("backlog", "yes: it was there before its source was first asked" if told.backlog else None),
    ]
    return [(name, value if http_url(value) == value else line(value)[:1_000]) for name, value in rows if value]
