"""A diagram of causes as a list of arrows, and whether an adjustment set closes every back door in it.

The criterion is Pearl's: no member of the set comes after the arm, and the set blocks every path from the arm to
the outcome that begins with an arrow into the arm. Blocking is read off the moral graph of the ancestors once the
arrows out of the arm are taken away: what is still connected there is an open path.

Source:
    Pearl, Causality (2009), definition 3.3.1; Lauritzen and others, Networks 20 (1990), on separation by moral graphs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fi_workbench.errors import MatchingError

ARM = "arm"
OUTCOME = "outcome"
_ARROW = "->"


@dataclass(frozen=True)
class Diagram:
    """Who causes what, as the analyst believes.

    Attributes:
        parents: for each name of the diagram, the names with an arrow into it.
    """

    parents: Mapping[str, frozenset[str]]

    @property
    def names(self) -> frozenset[str]:
        """Everything that stands in the diagram."""
        return frozenset(self.parents)

    def ancestors(self, of: Collection[str]) -> frozenset[str]:
        """These and all that leads to them."""
        found: set[str] = set()
        todo = list(of)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self.parents[name])
        return frozenset(found)

    def descendants(self, of: str) -> frozenset[str]:
        """All that it leads to, without itself."""
        return frozenset(name for name in self.names if name != of and of in self.ancestors([name]))

    def without_arrows_from(self, name: str) -> Diagram:
        """The same diagram in which a name causes nothing."""
        return Diagram({each: parents - {name} for each, parents in self.parents.items()})

    def open_path(self, start: str, goal: str, blocked: Collection[str]) -> tuple[str, ...]:
        """A way from start to goal in the moral graph of their ancestors that avoids what is blocked.

        Returns:
            The names on a shortest such way; empty where start and goal are separated.
        """
        kept = self.ancestors([start, goal, *blocked])
        beside: dict[str, set[str]] = {name: set() for name in kept}
        for name in kept:
            married = [*self.parents[name], name]
            for one in married:
                beside[one].update(other for other in married if other != one)
        came_from: dict[str, str] = {start: ""}
        ring = [start]
        while ring and goal not in came_from:
            step = [(near, name) for name in ring for near in sorted(beside[name]) if near not in blocked]
            ring = []
            for near, name in step:
                if near not in came_from:
                    came_from[near] = name
                    ring.append(near)
        if goal not in came_from:
            return ()
        way = [goal]
        while way[-1] != start:
            way.append(came_from[way[-1]])
        return tuple(reversed(way))


def parse_diagram(arrows: Collection[str], *, where: str) -> Diagram:
    """Read arrows written as `cause -> effect`.

    Raises:
        MatchingError: an arrow is not written so, or the arrows go round in a circle, or arm or outcome is missing.
    """
    parents: dict[str, set[str]] = {}
    wrong = 0
    for arrow in arrows:
        cause, sign, effect = (part.strip() for part in arrow.partition(_ARROW))
        if not cause or not sign or not effect or _ARROW in effect or cause == effect:
            wrong += 1
            continue
        parents.setdefault(cause, set())
        parents.setdefault(effect, set()).add(cause)
    if wrong:
        raise MatchingError(
            "Some arrows of the diagram cannot be read.",
            where=where,
            how_many=f"{wrong} of {len(arrows)} arrows",
            next_step="Write each as `cause -> effect`, between two different names.",
        )
    missing = [name for name in (ARM, OUTCOME) if name not in parents]
    if missing:
        raise MatchingError(
            f"The diagram has no {' and no '.join(missing)}.",
            where=where,
            next_step="Draw what leads to being offered an intervention (`arm`) and to the `outcome`.",
        )
    diagram = Diagram({name: frozenset(causes) for name, causes in parents.items()})
    circle = sorted(
        name for name in diagram.names if any(name in diagram.ancestors([cause]) for cause in diagram.parents[name])
    )
    if circle:
        raise MatchingError(
            "The arrows of the diagram go round in a circle.",
            where=f"{where}: {', '.join(circle)}",
            next_step="Nothing causes itself: take out the arrow that points back in time.",
        )
    return diagram


def check_back_door(diagram: Diagram, adjust_for: Collection[str], *, where: str) -> None:
    """Refuse an adjustment set that the diagram says is wrong.

    Raises:
        MatchingError: a member stands nowhere in the diagram, comes after the arm, or a back door stays open.
    """
    strangers = sorted(set(adjust_for) - diagram.names)
    if strangers:
        raise MatchingError(
            "The adjustment set names what the diagram does not have.",
            where=f"{where}: {', '.join(strangers)}",
            next_step="Draw its arrows, or leave it out.",
        )
    after = sorted({*adjust_for} & (diagram.descendants(ARM) | {ARM}))
    if after:
        raise MatchingError(
            "The adjustment set holds what comes after the arm, which would adjust away a part of the effect.",
            where=f"{where}: {', '.join(after)}",
            next_step="Leave it out of adjust_for.",
        )
    way = diagram.without_arrows_from(ARM).open_path(ARM, OUTCOME, frozenset(adjust_for))
    if way:
        raise MatchingError(
            "The adjustment set leaves a back door open: " + " - ".join(way) + ".",
            where=where,
            next_step="Add one of the names between, or list what nobody records under `unmeasured`.",
        )
