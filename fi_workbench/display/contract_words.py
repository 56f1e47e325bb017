"""What a contract promises, in the words of whoever sends the data."""

from __future__ import annotations

from fi_workbench.contracts import Cadence, Column, Contract

_EVERY = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}

_FORMS = {
    "delimited": "One CSV file, or one Excel workbook with one sheet. It may be alone in a zip file.",
    "cin_census_xml": "The children in need census as one XML file, as it is sent to the Department for Education.",
    "ssda903_return": "The return on children looked after (SSDA903), in one folder for each year: a CSV file for each "
    "module, one Excel workbook with a sheet for each, or the XML form.",
    "annex_a_workbook": "One Excel workbook with a sheet for each list, named List 1 to List 11.",
    "table_folder": "One folder with a file for each table: CSV, an Excel workbook with one sheet, or Parquet.",
}
_DELIVERIES = {
    "full": "Everything that holds on the day, each time. Whatever is no longer in it is taken to have ended.",
    "window": "Everything of the period that it covers. What lies outside the period stays as it was.",
    "increment": "Only what is new or has changed since the last time. What is not in it stays as it was.",
}
_SCOPES = {"census_year": " It replaces only the former delivery of the same collection year."}
_SENSITIVE = {
    "personal": "data that name a person",
    "special": "special category data (UK GDPR, Article 9) or data on offences",
    "case_reference": "case numbers",
}


def how_often(cadence: Cadence | None) -> str:
    """How often a source is delivered.

    Example:
        >>> how_often(Cadence(1, "w")), how_often(Cadence(2, "m"))
        ('Every week', 'Every 2 months')
    """
    if cadence is None:
        return "Not said"
    unit = _EVERY[cadence.unit]
    return f"Every {unit}" if cadence.value == 1 else f"Every {cadence.value} {unit}s"


def form(contract: Contract) -> str:
    """What kind of file it is."""
    return _FORMS[contract.format]


def called(contract: Contract) -> str:
    """What the file is called and how we know the day that it covers up to."""
    folder = f"It goes to the folder extracts/{contract.source}."
    if contract.as_of == "header":
        return f"Any name; the file's own header says which day it covers up to. {folder}"
    if contract.as_of == "folder":
        day = "2026" if contract.format == "ssda903_return" else "2026-11-22"
        what = "collection year" if contract.format == "ssda903_return" else "day that it covers up to"
        return f"A folder named by the {what}, as {contract.source}/{day}. {folder}"
    ending = "xlsx" if contract.format == "annex_a_workbook" else "csv"
    return f"{contract.source}_2026-11-22.{ending}: the day in the name is the day that it covers up to. {folder}"


def holds(contract: Contract) -> str:
    """What a delivery holds, and what absence from it means."""
    return _DELIVERIES[contract.delivery or "full"] + _SCOPES.get(contract.scope, "")


def sensitivity(contract: Contract) -> str:
    """What about people the source holds, as its columns are classified."""
    found = {column.classification for table in contract.tables.values() for column in table.columns.values()}
    parts = [words for name, words in _SENSITIVE.items() if name in found]
    if not parts:
        return "It holds no data that name a person."
    return f"It holds {', '.join(parts[:-1])}{' and ' if len(parts) > 1 else ''}{parts[-1]}. Send it by a secure way."


def written(column: Column) -> str:
    """How a value of a column is written."""
    match column.logical_type:
        case "date":
            said = f"Date, as {' or '.join(column.formats)}"
        case "integer" if column.enum:
            said = "One of the codes below"
        case "integer":
            said = "Whole number"
        case "number":
            said = "Number"
        case "boolean":
            said = "Yes or no (true, false, 1, 0, Y or N)"
        case "timestamp":
            said = "Time, as 2026-11-22 10:00:00"
        case _:
            said = "One of the codes below" if column.enum else "Text"
    limits = _limits(column)
    empty = [*column.placeholders, *column.missing_tokens]
    none = f" For none, leave it empty or write {' or '.join(empty)}." if empty else ""
    return f"{said}{limits}.{none}"


def _limits(column: Column) -> str:
    parts = []
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"from {column.minimum} to {column.maximum}")
    elif column.minimum is not None:
        parts.append(f"at least {column.minimum}")
    elif column.maximum is not None:
        parts.append(f"at most {column.maximum}")
    if column.max_length is not None and column.min_length == column.max_length:
        parts.append(f"{column.max_length} characters")
    elif column.max_length is not None:
        parts.append(f"at most {column.max_length} characters")
    return f", {', '.join(parts)}" if parts else ""
