"""Cases 50 to 106: values that are wrong, odd, or right and written another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from fi_workbench.demo.dirt_table import Case, Clean, Files

PEOPLE = "case_people"
_BORN = 3
_SERIAL = "42036"


def _person(column: str, value: str):  # type: ignore[no-untyped-def]  # a small helper of this table
    return lambda c: c[PEOPLE].cell(column, value)


def _visit(column: str, value: str):  # type: ignore[no-untyped-def]
    return lambda c: c["visits"].cell(column, value)


def _pupil(column: str, value: str):  # type: ignore[no-untyped-def]
    return lambda c: c["school_attendance"].cell(column, value)


def _care(column: str, value: str):  # type: ignore[no-untyped-def]
    return lambda c: c["header"].file() | c["episodes"].cell(column, value)


def _child(column: str, value: str):  # type: ignore[no-untyped-def]
    return lambda c: c["header"].cell(column, value) | c["episodes"].file()


def _census(old: str, new: str, times: int = 1):  # type: ignore[no-untyped-def]
    return lambda c: c.census_file(lambda text: text.replace(old, new, times))


def _born(c: Clean) -> str:
    return c[PEOPLE].rows[3][_BORN]


def _american(c: Clean) -> Files:
    episodes = c["episodes"]
    rows = tuple((r[0], f"{r[1][3:5]}/{r[1][:2]}/{r[1][6:]}", *r[2:]) for r in episodes.rows)
    ends = tuple((*r[:7], f"{r[7][3:5]}/{r[7][:2]}/{r[7][6:]}" if r[7] else "", *r[8:]) for r in rows)
    return c["header"].file() | replace(episodes, rows=ends).file()


def _twice(c: Clean, **values: str) -> Files:
    people = c[PEOPLE]
    again = people.with_cells(values).rows[3]
    return replace(people, rows=(*people.rows, again)).file()


def _two_numbers(c: Clean) -> Files:
    people = c[PEOPLE]
    again = ("OLD00001", *people.rows[3][1:])
    return replace(people, rows=(*people.rows, again)).file()


def _one_upn(c: Clean) -> Files:
    people = c[PEOPLE]
    upn = next(row[10] for row in people.rows if row[10])
    other = next(i for i, row in enumerate(people.rows) if row[10] != upn and row[13] == "false")
    return people.with_cells({"upn": upn}, other).file()


def _unborn(c: Clean) -> Files:
    due = (c.day + timedelta(days=60)).isoformat()
    values = {"date_of_birth": "", "expected_date_of_birth": due, "sex": "U", "upn": "", "nhs_number": ""}
    return c[PEOPLE].with_cells(values).file()


def _orphan(c: Clean) -> Files:
    # One child's birth is no date: what hangs on the child can belong to nothing.
    return c.census_file(lambda t: t.replace("</PersonBirthDate>", " (est)</PersonBirthDate>", 1))


def _overlap(c: Clean) -> Files:
    episodes = c["episodes"]
    first = next(row for row in episodes.rows if row[7])
    started = date(int(first[1][6:]), int(first[1][3:5]), int(first[1][:2])) + timedelta(days=1)
    again = (first[0], f"{started:%d/%m/%Y}", *first[2:])
    return c["header"].file() | replace(episodes, rows=(*episodes.rows, again)).file()


VALUE_CASES = (
    Case("50", "a number in a formula", lambda c: c[PEOPLE].cell("person_id", f'"=""{c[PEOPLE].rows[3][0]}"""'), "accepted"),
    Case("51", "a number after an apostrophe", lambda c: c["school_attendance"].cell("school_urn", "'" + c["school_attendance"].rows[3][6]), "accepted"),
    Case("52", "a pupil number that lost a character", lambda c: c["school_attendance"].cell("upn", c["school_attendance"].rows[3][0][:-1]), "quarantined", "upn_shape"),
    Case("53", "a pupil number in scientific notation", _pupil("upn", "9.5E+11"), "quarantined", "upn_shape"),
    Case("54", "a pupil number without its letter", _pupil("upn", "2019000159040"), "quarantined", "upn_shape"),
    Case("55", "a wrong check letter", lambda c: c[PEOPLE].cell("upn", "A80120000500" + "1"), "noted", "upn_check_letter"),
    Case("56", "a pupil number in lower case, spaced", lambda c: c["school_attendance"].cell("upn", c["school_attendance"].rows[3][0].lower()[:4] + " " + c["school_attendance"].rows[3][0].lower()[4:]), "noted", "lower case or with spaces"),
    Case("57", "a temporary pupil number", _person("upn", "M80120000500A"), "accepted"),
    Case("58", "a pupil number of a new authority", _person("upn", "E838200000012"), "accepted"),
    Case("59", "one pupil number, two children", _one_upn, "accepted"),
    Case("60", "a pupil number and a reason for having none", lambda c: c.census_file(lambda t: t.replace("</UPN>", "</UPN>\n        <UPNunknown>UN2</UPNunknown>", 1)), "noted", "upn_or_reason"),
    Case("61", "an NHS number with spaces", _person("nhs_number", "999 000 0042"), "noted", "NHS numbers with spaces"),
    Case("62", "a wrong NHS check digit", _person("nhs_number", "9990000043"), "noted", "nhs_number_check_digit", differs="The row stays and its number is flagged: the rest of the record is true."),
    Case("63", "an NHS number of one digit repeated", _person("nhs_number", "4444444444"), "noted", "nhs_number_check_digit", differs="As 62."),
    Case("64", "an NHS number with a decimal", _person("nhs_number", "9990000042.0"), "noted", "NHS numbers with spaces or .0"),
    Case("65", "both declared ways of writing a date", lambda c: {"ssd/" + str(c.day) + "/ssd_cin_plans.csv": b"cinp_cin_plan_id,cinp_person_id,cinp_cin_plan_start_date\n1,A,2026-01-31\n2,B,31/01/2026\n"}, "accepted"),
    Case("66", "one date in American order", _care("DECOM", "02/13/2025"), "quarantined", "decom_is_a_date"),
    Case("66b", "most dates in American order", _american, "held", "month first"),
    Case("67", "a year of two digits", _care("DECOM", "01/02/25"), "quarantined", "decom_is_a_date"),
    Case("68", "the 31st of February", _visit("visit_date", "2026-02-31"), "quarantined", "visit_date_is_a_date"),
    Case("69", "the 29th of February of no leap year", _visit("visit_date", "2025-02-29"), "quarantined", "visit_date_is_a_date"),
    Case("70", "a placeholder that nobody declared", _person("date_of_birth", "1900-01-01"), "quarantined", "date_of_birth_is_a_date"),
    Case("70b", "00/00/0000", _care("DEC", "00/00/0000"), "quarantined", "dec_is_a_date"),
    Case("71", "a spreadsheet's serial number for a date", _visit("visit_date", _SERIAL), "quarantined", "visit_date_is_a_date"),
    Case("73", "a date at midnight", lambda c: c["visits"].cell("visit_date", c["visits"].rows[3][3] + " 00:00:00"), "noted", "time of midnight"),
    Case("73b", "a date with a time of day", lambda c: c["visits"].cell("visit_date", c["visits"].rows[3][3] + " 13:45:00"), "noted", "time of day"),
    Case("73c", "a time that the clocks skip or repeat", lambda c: c["visits"].cell("visit_date", c["visits"].rows[3][3] + "T01:30:00"), "noted", "time of day"),
    Case("74", "a date with a remark", lambda c: c[PEOPLE].cell("date_of_birth", _born(c) + " (est)"), "quarantined", "date_of_birth_is_a_date"),
    Case("75", "a birth after the extract", lambda c: c[PEOPLE].cell("date_of_birth", (c.day + timedelta(days=9)).isoformat()), "quarantined", "date_of_birth_not_after_extract"),
    Case("76", "a child not yet born", _unborn, "accepted"),
    Case("77", "a birth and an expected birth", lambda c: c[PEOPLE].cell("expected_date_of_birth", _born(c)), "noted", "born_or_expected"),
    Case("78", "a referral long before birth", lambda c: c.census_file(_early_referral), "quarantined", "referral_not_long_before_birth", n=-1),
    Case("79", "a closure before the referral", lambda c: c.census_file(lambda t: t.replace("</CINreferralDate>", "</CINreferralDate>\n        <CINclosureDate>2001-01-01</CINclosureDate>\n        <ReasonForClosure>RC7</ReasonForClosure>", 1)), "quarantined", "closure_not_before_referral", n=-1),
    Case("80", "a plan that begins after the child's death", lambda c: c.census_file(lambda t: t.replace("</PersonBirthDate>", "</PersonBirthDate>\n        <PersonDeathDate>2013-01-01</PersonDeathDate>", 1)), "accepted", differs="Accepted: the caseload ends everything on the day of death and says so."),
    Case("81", "two episodes of care that overlap", _overlap, "accepted", differs="Both kept; the caseload repairs the chain where it is used."),
    Case("82", "an end of care without its reason", lambda c: c["header"].file() | c["episodes"].with_cells({"REC": ""}, next(i for i, r in enumerate(c["episodes"].rows) if r[7])).file(), "noted", "ended_with_a_reason"),
    Case("83", "a start and an end on one day", lambda c: c["visits"].cell("recorded_on", c["visits"].rows[3][3]), "accepted"),
    Case("84", "a code that nobody knows", _visit("visit_rule", "ZZTOP"), "quarantined", "visit_rule_code_known"),
    Case("84b", "a code in capitals", lambda c: c["visits"].cell("visit_rule", c["visits"].rows[3][1].upper()), "noted", "another case"),
    Case("84c", "a code with its label", lambda c: c["header"].file() | c["episodes"].cell("CIN", c["episodes"].rows[3][4] + " - Abuse or neglect"), "noted", "with their label"),
    Case("84d", "a code retired before the year", _care("PLACE", "H5"), "quarantined", "place_code_in_force"),
    Case("84e", "sex as a number, as before 2025", _child("SEX", "1"), "noted", "read as letters"),
    Case("85", "a factor twice", lambda c: c.census_file(_factor_twice), "duplicate"),
    Case("86", "yes and no in other words", lambda c: c["visits"].with_cells({"seen": "Y", "seen_alone": "0"}).file(), "accepted"),
    Case("87", "a thousands separator", _pupil("sessions_possible", '"1,000"'), "quarantined", "sessions_possible_is_a_whole_number"),
    Case("87b", "a suppressed count", _pupil("sessions_possible", "<5"), "quarantined", "sessions_possible_is_a_whole_number"),
    Case("87c", "a star for a count", _pupil("sessions_possible", "*"), "quarantined", "sessions_possible_is_a_whole_number"),
    Case("88", "full-width digits", _pupil("sessions_possible", "９"), "quarantined", "sessions_possible_is_a_whole_number"),
    Case("89", "a space that cannot be broken around a value", _person("surname", "\u00a0Oak\u00a0"), "accepted"),
    Case("90", "a word for none that nobody declared", _pupil("sessions_possible", "NULL"), "quarantined", "sessions_possible_is_a_whole_number"),
    Case("91", "an empty field in quotation marks", _person("postcode", '""'), "accepted"),
    Case("92", "a postcode in lower case without its space", _person("postcode", "zz15ab"), "accepted"),
    Case("92b", "no fixed abode", _person("postcode", "ZZ99 3VZ"), "accepted"),
    Case("92c", "a postcode of the forces", _person("postcode", "BFPO 57"), "accepted"),
    Case("93", "half a postcode", _person("postcode", "M1"), "noted", "postcode_shape", differs="The row stays and its postcode is flagged: the rest of the record is true."),
    Case("94", "a case number used again for somebody else", lambda c: _twice(c, forename="Somebody", date_of_birth="2001-02-03", sex="U"), "quarantined", "key_unique", n=2, differs="Nothing says whose number it is, so neither is taken until a person has looked."),
    Case("95", "one child under two case numbers", _two_numbers, "accepted"),
    Case("97", "the same row twice", _twice, "duplicate"),
    Case("98", "one key, two different rows", lambda c: _twice(c, address="3 Another Street"), "quarantined", "key_unique", n=2),
    Case("99", "an episode whose parent was refused", _orphan, "quarantined", "parent_quarantined", n=-1),
    Case("100", "a formula that would run", _person("surname", "=cmd|'/c calc'!A1"), "accepted"),
    Case("101", "a script", _person("surname", "<script>alert(1)</script>"), "accepted"),
    Case("102", "a field of a megabyte", _person("address", "x" * 1_000_000), "quarantined", "address_too_long"),
    Case("103", "characters of four bytes", _person("surname", "𝒪𝒶𝓀"), "accepted"),
    Case("104", "a name with separate accents", _person("forename", "Zoe\u0308"), "accepted"),
    Case("105", "marks that change direction", _person("surname", "\u200eOak\u200f"), "accepted"),
    Case("106", "a baby without a forename", _person("forename", "Baby"), "accepted"),
    Case("106b", "a person of one name", lambda c: c[PEOPLE].with_cells({"forename": ""}).file(), "accepted"),
    Case("A17", "a number out of its range", _pupil("sessions_possible", "15"), "quarantined", "sessions_possible_in_range"),
    Case("A18", "a required value missing", _visit("recorded_on", ""), "quarantined", "recorded_on_present"),
    Case("A19", "an answer that is neither yes nor no", _visit("seen", "perhaps"), "quarantined", "seen_is_yes_or_no"),
    Case("A20", "seen alone and not seen", lambda c: c["visits"].with_cells({"seen": "false", "seen_alone": "true"}).file(), "quarantined", "seen_alone_needs_seen"),
    Case("A21", "a visit after the extract", lambda c: c["visits"].with_cells({"visit_date": (c.day + timedelta(days=3)).isoformat(), "recorded_on": (c.day + timedelta(days=3)).isoformat()}).file(), "quarantined", "visit_date_not_after_extract"),
    Case("A22", "more absence than school", lambda c: c["school_attendance"].with_cells({"sessions_possible": "4", "sessions_authorised_absence": "9"}).file(), "quarantined", "authorised_within_possible"),
)  # fmt: skip


def _early_referral(text: str) -> str:
    birth = text.index("<PersonBirthDate>") + len("<PersonBirthDate>")
    referral = text.index("<CINreferralDate>") + len("<CINreferralDate>")
    year = int(text[birth : birth + 4]) - 2
    return f"{text[:referral]}{year}{text[referral + 4 :]}"


def _factor_twice(text: str) -> str:
    start = text.index("<AssessmentFactors>")
    end = text.index("</AssessmentFactors>") + len("</AssessmentFactors>")
    return text[:end] + text[start:end] + text[end:]
