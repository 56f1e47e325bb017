"""The family of errors that a user can cause.

Each says what is wrong, where, how many, and what to do next; none ever carries a person's values. The command
line prints the message without a traceback and leaves with the error's exit code.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_WAITS = 3
"""Done, but something waits for a person: rows quarantined, a file held, a model not approved."""
EXIT_ALARM = 4
"""A source changed what it sends in a way that breaks its contract: that delivery is held, and no stage was run."""
EXIT_INTERRUPTED = 130
"""A person stopped it (Ctrl-C), a scheduler did (SIGTERM), or its terminal was closed (SIGHUP)."""


class WorkbenchError(Exception):
    """Anything that a person can put right, told in a sentence.

    Args:
        what: what is wrong, as a full sentence without values of any person.
        where: the file, table, column or setting.
        how_many: a count with its unit ("3 of 120 rows"), where there is one.
        next_step: what to do next: a command, a file, or the valid values.
    """

    exit_code: ClassVar[int] = EXIT_FAILED

    def __init__(self, what: str, *, where: str = "", how_many: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.how_many = how_many
        self.next_step = next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        """The parts that are there, in reading order."""
        lines = [self.what]
        if self.where:
            lines.append(f"Where: {self.where}")
        if self.how_many:
            lines.append(f"How many: {self.how_many}")
        if self.next_step:
            lines.append(f"What to do next: {self.next_step}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the journey between processes with every part."""
        return (_rebuild, (type(self), self.what, self.where, self.how_many, self.next_step))


def _rebuild(kind: type[WorkbenchError], what: str, where: str, how_many: str, next_step: str) -> WorkbenchError:
    return kind(what, where=where, how_many=how_many, next_step=next_step)


class WrongUseError(WorkbenchError):
    """A command, parameter or setting that cannot be meant: nothing was started."""

    exit_code = EXIT_WRONG_USE


class SettingsError(WrongUseError):
    """A settings file that is missing, unreadable or has a key that does not exist."""


class ContractError(WorkbenchError):
    """A contract file that breaks the contract language, or a frame that breaks its contract."""


class RefusedFileError(WorkbenchError):
    """A file that cannot be read as what it claims to be; nothing of it was taken."""


class MissingColumnsError(RefusedFileError):
    """A file without columns that its contract requires."""


class SourceAlarmError(WorkbenchError):
    """A source broke what its contract states, so nothing that comes after loading was begun."""

    exit_code = EXIT_ALARM


class StoreError(WorkbenchError):
    """The lake cannot be read or written as asked."""


class LockedError(StoreError):
    """Another run is writing to this workspace."""


class DiskFullError(StoreError):
    """There is no room to write; what stood before still stands."""


class CalendarError(WorkbenchError):
    """A date outside the years whose bank holidays are known."""


class SegmentationError(WorkbenchError, ValueError):
    """A segmentation cannot be fitted, read or used as asked.

    It is a ValueError too, as users of scikit-learn's estimators expect.
    """


class AllocationError(SegmentationError):
    """Families cannot all be placed within the capacities given."""


class MatchingError(WorkbenchError):
    """The intervention catalogue or a match cannot be used as asked."""


class DisclosureError(WorkbenchError):
    """Something that must not leave was about to. Nothing was written."""


class BriefError(WorkbenchError):
    """A brief cannot be planned, run or published."""
