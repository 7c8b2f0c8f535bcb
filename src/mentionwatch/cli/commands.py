"""The commands by name, and the group that imports each when it is run, so that ``--help`` loads nothing but click."""

from __future__ import annotations

import importlib

import click

from mentionwatch.cli.global_options import CommandGroup

#: Name → (module, attribute, its line in ``--help``): a table, so that help imports no command.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("mentionwatch.cli.setup", "init", "Write a commented configuration that works at once."),
    "check": ("mentionwatch.cli.check", "check", "Check the configuration; with --online every source too."),
    "scan": ("mentionwatch.cli.scan", "scan", "Poll the sources that are due and keep what is new."),
    "stream": ("mentionwatch.cli.stream", "stream", "Listen to live streams and report mentions within seconds."),
    "digest": ("mentionwatch.cli.digest", "digest", "Print, save or e-mail a digest of mentions."),
    "list": ("mentionwatch.cli.mentions", "list_", "List mentions by full-text query and filters."),
    "show": ("mentionwatch.cli.mentions", "show", "Show one mention in full."),
    "why": ("mentionwatch.cli.why", "why", "Explain why a page or post was kept, rejected or folded."),
    "spike": ("mentionwatch.cli.spike", "spike", "List or acknowledge spikes in mention volume."),
    "story": ("mentionwatch.cli.story", "story", "Show, merge or split stories."),
    "match": ("mentionwatch.cli.match", "match", "Test which terms match a text."),
    "brand": ("mentionwatch.cli.brand", "brand", "Show how precise each brand's terms are."),
    "rules": ("mentionwatch.cli.rules", "rules", "List, test, replay and apply the rules for urgency."),
    "backtest": ("mentionwatch.cli.brand", "backtest", "Show which mentions a changed configuration gains or loses."),
    "due": ("mentionwatch.cli.due", "due", "List what needs an answer, most overdue first."),
    "inbox": ("mentionwatch.cli.inbox", "inbox", "Work through open mentions with single-key actions."),
    "ack": ("mentionwatch.cli.triage", "ack", "Acknowledge mentions."),
    "assign": ("mentionwatch.cli.triage", "assign", "Assign mentions to a person."),
    "reply": ("mentionwatch.cli.reply", "reply", "Record where mentions were answered and what was promised."),
    "resolve": ("mentionwatch.cli.triage", "resolve", "Resolve mentions."),
    "ignore": ("mentionwatch.cli.triage", "ignore", "Mark mentions as not needing a reply."),
    "reopen": ("mentionwatch.cli.triage", "reopen", "Reopen mentions that need another answer."),
    "note": ("mentionwatch.cli.triage", "note", "Add a note to mentions."),
    "undo": ("mentionwatch.cli.triage", "undo", "Undo the last action on mentions."),
    "label": ("mentionwatch.cli.triage", "label", "Correct what was judged: relevance, sentiment, kind, urgency."),
    "priority": ("mentionwatch.cli.triage", "priority", "Set how urgent mentions are, over the judge."),
    "tag": ("mentionwatch.cli.triage", "tag", "Add tags to mentions, or take them off."),
    "snooze": ("mentionwatch.cli.triage", "snooze", "Silence mentions until a time."),
    "evidence": ("mentionwatch.cli.evidence", "evidence", "Archive mentions as tamper-evident evidence."),
    "sources": ("mentionwatch.cli.sources", "sources", "List the configured sources, or every source type."),
    "coverage": ("mentionwatch.cli.coverage", "coverage", "Show what was monitored and what was missed."),
    "report": ("mentionwatch.cli.report", "report", "Build a one-page HTML report with charts."),
    "query": ("mentionwatch.cli.query", "query", "Explain, check or import a query."),
    "schema": ("mentionwatch.cli.setup", "schema", "Print the JSON Schema of the configuration or the output."),
    "schedule": ("mentionwatch.cli.setup", "schedule", "Print crontab lines or systemd units."),
    "deliveries": ("mentionwatch.cli.deliveries", "deliveries", "List sent and pending deliveries; retry them."),
    "opml": ("mentionwatch.cli.opml", "opml", "Import or export feeds as OPML."),
    "merge": ("mentionwatch.cli.housekeeping", "merge", "Merge another database into this one."),
    "backup": ("mentionwatch.cli.housekeeping", "backup", "Copy the database while it is in use."),
    "prune": ("mentionwatch.cli.housekeeping", "prune", "Delete what is older than the retention setting."),
    "forget": ("mentionwatch.cli.housekeeping", "forget", "Delete everything an author wrote."),
    "verify": ("mentionwatch.cli.housekeeping", "verify", "Check the database for damage and contradictions."),
    "demo": ("mentionwatch.cli.demo", "demo", "Run everything on bundled sample answers, without network."),
}


class LazyGroup(CommandGroup):
    """A group whose commands are imported when run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click takes its "Did you mean" candidates from the commands it holds, and a lazy group holds none.
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=list(COMMANDS), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])
