"""Whether the units of the settings are those of the roster: a unit by a new code in one of them is two units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fi_workbench.measures.holders import workers_on
from fi_workbench.settings import Settings
from fi_workbench.store import Lake, Pin


@dataclass(frozen=True)
class UnitsApart:
    """Units that only one of the two knows, by code.

    Attributes:
        empty: in the settings, by name, and nobody in the roster is in post there, so that they hold no family.
        unnamed: in the roster, and not in the settings.
    """

    empty: dict[str, str]
    unnamed: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.empty or self.unnamed)

    def __str__(self) -> str:
        """What is apart, and what to do."""
        told = [
            f"{name} ({code}) is in the settings, but the roster has no worker in post there, so it gets no brief."
            for code, name in self.empty.items()
        ]
        if self.unnamed:
            some = (
                "units that the settings do not name" if len(self.unnamed) > 1 else "a unit not named in the settings"
            )
            told.append(f"The roster has {some}: {', '.join(self.unnamed)}.")
        return f"{' '.join(told)} If a unit has a new code, give it in the settings or in the roster, whichever is old."


def units_apart(lake: Lake, pin: Pin, settings: Settings, day: date) -> UnitsApart:
    """Compare the units of the settings with those in which the roster has somebody on a day.

    A child is held by the unit of its worker, so a unit without a worker holds nobody.

    Args:
        lake: the workspace's lake.
        pin: what was known.
        settings: those of the run. Where they name no unit, or no roster is loaded, there is nothing to compare.
        day: the week's Sunday.
    """
    named = {unit.code: unit.name for unit in settings.units}
    posts = workers_on(lake.read("roster", pin), day)["unit"].unique().to_list() if named else []
    if not posts:
        return UnitsApart({}, ())
    empty = {code: name for code, name in sorted(named.items()) if code not in posts}
    return UnitsApart(empty, tuple(sorted(set(posts) - set(named))))
