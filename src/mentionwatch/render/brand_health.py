"""How precise a brand's terms are, as text."""

from __future__ import annotations

from mentionwatch.precision import MIN_LABELS, BrandHealth, SentimentAgreement, TermHealth
from mentionwatch.render.phrases import count
from mentionwatch.render.sanitize import squeezed


def health_text(brand: BrandHealth) -> str:
    lines = [f"{squeezed(brand.brand)}: {count(brand.mentions, 'mention')}, {_precision(brand.whole)}"]
    width = max((len(squeezed(term.term)) for term in brand.terms), default=0)
    lines += [f"  {squeezed(t.term):<{width}}  {count(t.matches, 'mention'):>14}, {_precision(t)}" for t in brand.terms]
    if brand.remedies:
        lines.append("  What would remove most noise, measured on the stored mentions:")
        lines += [
            f"    exclude {squeezed(r.clause)!r}: {r.noise} of {brand.noise} noise removed, {r.relevant} relevant lost,"
            f" {r.unlabelled} without a label"
            for r in brand.remedies
        ]
    elif brand.whole.labelled < MIN_LABELS:
        lines.append("  Label some: mentionwatch label ID relevant|noise")
    return "\n".join(lines)


def agreement_text(agreement: SentimentAgreement) -> str:
    """How often the labels agree with the verdicts; empty without labels."""
    if not agreement.labelled:
        return ""
    share = f" (a share is given from {MIN_LABELS} on)"
    if agreement.share is not None:
        share = f" ({agreement.share.low:.0%} to {agreement.share.high:.0%})"
    lines = [f"  sentiment: {count(agreement.labelled, 'label')}, {agreement.agreed} as judged{share}"]
    lines += [
        f"    {number} judged {verdict or 'not at all'}, labelled {label}"
        for verdict, label, number in agreement.others
    ]
    return "\n".join(lines)


def _precision(term: TermHealth) -> str:
    if term.relevant is None:
        return f"{term.labelled} labelled (precision is given from {MIN_LABELS} on)"
    r = term.relevant
    return f"{r.share:.0%} relevant ({r.low:.0%} to {r.high:.0%}, {term.labelled} labelled)"
