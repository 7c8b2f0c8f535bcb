"""``rules``: what is urgent and why, tried on what is stored before it holds."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mentionwatch.cli.context import Context
from mentionwatch.cli.global_options import CommandGroup, global_options
from mentionwatch.cli.params import TABLE_FORMATS, output_options, time_option


@click.group(cls=CommandGroup, default="list")
def rules() -> None:
    """List, test, replay and apply the rules that make a mention urgent: the built-in ones and your own."""


@rules.command("list")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, form: str | None, output: Path | None) -> int:
    """List the rules in the order they apply: the built-in ones, then those of [[rules]], and the people by role."""
    from mentionwatch.render.rules import rules_json, rules_text

    config = context.optional_config()
    own, people = ((), ()) if config is None else (config.rules, config.people)
    context.write_rows("rules", "rules", rules_json(own), rules_text(own, people), form, output)
    return 0


@rules.command("test", short_help="Show what each rule would do on the stored mentions.")
@click.option("--since", default="90d", show_default=True, metavar="WHEN", help="Count mentions since this time.")
@click.option("--when", "query", metavar="QUERY", help="Also try this query as the last rule.")
@output_options(*TABLE_FORMATS)
@global_options
def test_(context: Context, since: str, query: str | None, form: str | None, output: Path | None) -> int:
    """Show what the rules of this configuration (or of --config NEW) would do on the stored mentions.

    For each rule, how many it matches, with examples; and what would differ from now. Nothing is written.
    """
    from mentionwatch.app.rules import try_rules
    from mentionwatch.render.rules import trial_json, trial_text

    config = context.config()
    begin = time_option(since, context.env.now(), option="--since")
    with context.store() as store, store.reading():
        trial = try_rules(store, config, begin, query)
    if form == "json":
        document = {"schema": "mentionwatch.rules-test/1", "since": f"{begin:%Y-%m-%dT%H:%M:%SZ}", **trial_json(trial)}
        text = json.dumps(document, indent=1)
    elif form == "jsonl":
        text = "".join(json.dumps(row) + "\n" for row in trial_json(trial)["rules"])
    else:
        text = trial_text(trial, begin)
    context.write_output(text, output)
    return 0


@rules.command("replay", short_help="Show how often rules and alerts would have fired, week by week.")
@click.option("--since", default="90d", show_default=True, metavar="WHEN", help="Since this time.")
@output_options(*TABLE_FORMATS)
@global_options
def replay_(context: Context, since: str, form: str | None, output: Path | None) -> int:
    """Show how often each rule, each level and each alert would have fired, in weeks from --since on.

    Alerts are counted as [[notify]] would send them if nobody had answered: each story once, and after a spike no other
    of its kind for a day. Nothing is written.
    """
    from mentionwatch.app.rule_replay import replay_rules
    from mentionwatch.render.rules import replay_text

    config, now = context.config(), context.env.now()
    begin = time_option(since, now, option="--since")
    with context.store() as store, store.reading():
        rows = replay_rules(store, config, begin, now)
    context.write_rows("rules-replay", "rows", rows, replay_text(rows, begin, now), form, output)
    return 0


@rules.command("apply", short_help="Apply the rules to stored mentions too.")
@click.option("--since", default="90d", show_default=True, metavar="WHEN", help="Count mentions since this time.")
@click.option("--dry-run", is_flag=True, help="Count the log entries that would be made, without making them.")
@global_options
def apply_(context: Context, since: str, dry_run: bool) -> int:
    """Judge what is stored by the current rules, and let them assign and ignore what was found before them.

    The next scan judges by them anyway, and acts on what is found from then on. What a person has moved stays as it is.
    """
    from mentionwatch.app.rules import apply_rules
    from mentionwatch.render.phrases import count

    config, now = context.config(), context.env.now()
    begin = time_option(since, now, option="--since")
    with context.store(write=True) as store:
        applied = apply_rules(store, config, begin, now, dry_run=dry_run)
    verb = "would be made" if dry_run else "made"
    entries, judged = count(applied.entries, "entry", "entries"), count(applied.judged, "mention")
    context.write(f"{entries} in the log {verb}, {judged} judged again")
    return 0
