"""The inbox screen: mentions on the left, the selected one in full on the right, a key for each action.

What strangers wrote reaches the screen only as :class:`rich.text.Text`, never as markup. The screen keeps nothing: it
reads the database again after each action, and every half minute for what a scan has found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from mentionwatch.app.inbox import VIEWS, InboxActions, InboxEntry, View, filter_view, next_index
from mentionwatch.errors import MentionwatchError
from mentionwatch.model import LABELS, URGENCY_LEVELS
from mentionwatch.render import due as due_text
from mentionwatch.render import phrases, terminal
from mentionwatch.render.mention_details import log_text
from mentionwatch.render.sanitize import http_url, squeezed
from mentionwatch.tui.prompts import ChoicePrompt, DraftPrompt, FormField, FormPrompt

#: Seconds between two readings of the database.
_REFRESH = 30.0
_VIEW_NAMES: Mapping[View, str] = {
    "all": "everything",
    "mine": "assigned to me",
    "nobody": "unassigned",
    "overdue": "overdue",
}
_LEVEL_STYLES = {"urgent": "bold red", "high": "bold yellow"}
_PRIORITIES = (*URGENCY_LEVELS, "auto")


class InboxScreen(App[None]):
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
    InboxScreen.narrow #whole { display: none; }
    InboxScreen.narrow #list { width: 100%; border: none; }
    InboxScreen.narrow.open #whole { display: block; width: 100%; }
    InboxScreen.narrow.open #list { display: none; }
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
        Binding("p", "priority", "Priority"),
        Binding("number_sign", "tag", "Tag", key_display="#"),
        Binding("z", "snooze", "snooZe"),
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

    def __init__(self, actions: InboxActions, browse: Callable[[str], object], zone: tzinfo = UTC) -> None:
        """``browse`` opens an address; times are shown in ``zone``."""
        super().__init__()
        self._actions = actions
        self._browse = browse
        self._zone = zone
        self._entries: tuple[InboxEntry, ...] = ()
        self._shown: tuple[InboxEntry, ...] = ()
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
        self.set_interval(_REFRESH, self.action_read)

    def on_resize(self) -> None:
        self.set_class(self.size.width < self._NARROW, "narrow")
        # What is shown is wrapped by us, for words and addresses to break where they should.
        self.call_after_refresh(self._show_whole)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def action_read(self) -> None:
        """Read the database again; the cursor stays where it was, or goes to what comes next."""
        try:
            self._entries = self._actions.entries()
        except MentionwatchError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._fill()

    def action_view(self) -> None:
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        self._fill()

    def _fill(self) -> None:
        now = self._actions.now()
        before, at = [one.mention.id for one in self._shown], self._here()
        self._shown = filter_view(self._entries, self._view, self._actions.me, now)
        ids = [one.mention.id for one in self._shown]
        listing = self.query_one("#list", OptionList)
        listing.clear_options()
        listing.add_options([Option(self._line(one, now), id=one.mention.id) for one in self._shown])
        listing.highlighted = next_index(before, ids, None if at is None else at.mention.id)
        self.query_one("#head", Static).update(self._head(now))
        self._show_whole()

    def _head(self, now: datetime) -> Text:
        late = sum(one.is_overdue(now) for one in self._entries)
        waiting = sum(one.due is not None for one in self._entries)
        head = Text(due_text.summary(late, waiting), "bold red" if late else "bold")
        head.append(
            f" · {len(self._shown)} shown: {_VIEW_NAMES[self._view]} · as {squeezed(self._actions.me, 40)}", "dim"
        )
        return head

    def _line(self, one: InboxEntry, now: datetime) -> Text:
        """One entry of the list: the clock or the urgency with who has it, and the first words."""
        mention = one.mention
        if one.due is not None:
            style = "bold red" if one.is_overdue(now) else "yellow"
            first = Text(phrases.wait(one.due.owed.what, one.due.owed.due_at, now), style)
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
            nothing = "Nothing is waiting." if not self._entries else f"Nothing here: {_VIEW_NAMES[self._view]}."
            whole.update(Text(f"{nothing}\n\nv shows another view, q quits."))
            return
        width = max(30, self.query_one("#whole").size.width - 3)
        now = self._actions.now()
        text = terminal.mention(here.mention, now, width=width, color=True, zone=self._zone)
        if here.due is not None:
            text = f"{due_text.clock(here.due.owed, now, self._zone)}\n\n{text}"
        try:
            text += "\n" + log_text(*self._actions.log(here.mention), now, zone=self._zone)
        except MentionwatchError as error:
            text += f"\n{error}"
        whole.update(Text.from_ansi(text))
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

    def _here(self) -> InboxEntry | None:
        at = self.query_one("#list", OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    # -- what is done ----------------------------------------------------------------------------------------------

    def action_do(self, action: str) -> None:
        """Do something that needs no input."""
        self._do(action, {})

    def _do(self, action: str, data: Mapping[str, str], at: InboxEntry | None = None) -> None:
        here = at or self._here()
        if here is None:
            return
        try:
            message = self._actions.act(here.mention.id, action, data)
        except MentionwatchError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(message, markup=False, timeout=3)
        self.action_read()

    def _ask(self, title: str, action: str, *fields: FormField, about: InboxEntry | None = None, **more: str) -> None:
        """Ask for input, then act on the mention that was selected when the question was asked."""
        here = about or self._here()
        if here is None:
            return

        def answered(words: Mapping[str, str] | None) -> None:
            if words is not None:
                self._do(action, {**words, **more}, here)

        self.push_screen(FormPrompt(title, fields), answered)

    def action_assign(self) -> None:
        self._ask("Assign to", "assign", FormField("to", "who", suggestions=self._actions.team))

    def action_mine(self) -> None:
        self._do("assign", {"to": self._actions.me})

    def action_note(self) -> None:
        self._ask("Note", "note", FormField("text", "what"))

    def action_reply(self) -> None:
        self._record_answer(None)

    def _record_answer(self, about: InboxEntry | None, **more: str) -> None:
        self._ask(
            "Answered – where can it be read?",
            "reply",
            FormField("url", "https://… (empty: answered in private)", required=False),
            FormField("promise", 'promised, and by when: "refund by Fri" (optional)', required=False),
            about=about,
            **more,
        )

    def action_template(self) -> None:
        """Draft an answer: choose a template, fill in what is not known, copy it; then note where it was posted."""
        here = self._here()
        if here is None:
            return
        if not self._actions.templates:
            self.notify("The configuration has no [[templates]].", severity="warning", markup=False)
            return

        def chosen(name: str | None) -> None:
            if name is None:
                return
            fields = tuple(FormField(one, one) for one in self._actions.templates[name])
            if fields:
                self.push_screen(FormPrompt(f"To fill in {name}", fields), lambda words: self._draft(here, name, words))
            else:
                self._draft(here, name, {})

        self.push_screen(ChoicePrompt("Answer with", tuple(self._actions.templates)), chosen)

    def _draft(self, here: InboxEntry, name: str, words: Mapping[str, str] | None) -> None:
        if words is None:
            return
        try:
            draft = self._actions.draft(here.mention.id, name, words)
        except MentionwatchError as error:
            self.notify(str(error), severity="error", markup=False)
            return

        def done(posted: bool | None) -> None:
            if posted:
                self._record_answer(here, template=name, text=draft.text)

        notices = "\n".join(filter(None, (draft.length, *draft.warnings)))
        self.push_screen(DraftPrompt(draft.text, notices), done)

    def action_label(self) -> None:
        here = self._here()
        if here is None:
            return

        def chosen(label: str | None) -> None:
            if label is not None:
                self._do("label", {"label": label}, here)

        self.push_screen(ChoicePrompt("This mention is", tuple(LABELS)), chosen)

    def action_priority(self) -> None:
        here = self._here()
        if here is None:
            return

        def chosen(level: str | None) -> None:
            if level is not None:
                self._do("priority", {"priority": level}, here)

        self.push_screen(ChoicePrompt("Its priority is", _PRIORITIES), chosen)

    def action_tag(self) -> None:
        self._ask("Tags", "tag", FormField("tags", "+vip -press"))

    def action_snooze(self) -> None:
        self._ask("Snooze until", "snooze", FormField("until", "2h, tomorrow, Mon, Fri 17:00, 2026-11-27"))

    def action_browse(self) -> None:
        here = self._here()
        address = None if here is None else http_url(here.mention.item.url)
        if address is None:
            self.notify("This mention has no web address.", severity="warning", markup=False)
            return
        self._browse(address)
        self.notify(address, markup=False)
