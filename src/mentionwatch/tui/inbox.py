"""The inbox: what wants an answer on the left, the whole of it on the right, a key for each thing to be done.

What strangers wrote reaches the screen as :class:`rich.text.Text` only, never as markup. The screen itself keeps
nothing: it reads again after each action, and every half minute for what a scan has brought.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from mentionwatch.errors import MentionwatchError
from mentionwatch.inbox import VIEWS, Entry, View, next_place, seen_as
from mentionwatch.render import due as owed
from mentionwatch.render import terminal, wording
from mentionwatch.render.inert import http_url, squeezed
from mentionwatch.response.clock import Due
from mentionwatch.tui.prompts import Ask, Choose, Draft, Field

#: Seconds between two readings of the database.
_EVERY = 30.0
_VIEW_NAMES: Mapping[View, str] = {
    "all": "everything",
    "mine": "what I have",
    "nobody": "what nobody has",
    "overdue": "what is overdue",
}
_LEVEL_STYLES = {"urgent": "bold red", "high": "bold yellow"}
_LABELS = ("negative", "neutral", "positive", "relevant", "noise")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the screen may ask of the program; each call opens and closes the database by itself.

    ``templates`` are the names of drafts with the placeholders that are to be filled in, and ``draft`` makes one: its
    words, and what there is to say of them.

    ``read`` gives the entries, ``log`` what was done about a mention as text, ``act`` does something about one and
    gives what there is to say of it, ``browse`` opens an address. All may raise
    :class:`~mentionwatch.errors.MentionwatchError`.
    """

    read: Callable[[], Sequence[Entry]]
    log: Callable[[str], str]
    act: Callable[[str, str, Mapping[str, str]], str]
    browse: Callable[[str], object]
    now: Callable[[], datetime]
    me: str
    draft: Callable[[str, str, Mapping[str, str]], tuple[str, str]]
    templates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    team: tuple[str, ...] = ()
    zone: tzinfo | None = None


class Inbox(App[None]):
    """The screen. ``run()`` shows it; ``return_code`` is 0."""

    TITLE = "mentionwatch"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #head { height: 1; padding: 0 1; background: $panel; }
    #list { width: 45%; border: none; border-right: solid $panel; padding: 0; }
    #list > .option-list--option { padding: 0 1; }
    #list > .option-list--option-highlighted, #list:focus > .option-list--option-highlighted {
        background: $surface-lighten-2; color: $text; text-style: none;
    }
    #whole { width: 1fr; padding: 0 1; }
    #empty { padding: 2 4; }
    Inbox.narrow #whole { display: none; }
    Inbox.narrow #list { width: 100%; border: none; }
    Inbox.narrow.open #whole { display: block; width: 100%; }
    Inbox.narrow.open #list { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "do('ack')", "Ack"),
        Binding("s", "assign", "aSsign"),
        Binding("m", "mine", "Mine"),
        Binding("r", "reply", "Reply"),
        Binding("t", "template", "Template"),
        Binding("e", "do('resolve')", "rEsolve"),
        Binding("i", "do('ignore')", "Ignore"),
        Binding("n", "note", "Note"),
        Binding("l", "label", "Label"),
        Binding("o", "do('reopen')", "reOpen", show=False),
        Binding("u", "do('undo')", "Undo"),
        Binding("w", "browse", "Web page"),
        Binding("v", "view", "View"),
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
        Binding("enter", "open", "Open", show=False),
        Binding("escape", "close", "Back", show=False),
        Binding("g", "read", "Refresh", show=False),
        Binding("q", "quit", "Quit"),
    ]
    #: Fewer columns show the list or the mention, not both.
    _NARROW = 90

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._every: tuple[Entry, ...] = ()
        self._shown: tuple[Entry, ...] = ()
        self._view: View = "all"

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with Horizontal():
            yield OptionList(id="list", markup=False)
            with VerticalScroll(id="whole"):
                yield Static(id="mention")
        yield Footer()

    def on_mount(self) -> None:
        # Only after the first layout is it known how wide the words may be.
        self.call_after_refresh(self.action_read)
        self.set_interval(_EVERY, self.action_read)

    def on_resize(self) -> None:
        self.set_class(self.size.width < self._NARROW, "narrow")
        # What is shown is wrapped by us, for words and addresses to break where they should.
        self.call_after_refresh(self._show_whole)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def action_read(self) -> None:
        """Read the database again; the cursor stays where it was, or goes to what comes next."""
        try:
            self._every = tuple(self._desk.read())
        except MentionwatchError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._fill()

    def action_view(self) -> None:
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        self._fill()

    def _fill(self) -> None:
        now = self._desk.now()
        before, at = [one.mention.id for one in self._shown], self._here()
        self._shown = seen_as(self._every, self._view, self._desk.me, now)
        ids = [one.mention.id for one in self._shown]
        listing = self.query_one("#list", OptionList)
        listing.clear_options()
        listing.add_options([Option(self._line(one, now), id=one.mention.id) for one in self._shown])
        listing.highlighted = next_place(before, ids, None if at is None else at.mention.id)
        self.query_one("#head", Static).update(self._head(now))
        self._show_whole()

    def _head(self, now: datetime) -> Text:
        late = sum(one.overdue(now) for one in self._every)
        waiting = sum(one.owed is not None for one in self._every)
        said = Text(owed.summary(late, waiting), "bold red" if late else "bold")
        said.append(f" · {len(self._shown)} shown: {_VIEW_NAMES[self._view]} · as {squeezed(self._desk.me, 40)}", "dim")
        return said

    def _line(self, one: Entry, now: datetime) -> Text:
        """One entry of the list: the clock or the urgency with who has it, and the first words."""
        mention = one.mention
        if one.owed is not None:
            style = "bold red" if one.overdue(now) else "yellow"
            first = Text(wording.wait(one.owed.what, one.owed.due_at, now), style)
        else:
            level = mention.urgency.level if mention.urgency else "new"
            first = Text(level, _LEVEL_STYLES.get(level, "dim"))
        first.append(f" · {squeezed(mention.brand, 30)}", "dim")
        if mention.assignee:
            first.append(f" · {squeezed(mention.assignee, 30)}", "cyan")
        words = Text(squeezed(mention.item.title or mention.item.text or mention.id, 120))
        return Text("\n").join((first, words))

    def _show_whole(self) -> None:
        whole = self.query_one("#mention", Static)
        here = self._here()
        if here is None:
            nothing = "Nothing waits for you." if not self._every else f"Nothing of {_VIEW_NAMES[self._view]}."
            whole.update(Text(f"{nothing}\n\nv shows another view, q ends."))
            return
        width = max(30, self.query_one("#whole").size.width - 3)
        now, zone = self._desk.now(), self._desk.zone
        places = {} if zone is None else {"zone": zone}
        said = terminal.mention(here.mention, now, width=width, color=True, **places)
        if here.owed is not None:
            said = f"{owed.clock(Due(here.mention, here.owed), now, **places)}\n\n{said}"
        try:
            said += "\n" + self._desk.log(here.mention.id)
        except MentionwatchError as error:
            said += f"\n{error}"
        whole.update(Text.from_ansi(said))
        self.query_one("#whole", VerticalScroll).scroll_home(animate=False)

    def on_option_list_option_highlighted(self) -> None:
        self._show_whole()

    def on_option_list_option_selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        self.add_class("open")
        self.call_after_refresh(self._show_whole)

    def action_close(self) -> None:
        self.remove_class("open")

    def action_move(self, by: int) -> None:
        listing = self.query_one("#list", OptionList)
        if by > 0:
            listing.action_cursor_down()
        else:
            listing.action_cursor_up()

    def _here(self) -> Entry | None:
        at = self.query_one("#list", OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    # -- what is done ----------------------------------------------------------------------------------------------

    def action_do(self, action: str) -> None:
        """Something that needs no word."""
        self._do(action, {})

    def _do(self, action: str, data: Mapping[str, str], at: Entry | None = None) -> None:
        here = at or self._here()
        if here is None:
            return
        try:
            said = self._desk.act(here.mention.id, action, data)
        except MentionwatchError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(said, markup=False, timeout=3)
        self.action_read()

    def _ask(self, title: str, action: str, *fields: Field, about: Entry | None = None, **more: str) -> None:
        """Ask for words, then do it: about the mention that was shown when the question was put."""
        here = about or self._here()
        if here is None:
            return

        def answered(words: Mapping[str, str] | None) -> None:
            if words is not None:
                self._do(action, {**words, **more}, here)

        self.push_screen(Ask(title, fields), answered)

    def action_assign(self) -> None:
        self._ask("Assign to", "assign", Field("to", "who", suggestions=self._desk.team))

    def action_mine(self) -> None:
        self._do("assign", {"to": self._desk.me})

    def action_note(self) -> None:
        self._ask("Note", "note", Field("text", "what"))

    def action_reply(self) -> None:
        self._note_answer(None)

    def _note_answer(self, about: Entry | None, **more: str) -> None:
        self._ask(
            "Answered – where is it to be read?",
            "reply",
            Field("url", "https://… (empty: answered in private)", needed=False),
            Field("promise", 'promised, and by when: "refund by Fri" (may stay empty)', needed=False),
            about=about,
            **more,
        )

    def action_template(self) -> None:
        """Draft an answer: choose a template, fill in what is not known, copy it; then note where it was posted."""
        here = self._here()
        if here is None:
            return
        if not self._desk.templates:
            self.notify("The configuration has no [[templates]].", severity="warning", markup=False)
            return

        def chosen(name: str | None) -> None:
            if name is None:
                return
            fields = tuple(Field(one, one) for one in self._desk.templates[name])
            if fields:
                self.push_screen(Ask(f"To fill in {name}", fields), lambda words: self._draft(here, name, words))
            else:
                self._draft(here, name, {})

        self.push_screen(Choose("Answer with", tuple(self._desk.templates)), chosen)

    def _draft(self, here: Entry, name: str, words: Mapping[str, str] | None) -> None:
        if words is None:
            return
        try:
            text, notices = self._desk.draft(here.mention.id, name, words)
        except MentionwatchError as error:
            self.notify(str(error), severity="error", markup=False)
            return

        def done(posted: bool | None) -> None:
            if posted:
                self._note_answer(here, template=name, text=text)

        self.push_screen(Draft(text, notices), done)

    def action_label(self) -> None:
        here = self._here()
        if here is None:
            return

        def chosen(label: str | None) -> None:
            if label is not None:
                self._do("label", {"label": label}, here)

        self.push_screen(Choose("This mention is", _LABELS), chosen)

    def action_browse(self) -> None:
        here = self._here()
        address = None if here is None else http_url(here.mention.item.url)
        if address is None:
            self.notify("The source gave no address for it.", severity="warning", markup=False)
            return
        self._desk.browse(address)
        self.notify(address, markup=False)
