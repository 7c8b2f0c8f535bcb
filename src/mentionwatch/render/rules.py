"""Rules, and what they would do, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mentionwatch.analysis.default_rules import default_rules
from mentionwatch.analysis.rule_trial import RuleTrial
from mentionwatch.model import Person, Rule
from mentionwatch.render.phrases import count
from mentionwatch.render.sanitize import squeezed

#: Changes of urgency that are listed.
_MOST_CHANGES = 8


def rules_json(rules: Iterable[Rule]) -> list[dict[str, object]]:
    """The built-in rules, then the user's, in the order they apply."""
    rows: list[dict[str, object]] = [
        {"name": name, "built_in": True, "when": when, "then": then} for name, when, then in default_rules()
    ]
    return rows + [{"name": rule.name, "built_in": False, "when": rule.when, "then": _then(rule)} for rule in rules]


def rules_text(rules: Sequence[Rule], people: Iterable[Person]) -> str:
    """The rules as a list, and the people by role."""
    lines = ["Built in, by points (docs/judging.md)"]
    lines += [f"  {when:<62} {then}" for _, when, then in default_rules()]
    lines += ["", "Your own, after these" if rules else "Your own: none; write [[rules]] (docs/rules.md)"]
    for rule in rules:
        lines += [f"  {squeezed(rule.name, 60)}", f"      when {squeezed(rule.when, 300)}"]
        lines.append(f"      then {_actions(rule)}")
    roles = Counter(person.role for person in people)
    if roles:
        lines += ["", "People: " + ", ".join(count(number, role) for role, number in roles.most_common())]
    return "\n".join(lines)


def trial_json(trial: RuleTrial) -> dict[str, Any]:
    return {
        "mentions": trial.mentions,
        "rules": [
            {
                "name": rule.name,
                "when": rule.when,
                "then": _then(rule),
                "fits": trial.matches[rule.name],
                "share": round(trial.share(rule.name), 4),
                "examples": [mention for mention, _ in reversed(trial.examples.get(rule.name, ()))],
            }
            for rule in trial.rules
        ],
        "urgency": [{"from": old, "to": new, "mentions": n} for (old, new), n in trial.changes.most_common()],
        "retagged": trial.retagged,
    }


def trial_text(trial: RuleTrial, since: datetime) -> str:
    lines = [f"{count(trial.mentions, 'mention')} since {since:%Y-%m-%d}"]
    for rule in trial.rules:
        matches, share = trial.matches[rule.name], trial.share(rule.name)
        lines += ["", f"{squeezed(rule.name, 60)}: matches {matches:,} ({share:.1%}); {_actions(rule)}"]
        lines += [f"  {one}  {squeezed(text, 60)}" for one, text in reversed(trial.examples.get(rule.name, ()))]
        if trial.matches_nearly_all(rule.name):
            lines.append("  it matches nearly everything, so it does not discriminate")
        elif not matches:
            lines.append("  no stored mention")
    changes = [f"{number:,} {old} → {new}" for (old, new), number in trial.changes.most_common(_MOST_CHANGES)]
    if trial.retagged:
        changes.append(f"{trial.retagged:,} with other tags")
    lines += ["", f"Compared with the stored verdicts: {', '.join(changes) or 'nothing changes'}"]
    lines += [f"  {one}  {old} → {new}" for one, old, new in reversed(trial.changed)]
    return "\n".join(lines)


def replay_text(rows: Sequence[Mapping[str, Any]], since: datetime, until: datetime) -> str:
    """A line for each row of :func:`mentionwatch.app.rule_replay.replay_rules`: the weekly average, and each week."""
    labels = [f"{squeezed(row['what'], 60)}: {squeezed(row['name'], 60)}" for row in rows]
    width = max(map(len, labels), default=0)
    days = (until - since) / timedelta(days=1)
    weeks = count(len(rows[0]["per_week"]) if rows else 0, "week")
    lines = [f"{days:.0f} days from {since:%Y-%m-%d}, {weeks}; the weekly average, then each week"]
    lines += [
        f"  {label:<{width}}  {row['fired'] * 7 / max(days, 1):7.1f}  {' '.join(map(str, row['per_week']))}"
        for label, row in zip(labels, rows, strict=True)
    ]
    return "\n".join(lines)


def _then(rule: Rule) -> dict[str, object]:
    then: dict[str, object] = {"urgency": rule.urgency, "assign": rule.assign, "tag": list(rule.tags)}
    return then | {"ignore": rule.ignore, "notify": list(rule.notify)}


def _actions(rule: Rule) -> str:
    parts = [
        f"urgency {rule.urgency}" if rule.urgency else "",
        f"assign {squeezed(rule.assign, 60)}" if rule.assign else "",
        f"tag {', '.join(rule.tags)}" if rule.tags else "",
        "ignore" if rule.ignore else "",
        f"notify {', '.join(squeezed(name, 60) for name in rule.notify)}" if rule.notify else "",
    ]
    return "; ".join(part for part in parts if part) or "nothing: it is only tried"
