"""Prompts over a screen: fields to fill in, one of a few choices, a draft to copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Footer, Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

_STYLE = """
{name} {{ align: center middle; }}
{name} > Vertical {{ width: 70; max-width: 90%; height: auto; padding: 1 2; border: round $accent; }}
{name} > Vertical {{ background: $surface; }}
{name} OptionList {{ height: auto; border: none; }}
"""


@dataclass(frozen=True, slots=True)
class FormField:
    """One line to fill in; ``suggestions`` complete it, ``required`` ones may not stay empty."""

    name: str
    hint: str
    required: bool = True
    suggestions: tuple[str, ...] = ()


class FormPrompt(ModalScreen[Mapping[str, str] | None]):
    """Fields to fill in; Enter goes to the next and submits the last, Escape cancels."""

    CSS = _STYLE.format(name="FormPrompt")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Cancel")]

    def __init__(self, title: str, fields: Sequence[FormField]) -> None:
        super().__init__()
        self._title = title
        self._fields = tuple(fields)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(self._title, "bold"))
            for field in self._fields:
                suggester = SuggestFromList(field.suggestions, case_sensitive=False) if field.suggestions else None
                yield Input(placeholder=field.hint, id=field.name, suggester=suggester)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        given = {field.name: self.query_one(f"#{field.name}", Input).value.strip() for field in self._fields}
        names = [field.name for field in self._fields]
        at = names.index(event.input.id or names[0])
        if at + 1 < len(names):
            self.query_one(f"#{names[at + 1]}", Input).focus()
            return
        for field in self._fields:
            if field.required and not given[field.name]:
                self.query_one(f"#{field.name}", Input).focus()
                return
        self.dismiss(given)


class ChoicePrompt(ModalScreen[str | None]):
    """One of a few choices; Escape cancels."""

    CSS = _STYLE.format(name="ChoicePrompt")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Cancel")]

    def __init__(self, title: str, choices: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._choices = tuple(choices)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text(self._title, "bold"))
            yield OptionList(*(Option(Text(choice), id=choice) for choice in self._choices))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        # The screen below has a list too: this choice is not for it.
        event.stop()
        self.dismiss(event.option.id)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()


class DraftPrompt(ModalScreen[bool]):
    """A drafted answer to copy and post by hand; gives whether the user says they have posted it."""

    CSS = (
        _STYLE.format(name="DraftPrompt")
        + """
    DraftPrompt TextArea { height: 10; }
    DraftPrompt #notices { color: $warning; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", "Copy"),
        Binding("enter", "posted", "Posted: record where", priority=True),
        Binding("escape", "leave", "Leave"),
    ]

    def __init__(self, text: str, notices: str) -> None:
        super().__init__()
        self._text = text
        self._notices = notices

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text("Nothing is posted from here: copy it and post it yourself", "bold"))
            yield TextArea(self._text, read_only=True, show_line_numbers=False)
            yield Static(Text(self._notices), id="notices")
            yield Footer()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied, if your terminal allows it.", markup=False, timeout=3)

    def action_posted(self) -> None:
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)
