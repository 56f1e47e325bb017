"""Cells run in this very process: IPython without a kernel, their outputs caught in the notebook format.

What a kernel would send over its socket is kept in a list instead: streams, displayed data, results and errors.
Differences from a kernel are three, and are tested: what a library writes past Python to the terminal is not caught,
there are no widgets, and `exit()` ends the process at once, where a kernel first ends what of its cell is left.
"""

from __future__ import annotations

import ast
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ipykernel.jsonutil import encode_images, json_clean
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Instance, Type, default
from traitlets.config import Config

Output = dict[str, Any]

NO_INPUT = "raw_input was called, but this frontend does not support input requests."


@dataclass(frozen=True)
class CellRan:
    """What a cell did.

    Attributes:
        outputs: in the notebook format.
        count: the number in brackets beside the cell.
        failed: whether it raised; the error is the last of its outputs.
        updated: displays of earlier cells that it changed, by their id.
    """

    outputs: list[Output]
    count: int
    failed: bool
    updated: Mapping[str, Output]


class _Caught:
    """The outputs of the cell that runs."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.outputs: list[Output] = []
        self.updated: dict[str, Output] = {}
        self._clear_before_next = False

    def add(self, output: Output) -> None:
        if self._clear_before_next:
            self.outputs, self._clear_before_next = [], False
        last = self.outputs[-1] if self.outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            self.outputs.append(output)

    def clear(self, *, wait: bool) -> None:
        if wait:
            self._clear_before_next = True
        else:
            self.outputs = []

    def update(self, display_id: str, data: Any, metadata: Any) -> None:
        self.updated[display_id] = {"data": data, "metadata": metadata}
        for output in self.outputs:
            if output.get("display_id") == display_id:
                output.update(data=data, metadata=metadata)


class _Stream(io.TextIOBase):
    """Standard output or error of a cell."""

    encoding = "UTF-8"

    def __init__(self, name: str, caught: _Caught) -> None:
        self.name, self._caught = name, caught

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._caught.add({"output_type": "stream", "name": self.name, "text": text})
        return len(text)


def _as_data(bundle: Any) -> Any:
    """Pictures as text, as a kernel sends them."""
    return json_clean(encode_images(bundle))  # type: ignore[no-untyped-call]


class _Publisher(DisplayPublisher):
    caught: _Caught

    def publish(  # type: ignore[override]  # the deprecated argument is not taken
        self, data: Any, metadata: Any = None, *, transient: Any = None, update: bool = False, **_: Any
    ) -> None:
        self._validate_data(data, metadata)  # type: ignore[no-untyped-call]
        shown = _as_data(data), metadata or {}
        display_id = (transient or {}).get("display_id", "")
        if update:
            self.caught.update(display_id, *shown)
            return
        named = {"display_id": display_id} if display_id else {}
        self.caught.add({"output_type": "display_data", "data": shown[0], "metadata": shown[1], **named})

    def clear_output(self, wait: bool = False) -> None:
        self.caught.clear(wait=wait)


class _Results(DisplayHook):
    caught: _Caught

    def quiet(self) -> bool:
        """Whether a semicolon at the end silences the result; most cells have none to look for."""
        history = self.shell.history_manager if self.shell is not None else None
        parsed = history.input_hist_parsed if history is not None else []
        return bool(parsed and ";" in parsed[-1] and super().quiet())  # type: ignore[no-untyped-call]

    def write_output_prompt(self) -> None:
        """Nothing is written: the number is in the output."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.caught.add(
            {
                "output_type": "execute_result",
                "data": _as_data(format_dict),
                "metadata": md_dict or {},
                "execution_count": self.prompt_count,
            }
        )

    def finish_displayhook(self) -> None:
        sys.stdout.flush()


PROMPTS = ("In [", ">>>", "...")
"""What stands before code that was copied from a session."""


class Transformers(TransformerManager):
    """Finds what only IPython understands, such as magics, in a cell."""

    def transform_cell(self, cell: str) -> str:
        """Make Python of a cell. What is Python already holds nothing else, and need not be looked through."""
        # Empty lines before a cell are taken off, and so are prompts, which may stand in a text or be an annotation.
        if cell[:1].isspace() or any(prompt in cell for prompt in PROMPTS) or not _is_python(cell):
            return str(super().transform_cell(cell))
        return cell if cell.endswith("\n") else f"{cell}\n"


def _is_python(cell: str) -> bool:
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError):
        return False
    return True


class _Shell(InteractiveShell):
    caught: _Caught
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Results)
    exiter = Instance(ZMQExitAutocall)
    keepkernel_on_exit = False
    """Whether `exit` was last called with an argument that is true: in a kernel that is the wish to go on."""

    @default("exiter")
    def _exit_of_a_kernel(self) -> ZMQExitAutocall:
        return ZMQExitAutocall(self)  # type: ignore[no-untyped-call]

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        error = {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
        self.caught.add(error)

    def ask_exit(self) -> None:  # `exit()` in a kernel ends the kernel
        if not self.keepkernel_on_exit:
            os._exit(0)

    def enable_gui(self, gui: Any = None) -> None:
        """No windows are opened."""


class Cells:
    """Runs cells one after another, as a kernel of their own would."""

    def __init__(self) -> None:
        for kind in (_Shell, InteractiveShell):  # one of this kind, or of another, that ran here before
            kind.clear_instance()
        config = Config()
        config.HistoryManager.enabled = False  # neither a file nor the thread that writes it
        caught = self._caught = _Caught()
        self._shell = _Shell.instance(config=config)
        self._shell.input_transformer_manager = Transformers()  # type: ignore[no-untyped-call]
        parts: tuple[Any, ...] = (self._shell, self._shell.display_pub, self._shell.displayhook)
        for part in parts:
            part.caught = caught

    def run(self, source: str) -> CellRan:
        """Run one cell."""
        self._caught.begin()
        with self._caught_streams():
            result = self._shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        count = result.execution_count or self._shell.execution_count - 1
        return CellRan(self._caught.outputs, count, not result.success, self._caught.updated)

    @contextmanager
    def _caught_streams(self) -> Iterator[None]:
        import builtins  # noqa: PLC0415
        import getpass  # noqa: PLC0415

        before = sys.stdout, sys.stderr, builtins.input, getpass.getpass
        sys.stdout, sys.stderr = _Stream("stdout", self._caught), _Stream("stderr", self._caught)
        builtins.input, getpass.getpass = _no_input, _no_input
        try:
            yield
        finally:
            sys.stdout, sys.stderr, builtins.input, getpass.getpass = before


def _no_input(*_: Any, **__: Any) -> str:
    raise StdinNotImplementedError(NO_INPUT)


_warm: list[Cells] = []


def warm() -> None:
    """Make a shell beforehand, in a process from which others are forked."""
    _warm.append(Cells())


def fresh() -> Cells:
    """A shell that has run nothing; once in a process."""
    return _warm.pop() if _warm else Cells()


Run = Callable[[str], CellRan]
