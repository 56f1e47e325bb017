"""A question card in words: what stands with every figure that answers it."""

from __future__ import annotations

from fi_workbench.matching.cards import TIME_ZERO_WORDS, USUAL_SUPPORT, QuestionCard
from fi_workbench.matching.catalogue import InterventionCatalogue


def card_markdown(card: QuestionCard, catalogue: InterventionCatalogue | None = None) -> str:
    """Set a card out as Markdown.

    Args:
        card: the question.
        catalogue: for the names of the arms; their ids stand where none is given or an arm is unknown to it.
    """
    names = {each.id: each.name for each in catalogue.interventions} if catalogue else {}
    window = (
        f"offered within {card.grace_days} days of time zero, whatever came of the offer"
        if card.grace_days
        else "offered on the day of time zero, whatever came of the offer"
    )
    followed = f"Followed for {card.outcome.horizon_days} days; {card.outcome.direction} is better."
    lines = [
        f"### {card.title}",
        "",
        f"Question card `{card.id}`, version {card.version}. Owner: {card.owner}.",
        "",
        f"- **Who:** {card.eligibility}",
        f"- **Time zero, for every arm:** {TIME_ZERO_WORDS[card.time_zero]}.",
        f"- **Arm 0:** usual support (`{USUAL_SUPPORT}`): nothing of the catalogue offered in that window.",
        f"- **Other arms:** {', '.join(names.get(arm, arm) for arm in card.arms)}; {window}.",
        f"- **Outcome:** {card.outcome.definition} {followed}",
        f"- **What ends the possibility of it:** {_listed(card.competing) or 'nothing that is counted apart'}.",
        "- **Contrast:** families offered it against like families that were not.",
        f"- **Made alike in:** {'; '.join(_block(name, card.covariates[name]) for name in card.adjust_for)}.",
        f"- **Not recorded, so not made alike:** {_listed(card.unmeasured) or 'nothing that the diagram names'}.",
    ]
    lines += [
        f"- **Protected characteristic adjusted for:** {each.field}. {each.why} Agreed by {each.agreed_by}."
        for each in card.protected
    ]
    control = card.negative_control
    if control:
        acting = ", ".join(names.get(arm, arm) for arm in control.acted_on_by)
        but = f" These may lower it, so more of it alone counts: {acting}."
        lines.append(
            f"- **Negative control:** {control.definition} {control.why}" + (but if control.acted_on_by else "")
        )
    lines += [f"- **Cannot say:** {limit}" for limit in card.limits]
    lines += ["", "Diagram: " + ", ".join(f"`{arrow}`" for arrow in card.diagram) + "."]
    return "\n".join(lines) + "\n"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _block(name: str, columns: tuple[str, ...]) -> str:
    return f"{name.replace('_', ' ')} ({', '.join(column.replace('_', ' ') for column in columns)})"
