"""Workbooks written by hand, cell by cell, so that nothing but the file format is trusted."""

from __future__ import annotations

import base64
import contextlib
import io
import struct
import zipfile
import zlib
from datetime import date
from html import unescape

import pytest

from fi_workbench.contracts import all_contracts, check
from fi_workbench.errors import RefusedFileError
from fi_workbench.loaders.workbook import read_workbook

TABLE = all_contracts().table("supervision")
HEAD = ["worker_id", "due_date", "held_date"]
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SERIAL = (date(2026, 11, 2) - date(1899, 12, 30)).days


def cell(value):
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c><v>{value}</v></c>"
    if value.startswith("#"):
        return f'<c t="e"><v>{value}</v></c>'
    if value.startswith("="):
        return f"<c><f>{value[1:]}</f></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>' if value else "<c/>"


def letters(k):
    return (chr(64 + k // 26) if k >= 26 else "") + chr(65 + k % 26)


def workbook(*sheets, hidden=()):
    """Bytes of a workbook; a sheet is a list of rows, None for a row that is not there."""
    out = io.BytesIO()
    kinds = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{kinds}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(
            f'<sheet name="S{i}" sheetId="{i + 1}" {"state=" + chr(34) + "hidden" + chr(34) if i in hidden else ""} r:id="r{i}"/>'
            for i in range(len(sheets))
        )
        archive.writestr("xl/workbook.xml", f'<workbook {NS} xmlns:r="{REL}"><sheets>{names}</sheets></workbook>')
        links = "".join(
            f'<Relationship Id="r{i}" Type="{REL}/worksheet" Target="worksheets/s{i}.xml"/>' for i in range(len(sheets))
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}<Relationship Id="st" Type="{REL}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/styles.xml", f'<styleSheet {NS}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
        )
        for i, rows in enumerate(sheets):
            body = ""
            for number, row in enumerate(rows, start=1):
                if row is not None:
                    placed = "".join(
                        cell(v).replace("<c", f'<c r="{letters(k)}{number}"', 1) for k, v in enumerate(row)
                    )
                    body += f'<row r="{number}">{placed}</row>'
            archive.writestr(f"xl/worksheets/s{i}.xml", f"<worksheet {NS}><sheetData>{body}</sheetData></worksheet>")
    return out.getvalue()


def opendocument():
    """A small OpenDocument sheet, with empty cells that repeat."""
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{urn}:{name}:1.0"' for name in ("office", "table", "text"))

    def placed(*values):
        kind = {date: "date' office:date-value='{}'", str: "string'"}
        cells = "".join(
            f"<table:table-cell office:value-type='{kind[type(v)].format(v)}><text:p>{v}</text:p></table:table-cell>"
            for v in values
        )
        return f"<table:table-row>{cells}<table:table-cell table:number-columns-repeated='3'/></table:table-row>"

    rows = placed(*HEAD) + placed("W1", date(2026, 11, 2)) + placed("W2", "2026-11-03", date(2026, 11, 4))
    body = f"<office:spreadsheet><table:table table:name='S'>{rows}</table:table></office:spreadsheet>"
    manifest = '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{urn}:manifest:1.0">{manifest}</m:manifest>')
        archive.writestr("content.xml", f"<office:document-content {spaces}><office:body>{body}</office:body></office:document-content>")  # fmt: skip
    return out.getvalue()


def edited(data, change):
    """The workbook with its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def in_sheet(before, after):
    """A change of the first sheet."""
    return lambda name, part: part.replace(before, after) if name.endswith("s0.xml") else part


def run(data):
    read = read_workbook(data, "supervision.xlsx", TABLE)
    return read, check(read.table.rows, TABLE, as_of=date(2026, 11, 22))


def test_rows_keep_their_true_numbers_and_typed_and_text_dates_meet():
    read, checked = run(
        workbook(
            [
                ["Supervision"],
                None,
                HEAD,
                ["W1", date(2026, 11, 2), ""],
                None,
                ["W2", "2026-11-03", "2026-11-04"],
                [3, date(2026, 11, 2), ""],
            ]
        )
    )
    assert checked.accepted["worker_id"].to_list() == ["W1", "W2", "3"]
    assert checked.accepted["due_date"].to_list() == [date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 2)]
    assert checked.accepted["_line"].to_list() == [4, 6, 7]
    assert read.table.non_records == {"blank": 2, "header": 1, "title": 1}


def test_a_cell_with_an_error_is_no_empty_cell_and_quarantines_its_row():
    read, checked = run(workbook([["Title"], HEAD, ["W1", "2026-11-03", "#N/A"], ["W2", "2026-11-03", ""]]))
    assert read.holds == ()
    assert checked.by_rule == {"cells_without_error": 1}
    assert checked.accepted["worker_id"].to_list() == ["W2"]
    assert checked.quarantined["_line"].to_list() == [3]


def test_a_formula_without_a_result_refuses_the_file():
    with pytest.raises(RefusedFileError, match="formulas without results") as refused:
        run(workbook([HEAD, ["W1", "2026-11-03", "=TODAY()"]]))
    assert refused.value.how_many == "1 cells"


def test_a_bare_serial_number_is_no_date():
    _, checked = run(workbook([HEAD, ["W1", SERIAL, ""]]))
    assert checked.by_rule == {"due_date_is_a_date": 1}


def test_hidden_sheets_are_not_read_and_said():
    read, checked = run(workbook([HEAD, ["W9", "2026-11-03", ""]], [HEAD, ["W1", "2026-11-03", ""]], hidden=(0,)))
    assert checked.accepted["worker_id"].to_list() == ["W1"]
    assert any("hidden" in note.what for note in read.notes)


def test_a_cell_with_line_ends_and_marks_stays_one_cell():
    _, checked = run(workbook([HEAD, ['W1 "a"\nb\tc', "2026-11-03", ""], ["W2", "2026-11-03", ""]]))
    assert checked.accepted["worker_id"].to_list() == ['W1 "a"\nb\tc', "W2"]
    assert checked.accepted["_line"].to_list() == [2, 3]


@pytest.mark.parametrize("end", ["\n", "&#13;", "&#13;\n", "&#x2028;"])
def test_a_cell_of_two_lines_stays_one_cell(end):
    """As Alt and Enter write it, and with no other mark beside it; found by the fuzzer as a whole file that stopped."""
    _, checked = run(
        workbook([HEAD, [f"W1{end}b", "2026-11-03", ""], ["W2", "2026-11-03", f"{end}x"], ["W3", "2026-11-03", ""]])
    )
    assert checked.accepted["worker_id"].to_list() == [f"W1{unescape(end)}b", "W3"]
    assert checked.by_rule == {"held_date_is_a_date": 1}
    assert checked.accepted["_line"].to_list() == [2, 4]


def with_a_far_cell(part, old, new):
    """A workbook whose first heading stands a hundred million columns away, and one part of which is spoilt."""
    whole = io.BytesIO(workbook([HEAD, ["W1", "2026-11-03", ""]]))
    out = io.BytesIO()
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(out, "w") as again:
        for name in archive.namelist():
            content = archive.read(name).replace(b'r="A1"', b'r="AXXXXXXX1"')
            again.writestr(
                name.replace(old, new) if name == part == old else name,
                content.replace(old.encode(), new.encode()) if name == part else content,
            )
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", "xmlns:r=", "xmlns:q="),
        ("xl/workbook.xml", ' name="S0"', ' name="S0" name="S1"'),
        ("xl/_rels/workbook.xml.rels", "xl/_rels/workbook.xml.rels", "xl/_rels/Workbook.xml.rels"),
        ("xl/worksheets/s0.xml", "xl/worksheets/s0.xml", "xl/worksheets/S0.xml"),
    ],
)
def test_a_sheet_that_only_the_library_finds_does_not_stop_the_process(part, old, new):
    """It asks for more memory than a machine has, and ends the process that asked."""
    with pytest.raises(RefusedFileError, match="damaged"):
        run(with_a_far_cell(part, old, new))


def test_a_workbook_whose_parts_are_written_in_another_case_is_read():
    sound = workbook([HEAD, ["W1", "2026-11-03", ""]]).replace(b"xl/worksheets/s0.xml", b"xl/worksheets/S0.xml")
    assert run(sound)[1].accepted["worker_id"].to_list() == ["W1"]


def in_two_parts():
    """A workbook that says it is the first of two archives: a locator of 64 bits stands before the end."""
    whole = workbook([HEAD])
    end = whole.rindex(b"PK\5\6")
    return whole[:end] + b"PK\6\7" + struct.pack("<LQL", 0, 0, 2) + whole[end:]


def without_end():
    """An OpenDocument of which a table never ends, for which the library looks until it is stopped."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(opendocument())) as archive, zipfile.ZipFile(out, "w") as again:
        for name in archive.namelist():
            again.writestr(name, archive.read(name).replace(b"</table:table>", b"</table:tabl>"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (in_two_parts(), "damaged"),
        (without_end(), "damaged"),
        (workbook([HEAD], [HEAD]), "Several sheets have the header of supervision: S0, S1"),
        (workbook([["a", "b"]]), "No visible sheet"),
        (workbook([HEAD], hidden=(0,)), "No visible sheet"),
        (workbook([HEAD])[:300], "damaged"),
        (b"worker_id,due_date\n", "damaged"),
        (b"", "empty"),
    ],
)
def test_what_cannot_be_read_is_refused(data, told):
    with pytest.raises(RefusedFileError) as caught:
        run(data)
    assert told in str(caught.value)


ONE_ROW = workbook([HEAD, ["W1", "2026-11-03", "2026-11-04"]])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (in_sheet(b'r="B2"', b'r="[2"'), "damaged"),
        (in_sheet(b'r="B2"', b'r="B99999999999"'), "damaged"),
        (in_sheet(b"</row></sheetData>", b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "so far from its table"),
        (in_sheet(b'<row r="2"', b'<row r="99999999999"'), "damaged"),
        (in_sheet(b'r="A2"', b'r="AAAA2"'), "damaged"),
        (in_sheet(b"<c ", b"<k "), "No visible sheet"),
        (lambda name, part: part[:-20] if name.endswith("workbook.xml") else part, "damaged"),
    ],
)  # fmt: skip
def test_a_sheet_that_was_tampered_with_is_refused(change, told):
    with pytest.raises(RefusedFileError) as caught:
        run(edited(ONE_ROW, change))
    assert told in str(caught.value)
    assert "W1" not in str(caught.value)


def test_a_flipped_byte_anywhere_is_refused_or_changes_nothing():
    whole = run(ONE_ROW)[1].accepted
    for at in range(0, len(ONE_ROW), 37):
        spoilt = bytearray(ONE_ROW)
        spoilt[at] ^= 0xFF
        with contextlib.suppress(RefusedFileError):
            assert run(bytes(spoilt))[1].accepted.equals(whole), at


def test_a_far_cell_with_a_form_and_no_value_is_no_far_value():
    _, checked = run(edited(ONE_ROW, in_sheet(b"</row></sheetData>", b'</row><row r="9"><c r="XFD1048576" s="1"/></row></sheetData>')))  # fmt: skip
    assert checked.accepted.height == 1


def test_elements_with_a_prefix_hide_no_error_and_no_formula():
    """As programs write them that serialise the namespace with a prefix."""

    def prefixed(name, part):
        if not name.endswith("s0.xml"):
            return part
        for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v", b"is", b"t", b"f"):
            for mark in (b">", b" ", b"/"):
                part = part.replace(b"<" + tag + mark, b"<x:" + tag + mark).replace(
                    b"</" + tag + mark, b"</x:" + tag + mark
                )
        return part.replace(b"xmlns=", b"xmlns:x=")

    _, checked = run(edited(workbook([HEAD, ["W1", "2026-11-03", "#N/A"], ["W2", "2026-11-03", ""]]), prefixed))
    assert checked.by_rule == {"cells_without_error": 1}
    assert checked.accepted["worker_id"].to_list() == ["W2"]
    with pytest.raises(RefusedFileError, match="formulas without results"):
        run(edited(workbook([HEAD, ["W1", "2026-11-03", "=TODAY()"]]), prefixed))


def test_an_opendocument_sheet_is_read_as_an_excel_one():
    _, checked = run(opendocument())
    assert checked.accepted["worker_id"].to_list() == ["W1", "W2"]
    assert checked.accepted["due_date"].to_list() == [date(2026, 11, 2), date(2026, 11, 3)]
    assert checked.accepted["held_date"].to_list() == [None, date(2026, 11, 4)]
    assert checked.accepted["_line"].to_list() == [2, 3]


STOPS_ITS_READER = (
    "c-p&gUhu)fjZzO87#Mh%7!bgYftlgoe@+HABr!%H=7ezs7=ZHs|AUw?ngfXckAfiuI5~h3$;QgCoA(SmC=NmK{g8o)VFSxS22gr<"
    "1jI261q^=qd8rC?1WsT#Br<~BU<)J}8Rh^*_!uO?t`Y*1$zW0#Os)s3+yf>Zz#_e1(iW)p0b>-yd3!%C3ur2iU{V6h@iBnR-451s"
    "3oK&DAj)t8l#1&oFf!l*j0~&{jzyV?Iq0efql5xNLXL%pVF?2;mfchHQj0)*eukwCTnr2@F8aQ{`jJ5JfI$S90+uj*{jb2l@CD}K"
    "0}2Bnen5fY0mC424?V>hf$_%h167<Ihd2i?64AvcGqEr*G%);60Oy=mV5zOh0!bvne}Gwn706_T6z1jmMcJuE@tG;W!aJojH9jS="
    "Bo!!}k(!eNW&?9YxFIl&7#SFu=^7a88W?ebG=fVF0hCgM7o3}TfMf~-KbS2D&Qk(F7yeoK@se*+fPFkzqyb!0K<X1!kV_f<Gc<y9"
    "05$W0Wticl7FdTim}~-@Dh*~!fk_ddH-NNSfHIWf)(lqD0+v+++G7j`m+jS&*cw1~>+8TBf_r}XG{~;s!LoivSaX5pewTBy)Bjjb"
    "n*B<?pvXr4jqLgva_b9n9}DFsM=gHTwKJvIy7TQ;_1{bZ-pni_(E3i1!Tx2o(t04PmJ#G028N0peNdnlXQZZ<6zdlo>Q&_C)CPF+"
    "9Wvng<29B2!J$Uysm~bxG_Z#RCVRL{J7qZK`Q&d63{!tSOBL&v5x%?0^~o#Anlo!RoN;EJP~GkL+*itA+F8}W3o%i<oa8vR&U8F@"
    "c-^}10$aMBPF9v(S~GQtN!XQXGf#V+d*Uls(!W;YMb8(9g=)D=&Pj5vQSq66LHnlvfx}@Tceup&c2}hRO8d3{=T(F9Ew8Uip55`_"
    "!H!oC!jCU9=k^IG(ul8RVSaz)DtCZ4Ba;X-!i(3t)gRV?3R!S*ivSJak|)|ZKd&S;uOvRCvLLlM7UW-a1H^XUYcB(`?gBA4iUDhZ"
    "WPDL-PO-ioh(y;Y*ZSCA6UbiY{;*19-F5qg3`)RMn*xkt5Nu}9Vbo!qH4_AO+QVo@X!URxOiE%@6&y?g(B$<WTA=eY`~{VRKp+Sv"
    "Av{n5W`y&Ypvf7en-R=M)y)Xj4N9_gOk7~s2{G_pU;?XWLQ@Y?!30*%2Q?p(T|imEj!B4N8@MIrfD}+%45MI(g3;P%*w;Ry<kUW+"
    "McZi6HVQ_;C>S1qY0$ci5qZFe7!CiB)Bym$4%TM"
)


def test_an_old_workbook_that_stops_its_reader_is_refused():
    """Found by fuzzing: the library asks for so much memory that the process which read it is ended."""
    data = zlib.decompress(base64.b85decode(STOPS_ITS_READER))
    with pytest.raises(RefusedFileError, match="damaged"):
        run(data)
