"""``rules``: what is urgent and why, tried on what is stored before it holds."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mentionwatch.cli.options import TABLE_FORMATS, Context, Family, global_options, output_options
from mentionwatch.cli.times import moment
from mentionwatch.errors import UserError

if TYPE_CHECKING:
    from mentionwatch.analysis import Judged, Rulebook
    from mentionwatch.config import Config, Notify
    from mentionwatch.model import Rule
    from mentionwatch.store import Store
    from mentionwatch.store.verdicts import Unjudged

#: Mentions shown of each rule, and moves of urgency told.
_EXAMPLES, _MOVES = 3, 8
#: A rule that fits so many of the stored mentions tells nothing apart; said from so many mentions on.
EVERYTHING, ENOUGH = 0.9, 20
_LEVELS = ("urgent", "high", "normal", "low")


@click.group(cls=Family, default="list")
def rules() -> None:
    """What makes a mention urgent, and what else is to happen: the built-in rules and your own."""


@rules.command("list")
@output_options(*TABLE_FORMATS)
@global_options
def list_(context: Context, form: str | None, output: Path | None) -> int:
    """List the rules in the order they apply: the built-in ones, then those of [[rules]], and the people by role."""
    from mentionwatch.analysis.built_in import built_in
    from mentionwatch.render.wording import count

    config = context.config() if context.has_config() else None
    own = () if config is None else config.rules
    rows: list[dict[str, object]] = [
        {"name": name, "built_in": True, "when": when, "then": then} for name, when, then in built_in()
    ]
    rows += [{"name": rule.name, "built_in": False, "when": rule.when, "then": _then(rule)} for rule in own]
    lines = ["Built in, by points (docs/judging.md)"]
    lines += [f"  {row['when']:<62} {row['then']}" for row in rows if row["built_in"]]
    lines += ["", "Your own, after these" if own else "Your own: none; write [[rules]] (docs/rules.md)"]
    for rule in own:
        lines += [f"  {_shown(rule.name, 60)}", f"      when {_shown(rule.when, 300)}", f"      then {_said(rule)}"]
    roles = Counter(person.role for person in (() if config is None else config.people))
    if roles:
        lines += ["", "People: " + ", ".join(count(number, role) for role, number in roles.most_common())]
    context.deliver_rows("rules", "rules", rows, "\n".join(lines), form, output)
    return 0


@rules.command("test", short_help="Say what each rule would do on the stored mentions.")
@click.option("--since", default="90d", show_default=True, metavar="WHEN", help="Mentions that count from then on.")
@click.option("--when", "query", metavar="QUERY", help="Try this query too, as if it were the last rule.")
@output_options(*TABLE_FORMATS)
@global_options
def test_(context: Context, since: str, query: str | None, form: str | None, output: Path | None) -> int:
    """Say what the rules of this configuration (or of --config NEW) would do on the stored mentions.

    Per rule how many it fits, with examples; and what would be different from now. Nothing is written.
    """
    config = context.config()
    begin = moment(since, context.env.now(), option="--since")
    with context.store() as store, store.reading():
        trial = tried(store, config, _book(config, query), begin)
    if form in ("json", "jsonl"):
        document = {"schema": "mentionwatch.rules-test/1", "since": begin.isoformat()[:19] + "Z", **trial.as_json()}
        told = json.dumps(document, indent=1) if form == "json" else ""
        if form == "jsonl":
            told = "".join(json.dumps(row) + "\n" for row in trial.as_json()["rules"])
        context.deliver(told, output)
    else:
        context.deliver(_told_trial(trial, begin), output)
    return 0


@rules.command("replay", short_help="Say how often rules and alerts would have fired, week by week.")
@click.option("--since", default="90d", show_default=True, metavar="WHEN", help="From then on.")
@output_options(*TABLE_FORMATS)
@global_options
def replay_(context: Context, since: str, form: str | None, output: Path | None) -> int:
    """Say how often each rule, each level and each alert would have fired, in weeks from --since on.

    Alerts as those of [[notify]] would get them if nobody had answered: each story once, and after an episode no other
    of its kind for a day. Nothing is written.
    """
    from mentionwatch.render.wording import count

    config, now = context.config(), context.env.now()
    begin = moment(since, now, option="--since")
    with context.store() as store, store.reading():
        rows = replayed(store, config, begin, now)
    weeks = len(rows[0]["per_week"]) if rows else 0
    width = max((len(_label(row)) for row in rows), default=0)
    days = (now - begin) / timedelta(days=1)
    lines = [f"{days:.0f} days from {begin:%Y-%m-%d} on, {count(weeks, 'week')}; a week on average, and each"]
    lines += [
        f"  {_label(row):<{width}}  {row['fired'] * 7 / max(days, 1):7.1f}  {' '.join(map(str, row['per_week']))}"
        for row in rows
    ]
    context.deliver_rows("rules-replay", "rows", rows, "\n".join(lines), form, output)
    return 0


@rules.command("apply", short_help="Have the rules act on the past too.")
@click.option("--since", default="90d", show_default=True, metavar="WHEN", help="Mentions that count from then on.")
@click.option("--dry-run", is_flag=True, help="Say how many entries would be made, and make none.")
@global_options
def apply_(context: Context, since: str, dry_run: bool) -> int:
    """Judge what is stored by the rules as they are now, and let them assign and ignore what was found before them.

    The next scan judges by them anyway, and acts on what is found from then on. What somebody has moved stays as it is.
    """
    from mentionwatch.collect.verdicts import apply_moves, judge_one, judge_pending, rulebook
    from mentionwatch.render.wording import count

    config, now = context.config(), context.env.now()
    book = rulebook(config)
    brands = {brand.name: brand for brand in config.brands}
    begin = moment(since, now, option="--since")
    with context.store(write=True) as store:
        judged = 0 if dry_run else judge_pending(store, config.brands, now, book=book)
        with store.writing():
            wanted = [
                (one, judge_one(one, brands[one.brand], book).moves) for one in store.verdicts.to_judge(brands, begin)
            ]
            entries = apply_moves(store, wanted, None, now, dry_run=dry_run)
    verb = "would be made" if dry_run else "made"
    context.write(f"{count(entries, 'entry', 'entries')} in the log {verb}, {count(judged, 'mention')} judged anew")
    return 0


# -- what the commands are made of -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Trial:
    """What rules come to on stored mentions: per rule the ids it fits, and what changes against the verdicts kept."""

    book: Rulebook
    mentions: int = 0
    fits: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    moved: list[tuple[str, str, str]] = field(default_factory=list)
    retagged: int = 0

    def share(self, rule: str) -> float:
        """The part of the mentions that a rule fits."""
        return len(self.fits.get(rule, ())) / max(self.mentions, 1)

    def fits_everything(self, rule: str) -> bool:
        """Whether a rule tells nothing apart, where there are mentions enough to say so."""
        return self.mentions >= ENOUGH and self.share(rule) >= EVERYTHING

    def as_json(self) -> dict[str, Any]:
        """The trial as values."""
        return {
            "mentions": self.mentions,
            "rules": [
                {
                    "name": rule.name,
                    "when": rule.when,
                    "then": _then(rule),
                    "fits": len(self.fits.get(rule.name, ())),
                    "share": round(self.share(rule.name), 4),
                    "examples": self.fits.get(rule.name, [])[-_EXAMPLES:][::-1],
                }
                for rule in self.book.rules
            ],
            "urgency": [{"from": old, "to": new, "mentions": n} for (old, new), n in self.moves.most_common()],
            "retagged": self.retagged,
        }


def tried(store: Store, config: Config, book: Rulebook, since: datetime | None) -> Trial:
    """Judge every stored mention by these rules, and hold it against the verdict that is kept."""
    from mentionwatch.render.inert import squeezed

    trial = Trial(book)
    kept = store.verdicts.saved({brand.name for brand in config.brands}, since)
    for one, made in _judged(store, config, book, since):
        trial.mentions += 1
        for hit in made.hits:
            trial.fits.setdefault(hit.rule, []).append(one.id)
        if made.hits:
            trial.words[one.id] = squeezed(one.item.title or one.item.text, 60)
        before = kept.get(one.seq)
        if before is None:
            continue
        level, tags = before
        if level != made.urgency.level:
            trial.moves[level, made.urgency.level] += 1
            trial.moved.append((one.id, level, made.urgency.level))
        trial.retagged += tags != made.tags
    return trial


def _judged(store: Store, config: Config, book: Rulebook, since: datetime | None) -> Iterator[tuple[Unjudged, Judged]]:
    from mentionwatch.collect.verdicts import judge_one

    brands = {brand.name: brand for brand in config.brands}
    for one in store.verdicts.to_judge(brands, since):
        yield one, judge_one(one, brands[one.brand], book)


def _book(config: Config, query: str | None) -> Rulebook:
    from mentionwatch.collect.verdicts import rulebook
    from mentionwatch.model import Rule
    from mentionwatch.query.evaluate import compile_query

    book = rulebook(config)
    if query is None:
        return book
    try:
        compile_query(query, True)
    except UserError as error:
        raise UserError(*(f"--when: {line}" if n == 0 else line for n, line in enumerate(error.problems))) from None
    return replace(book, rules=(*book.rules, Rule("--when", query)))


def replayed(store: Store, config: Config, since: datetime, now: datetime) -> list[dict[str, Any]]:
    """Rows of what would have fired: rules, levels, late answers, snowballs, spikes, and alerts by name and kind."""
    from mentionwatch.analysis.replay import per_week
    from mentionwatch.collect.verdicts import rulebook

    found: dict[tuple[str, str], list[datetime]] = {("rule", rule.name): [] for rule in config.rules}
    found |= {("level", level): [] for level in _LEVELS[:2]}
    alerts: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    stories: set[tuple[str, str, str]] = set()
    grew = _snowballs(store, config, since)
    found |= {("snowball", brand.name): [] for brand in config.brands}
    late = _Late(store, config, now)
    for one, made in _judged(store, config, rulebook(config), since):
        if one.own or one.backlog or one.counts_at is None:
            continue
        for hit in made.hits:
            found["rule", hit.rule].append(one.counts_at)
        if made.urgency.level in _LEVELS[:2]:
            found["level", made.urgency.level].append(one.counts_at)
        is_late = late.is_late(one, made.urgency.level)
        if is_late:
            found.setdefault(("clock", "answered too late, or not yet"), []).append(one.counts_at)
        found["snowball", one.brand] += grew.get(one.id, ())
        for notify in config.notify:
            for kind in _told_of(notify, config, one, made, is_late, one.id in grew, stories):
                at = grew[one.id][0] if kind == "snowball" else one.counts_at
                alerts[f"alert {notify.name}", kind].append(at)
    spikes = _spikes(store, config, since, now)
    for notify in config.notify:
        if "spike" in notify.when:
            mine = [
                at for brand, times in spikes.items() if not notify.brands or brand in notify.brands for at in times
            ]
            alerts[f"alert {notify.name}", "spike"] += mine
    found |= {("spike", brand): times for brand, times in spikes.items()}
    found |= alerts
    return [
        {"what": what, "name": name, "fired": len(times), "per_week": list(per_week(times, since, now))}
        for (what, name), times in found.items()
    ]


class _Late:
    """Which first answers came later than `reply_within` allows, or have not come yet and should have."""

    def __init__(self, store: Store, config: Config, now: datetime) -> None:
        from mentionwatch.app.deadlines import sla_policy

        self._terms, self._now = sla_policy(config), now
        self._logs = store.triage.logs() if self._terms.reply_within else {}

    def is_late(self, one: Unjudged, level: str) -> bool:
        from mentionwatch.response.clock import clocks, times

        allowed = self._terms.reply_within.get(level)
        if allowed is None or one.brand not in self._terms.brands or one.counts_at is None:
            return False
        return times(clocks(one.counts_at, self._logs.get(one.id, ())), self._terms, self._now).first_answer > allowed


def _told_of(
    notify: Notify,
    config: Config,
    one: Unjudged,
    made: Judged,
    is_late: bool,
    grew: bool,
    stories: set[tuple[str, str, str]],
) -> Iterator[str]:
    """The kinds of which this one would have been told for a mention; ``stories`` are those told already."""
    from mentionwatch.alerts import meant
    from mentionwatch.model import Mention

    if notify.brands and one.brand not in notify.brands:
        return
    mention = Mention(
        one.id, one.brand, one.item, None, one.source, one.first_seen_at, one.matches,
        hits=made.hits, person=made.person, role=made.role,
    )  # fmt: skip
    asked = meant(mention, notify.rules, notify.people, notify.roles)
    if asked and "overdue" in notify.when and is_late:
        yield "overdue"
    is_urgent = made.urgency.level == "urgent"
    for kind in (kind for kind, holds in (("snowball", grew), ("urgent", is_urgent)) if asked and holds):
        story = (notify.name, kind, one.story or one.id)
        if kind in notify.when and story not in stories:
            stories.add(story)
            yield kind
    if asked and "urgent" in notify.when and is_urgent:
        return
    sent = {rule.name for rule in config.rules if notify.name in rule.notify}
    hits = {hit.rule for hit in made.hits}
    if (hits & sent and made.role != "troll") or (asked and "rule" in notify.when and hits):
        yield "rule"
    elif asked and "person" in notify.when and made.person is not None and made.role != "own":
        yield "person"


def _snowballs(store: Store, config: Config, since: datetime) -> dict[str, list[datetime]]:
    """When the posts that were asked for again began to grow ever faster, by mention."""
    from mentionwatch.analysis.growth import replay

    found: dict[str, list[datetime]] = {}
    for mention, _, item in store.mentions.growing([brand.name for brand in config.brands], since):
        readings = store.items.engagement_history(item)
        began = [one.at for one in replay(readings, store.threads.spread(item, readings[-1].at)) if one.at >= since]
        if began:
            found[mention] = began
    return found


def _spikes(store: Store, config: Config, since: datetime, now: datetime) -> dict[str, list[datetime]]:
    """When episodes would have begun, by brand; none for a brand of few, of which each mention is told."""
    from mentionwatch.analysis.replay import Said, episodes
    from mentionwatch.analysis.spikes import HISTORY, WINDOW

    found: dict[str, list[datetime]] = {}
    for brand in config.brands:
        began = store.spikes.watching_since(brand.name)
        if began is None:
            continue
        said = [Said(one.at, one.negative) for one in store.spikes.mention_times(brand.name, since - HISTORY - WINDOW)]
        volume, negative = episodes(said, began, since, now)
        found[brand.name] = sorted([*volume, *negative])
    return found


# -- in words ----------------------------------------------------------------------------------------------------------


def _then(rule: Rule) -> dict[str, object]:
    said: dict[str, object] = {"urgency": rule.urgency, "assign": rule.assign, "tag": list(rule.tags)}
    return said | {"ignore": rule.ignore, "notify": list(rule.notify)}


def _said(rule: Rule) -> str:
    parts = [
        f"urgency {rule.urgency}" if rule.urgency else "",
        f"assign {_shown(rule.assign, 60)}" if rule.assign else "",
        f"tag {', '.join(rule.tags)}" if rule.tags else "",
        "ignore" if rule.ignore else "",
        f"notify {', '.join(_shown(name, 60) for name in rule.notify)}" if rule.notify else "",
    ]
    return "; ".join(part for part in parts if part) or "nothing: it is tried only"


def _shown(text: str, longest: int) -> str:
    from mentionwatch.render.inert import squeezed

    return squeezed(text, longest)


def _label(row: Mapping[str, Any]) -> str:
    return f"{_shown(row['what'], 60)}: {_shown(row['name'], 60)}"


def _told_trial(trial: Trial, since: datetime) -> str:
    from mentionwatch.render.wording import count

    lines = [f"{count(trial.mentions, 'mention')} since {since:%Y-%m-%d}"]
    for rule in trial.book.rules:
        ids = trial.fits.get(rule.name, [])
        lines += ["", f"{_shown(rule.name, 60)}: fits {len(ids):,} ({trial.share(rule.name):.1%}); {_said(rule)}"]
        lines += [f"  {one}  {trial.words[one]}" for one in ids[-_EXAMPLES:][::-1]]
        if trial.fits_everything(rule.name):
            lines.append("  it fits nearly everything, and tells nothing apart")
        elif not ids:
            lines.append("  no stored mention")
    lines += ["", "Against what holds now:" + _changes(trial)]
    lines += [f"  {one}  {old} → {new}" for one, old, new in trial.moved[-_EXAMPLES:][::-1]]
    return "\n".join(lines)


def _changes(trial: Trial) -> str:
    said = [f"{number:,} {old} → {new}" for (old, new), number in trial.moves.most_common(_MOVES)]
    if trial.retagged:
        said.append(f"{trial.retagged:,} tagged otherwise")
    return " " + (", ".join(said) or "nothing changes")


def everything(store: Store, config: Config, most: int = 2_000) -> Sequence[tuple[str, float, int]]:
    """Rules that fit nearly all of the newest stored mentions: name, share, and of how many."""
    from mentionwatch.collect.verdicts import rulebook

    if not config.rules:
        return ()
    trial = tried(store, config, rulebook(config), store.mentions.newest_since({b.name for b in config.brands}, most))
    return [(r.name, trial.share(r.name), trial.mentions) for r in config.rules if trial.fits_everything(r.name)]
