"""Code lists about a person that the census of children in need and the looked after return share."""

from __future__ import annotations

from fi_workbench.vocabulary.codes import Code, code_list, grouped

CIN_GUIDE = "Children in need census, Department for Education schemas 2017 to 2026"
SSDA903_GUIDE = "Children looked after return (SSDA903), Department for Education guides 2017 to 2027"

SEX_FIRST_YEAR = 2025
"""The first collection year that asks for M, F or U; before it, numbers."""

SEX_FROM_NUMBER: dict[str, str] = {"1": "M", "2": "F", "0": "U", "9": "U"}
"""GenderCurrent (census) and SEX (SSDA903) up to 2024: 1 male, 2 female, 0 not known, 9 not specified."""

SEX = code_list("sex", CIN_GUIDE, Code("M", "Male"), Code("F", "Female"), Code("U", "Unknown or not yet born"))

ETHNICITY = code_list(
    "ethnicity",
    CIN_GUIDE,
    *grouped(
        "White",
        WBRI="White British",
        WIRI="White Irish",
        WIRT="Traveller of Irish heritage",
        WOTH="Any other White background",
        WROM="Gypsy or Roma",
    ),
    *grouped(
        "Mixed",
        MWBC="White and Black Caribbean",
        MWBA="White and Black African",
        MWAS="White and Asian",
        MOTH="Any other mixed background",
    ),
    *grouped(
        "Asian or Asian British",
        AIND="Indian",
        APKN="Pakistani",
        ABAN="Bangladeshi",
        AOTH="Any other Asian background",
    ),
    *grouped(
        "Black or Black British",
        BCRB="Caribbean",
        BAFR="African",
        BOTH="Any other Black background",
    ),
    *grouped("Other", CHNE="Chinese", OOTH="Any other ethnic group"),
    *grouped("Not known", REFU="Refused", NOBT="Information not yet obtained"),
)

PRIMARY_NEED = code_list(
    "primary need",
    CIN_GUIDE,
    Code("N1", "Abuse, neglect and exploitation"),
    Code("N2", "Child's disability"),
    Code("N3", "Parental disability or illness"),
    Code("N4", "Family in acute stress"),
    Code("N5", "Family dysfunction"),
    Code("N6", "Socially unacceptable behaviour"),
    Code("N7", "Low income"),
    Code("N8", "Absent parenting"),
    Code("N9", "Cases other than children in need"),
    Code("N0", "Not stated"),
)
"""N1 was labelled "abuse or neglect" before 2026; the SSDA903 has N1 to N8 only."""

UPN_UNKNOWN = code_list(
    "reason without a UPN",
    CIN_GUIDE,
    Code("UN1", "Child not of school age, and has no UPN yet"),
    Code("UN2", "Child has never attended a maintained school in England"),
    Code("UN3", "Child educated outside England"),
    Code("UN4", "Newly looked after, UPN not yet known"),
    Code("UN5", "Sources disagree, UPN being resolved"),
    Code("UN6", "Child not looked after, UPN not yet known"),
    Code("UN7", "Referral with no further action"),
)
