"""Safe reading of a return in XML: what is refused before it is parsed, and one child at a time after that.

XML can carry a document type that expands to gigabytes or reaches for other files. No return needs one, so a file
with a document type is refused before its body is parsed, and the parser resolves nothing all the same. Messages are
our own: the parser's quote the file, and the file is about people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from lxml import etree

from fi_workbench.errors import RefusedFileError

_CHUNK = 65_536
_OTHER_KINDS = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"%PDF": "a PDF document",
}
_SEND_AGAIN = "Ask for the file to be exported again; nothing of this one was taken."


@dataclass(frozen=True)
class XmlForm:
    """One kind of return in XML.

    Attributes:
        root: its first element.
        called: what messages call it, after "a" and "no": "census".
    """

    root: str
    called: str

    @property
    def wrong_folder(self) -> str:
        """What to do with a file that is something else."""
        return (
            "If it is an extract of another source, put it in that source's folder under extracts/; if it is a "
            f"{self.called}, ask for it to be exported again."
        )


class _RootReached(Exception):  # noqa: N818 - a signal that ends the look ahead, not a fault
    """The first element, with its name."""


class _DocumentType(Exception):  # noqa: N818
    """A document type declaration."""


def refuse_unsafe(path: Path, form: XmlForm) -> None:
    """Refuse a file that is not of a form before anything of it is parsed.

    The look ahead ends at the first element, so that it costs nothing on a large file.

    Raises:
        RefusedFileError: empty, another kind of file, a document type, or another root element.
    """
    if path.stat().st_size == 0:
        raise RefusedFileError("The file is empty (0 bytes).", where=path.name, next_step=_SEND_AGAIN)
    with path.open("rb") as stream:
        start = stream.read(4)
        for signature, kind in _OTHER_KINDS.items():
            if start.startswith(signature):
                raise RefusedFileError(
                    f"The file is {kind}, not a {form.called} in XML.",
                    where=path.name,
                    next_step=f"Put it in the folder of its own source, or export the {form.called} as XML.",
                )
        stream.seek(0)
        root = _first_element(stream, path.name, form)
    if root != form.root:
        found = "is in a namespace, which it must not be" if " " in root else f"is not {form.root}"
        raise RefusedFileError(
            f"The file's first element {found}, so it is no {form.called}.",
            where=path.name,
            next_step=form.wrong_folder,
        )


def _first_element(stream: BinaryIO, name: str, form: XmlForm) -> str:
    """The name of the first element, with its namespace before a blank."""

    def reached(tag: str, _attributes: object) -> None:
        raise _RootReached(tag)

    def declared(*_parts: object) -> None:
        raise _DocumentType

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reached
    parser.StartDoctypeDeclHandler = declared
    try:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except _RootReached as found:
        return str(found)
    except _DocumentType:
        raise RefusedFileError(
            "The file has a document type (DOCTYPE). No return needs one, and it can be made to do harm.",
            where=f"{name}, line {parser.CurrentLineNumber}",
            next_step="Find out where the file came from before anything else is done with it.",
        ) from None
    except expat.ExpatError as error:
        raise RefusedFileError(
            "The file is not readable as XML.",
            where=f"{name}, line {error.lineno}, column {error.offset + 1}",
            next_step=form.wrong_folder,
        ) from None
    except (LookupError, ValueError):
        raise RefusedFileError(
            "The file declares an encoding that cannot be read.",
            where=name,
            next_step="Ask for the file in UTF-8.",
        ) from None
    raise RefusedFileError("The file ends before its first element.", where=name, next_step=_SEND_AGAIN)


def elements(
    path: Path, form: XmlForm, tags: tuple[str, ...], document: BinaryIO | None = None
) -> Iterator[etree._Element]:
    """Each element of the tags, complete, in the order in which they end; the caller clears what it has read.

    A document is read in the place of the file where one is given.

    Comments and processing instructions are dropped, so that the text around one is one text.

    Raises:
        RefusedFileError: the file is cut off, not well-formed, wrongly encoded or nested too deeply. Elements may have
            been yielded before: use nothing until the iterator has ended.
    """
    with path.open("rb") if document is None else document as stream:
        parsed = etree.iterparse(
            stream,
            events=("end",),
            tag=tags,
            remove_comments=True,
            remove_pis=True,
            strip_cdata=True,
            load_dtd=False,
            no_network=True,
            resolve_entities=False,
            huge_tree=False,
        )
        try:
            for _, element in parsed:
                yield element
        except etree.XMLSyntaxError as error:
            known = max(error.offset or 0, 0)
            place = f"{path.name}, line {error.lineno}, column {known}" if error.lineno else path.name
            last = parsed.error_log.last_error
            kind = last.type_name if last is not None else ""
            told = _explained(kind, error.msg or "", form, whole=_ends_whole(path, form))
            raise RefusedFileError(told, where=place, next_step=_SEND_AGAIN) from None


_CUT_OFF = "The file is cut off: it ends before its last element is closed."
_ENCODING = "The file holds bytes that do not fit the encoding that it declares."
_REASONS = {
    "ERR_DOCUMENT_END": _CUT_OFF,
    "ERR_DOCUMENT_EMPTY": _CUT_OFF,
    "ERR_TAG_NOT_FINISHED": _CUT_OFF,
    "ERR_GT_REQUIRED": _CUT_OFF,
    "ERR_LTSLASH_REQUIRED": _CUT_OFF,
    "ERR_INVALID_ENCODING": _ENCODING,
    "ERR_INVALID_CHAR": _ENCODING,
    "ERR_UNKNOWN_ENCODING": _ENCODING,
    "I18N_CONV_FAILED": _ENCODING,
    "ERR_TAG_NAME_MISMATCH": "The file is not well-formed XML: an element is closed by another's end.",
    "ERR_UNDECLARED_ENTITY": "The file uses an entity that XML does not have and that it does not declare.",
}


def _explained(kind: str, message: str, form: XmlForm, *, whole: bool) -> str:
    """What went wrong, by the parser's kind of error; its words are only looked at, never passed on."""
    if kind == "ERR_DOCUMENT_END" and message.startswith("Extra content"):
        return f"The file goes on after the end of {form.root}."
    if kind == "ERR_RESOURCE_LIMIT":
        return f"The file nests elements more deeply, or holds longer text, than any {form.called}."
    if not whole and kind in {"ERR_TAG_NAME_MISMATCH", "ERR_NAME_REQUIRED"}:
        return _CUT_OFF
    return _REASONS.get(kind, "The file is not well-formed XML.")


def _ends_whole(path: Path, form: XmlForm) -> bool:
    """Whether the file's last bytes end the root element; zero bytes are those of UTF-16."""
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - 512, 0))
        return stream.read().replace(b"\x00", b"").rstrip().endswith(f"</{form.root}>".encode())
