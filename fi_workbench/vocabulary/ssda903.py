"""Code lists of the return on children looked after (SSDA903)."""

from __future__ import annotations

from fi_workbench.vocabulary.codes import Code, code_list, grouped, since
from fi_workbench.vocabulary.persons import PRIMARY_NEED, SSDA903_GUIDE

MODULE_FIRST_YEAR = {"ssda903_sw_episodes": 2024, "ssda903_dolo": 2027}
"""The first collection year of modules that the return of 2017 did not have."""

PRIMARY_NEED_LOOKED_AFTER = code_list(
    "primary need of a looked after child (CIN)",
    SSDA903_GUIDE,
    *(code for code in PRIMARY_NEED if code.value not in {"N9", "N0"}),
)

REASON_NEW_EPISODE = code_list(
    "reason for new episode (RNE)",
    SSDA903_GUIDE,
    Code("S", "Started to be looked after"),
    Code("L", "Legal status changed, nothing else"),
    Code("P", "Placement and carer changed"),
    Code("T", "Placement changed, same carer"),
    Code("B", "Legal status, placement and carer changed"),
    Code("U", "Legal status and placement changed, same carer"),
)

LEGAL_STATUS = code_list(
    "legal status (LS)",
    SSDA903_GUIDE,
    *grouped("Care order", C1="Interim care order", C2="Full care order"),
    *grouped("Freeing order", D1="Freeing order granted"),
    *grouped("Placement order", E1="Placement order granted"),
    *grouped("Section 20", V2="Section 20, single period of accommodation"),
    *grouped(
        "Short breaks",
        V3="Short breaks under an agreed series, each recorded",
        V4="Short breaks under an agreed series, agreement recorded",
    ),
    *grouped(
        "Protection",
        L1="Police protection, in local authority accommodation",
        L2="Emergency protection order",
        L3="Child assessment order, in local authority accommodation",
    ),
    *grouped(
        "Youth justice",
        J1="Remanded to local authority or youth detention accommodation",
        J2="Detained under the Police and Criminal Evidence Act, in local authority accommodation",
        J3="Youth rehabilitation order with residence or intensive fostering",
    ),
)

_FAMILY = "Foster placement with a relative or friend"
_FOSTER = "Foster placement with another carer"
_ADOPTION = "Placed for adoption"
_OTHER = "Other"

PLACEMENT = code_list(
    "placement (PLACE)",
    SSDA903_GUIDE,
    *grouped(
        _FAMILY,
        U1="Relative or friend: long term",
        U2="Relative or friend who is also an approved adopter: fostering for adoption or concurrent planning",
        U3="Relative or friend: not long term, nor fostering for adoption",
    ),
    *grouped(
        _FOSTER,
        U4="Other foster carer: long term",
        U5="Other foster carer who is also an approved adopter: fostering for adoption or concurrent planning",
        U6="Other foster carer: not long term, nor fostering for adoption",
    ),
    *grouped(
        _ADOPTION,
        A3="Placed for adoption with consent, with current foster carer",
        A4="Placed for adoption with consent, not with current foster carer",
        A5="Placed for adoption with placement order, with current foster carer",
        A6="Placed for adoption with placement order, not with current foster carer",
    ),
    *grouped("Parents", P1="With own parents or others with parental responsibility"),
    *grouped("Children's homes", K1="Secure children's home", K2="Children's home"),
    Code("K3", "Supported accommodation", "Supported or independent living", first_year=2025),
    Code(
        "H5",
        "Semi-independent living, outside children's homes regulations",
        "Supported or independent living",
        last_year=2024,
    ),
    Code("P2", "Independent living", "Supported or independent living", last_year=2024),
    *grouped("Supported or independent living", P3="Residential employment"),
    *grouped(
        "Residential care",
        R1="Residential care home",
        R2="NHS or other establishment with medical or nursing care",
        R3="Family centre or mother and baby unit",
    ),
    *grouped("Custody", R5="Young offender institution, prison or secure training centre"),
    *grouped("Residential school", S1="Residential school"),
    *grouped(
        "Temporary",
        T0="Temporary move of any type",
        T1="Temporary: in hospital",
        T2="Temporary: on holiday",
        T3="Temporary: while the usual carer is away",
        T4="Temporary: seven days or less, other reason",
    ),
    *grouped(_OTHER, Z1="Other placement"),
    Code("Z11", "Other placement, first new type of 2026", _OTHER, first_year=2026),
    Code("Z12", "Other placement, second new type of 2026", _OTHER, first_year=2026),
    Code("Z13", "Other placement, third new type of 2026", _OTHER, first_year=2026),
    Code("Z14", "Other placement, fourth new type of 2026", _OTHER, first_year=2026),
)
"""T-codes are temporary moves: they do not end the placement they interrupt. The published schema of 2026 lists Z11
to Z14 without saying what they mean, so their labels say only that."""

PLACEMENT_PROVIDER = code_list(
    "placement provider (PLACE_PROVIDER)",
    SSDA903_GUIDE,
    Code("PR0", "Parents or others with parental responsibility"),
    Code("PR1", "Own local authority"),
    Code("PR2", "Another local authority"),
    Code("PR3", "Other public provider"),
    Code("PR4", "Private provider"),
    Code("PR5", "Voluntary provider"),
)

REASON_EPISODE_CEASED = code_list(
    "reason episode ceased (REC)",
    SSDA903_GUIDE,
    *grouped("Still looked after", X1="Another episode follows at once"),
    *grouped("Adopted", E11="Adopted, application unopposed", E12="Adopted, consent dispensed with by the court"),
    *grouped("Died", E2="Died"),
    *grouped("Moved to another authority", E3="Care taken over by another local authority"),
    *grouped(
        "Returned home",
        E4A="Returned home to someone with parental responsibility, planned",
        E4B="Returned home to someone with parental responsibility, not planned",
    ),
    *grouped("Other relatives or friends", E13="To parents, relatives or others without parental responsibility"),
    *grouped("Child arrangements order", E41="Child arrangements or residence order granted"),
    Code("E43", "Special guardianship: former foster carer", "Special guardianship order", last_year=2018),
    Code("E44", "Special guardianship: not a former foster carer", "Special guardianship order", last_year=2018),
    *since(
        2019,
        "Special guardianship order",
        E45="Special guardianship: former foster carer who is a relative or friend",
        E46="Special guardianship: former foster carer, not a relative or friend",
        E47="Special guardianship: relative or friend, not a former foster carer",
        E48="Special guardianship: neither a former foster carer nor a relative or friend",
    ),
    *grouped(
        "Independent living",
        E5="Independent living with formal support",
        E6="Independent living without formal support",
    ),
    *grouped("Adult services", E7="Residential care funded by adult social care"),
    *grouped("Custody", E9="Sentenced to custody"),
    *grouped("Remand ended", E14="Accommodation on remand ended"),
    *grouped("Age assessment", E15="Age assessment found the person to be 18 or over"),
    *grouped("Moved abroad", E16="Moved abroad"),
    *grouped("Staying put", E17="Turned 18 and stayed with current carers"),
    *grouped("Other", E8="Ceased for any other reason"),
)

PLACEMENT_CHANGE = code_list(
    "reason for placement change (REASON_PLACE_CHANGE)",
    SSDA903_GUIDE,
    Code("CARPL", "Change to, or start of, the care plan"),
    Code("CLOSE", "Provider closed or carer resigned"),
    Code("ALLEG", "Allegation under section 47"),
    Code("STAND", "Standards of care"),
    Code("APPRR", "Approval removed"),
    Code("CREQB", "Carer asked, because of the child's behaviour"),
    Code("CREQO", "Carer asked, for another reason"),
    Code("CHILD", "Child asked"),
    Code("LAREQ", "Responsible or area authority asked"),
    Code("PLACE", "Only the status of the placement changed"),
    Code("CUSTOD", "Custody", first_year=2019),
    Code("OTHER", "Other"),
)

REVIEW_PARTICIPATION = code_list(
    "taking part in a review (REVIEW_CODE)",
    SSDA903_GUIDE,
    *grouped("Under 4", PN0="Child under 4"),
    *grouped(
        "Attended",
        PN1="Attended and spoke",
        PN2="Attended, an advocate spoke",
        PN3="Attended and gave views by symbols",
        PN4="Attended, gave no views",
    ),
    *grouped(
        "Did not attend",
        PN5="Did not attend, an advocate spoke",
        PN6="Did not attend, sent views",
        PN7="Did not attend, sent no views",
    ),
)

SDQ_REASON = code_list(
    "reason without a strengths and difficulties score (SDQ_REASON)",
    SSDA903_GUIDE,
    Code("SDQ1", "Child under 4 or over 16"),
    Code("SDQ2", "Carer refused"),
    Code("SDQ3", "Not possible because of the child's disability"),
    Code("SDQ4", "Other"),
    Code("SDQ5", "Child refused"),
)

MISSING = code_list(
    "missing or away (MISSING)",
    SSDA903_GUIDE,
    Code("M", "Missing from care"),
    Code("A", "Away without authorisation"),
)

IN_TOUCH = code_list(
    "in touch with a care leaver (IN_TOUCH)",
    SSDA903_GUIDE,
    Code("YES", "In touch"),
    Code("NO", "Not in touch"),
    Code("DIED", "Died after leaving care"),
    Code("REFU", "Young person refuses contact"),
    Code("NREQ", "Young person no longer needs services"),
    Code("RHOM", "Back with someone with parental responsibility for six months or more"),
)

ACTIVITY = code_list(
    "activity of a care leaver (ACTIV)",
    SSDA903_GUIDE,
    *grouped("Education", F1="Higher education, full time", P1="Higher education, part time"),
    *grouped("Education", F2="Other education, full time", P2="Other education, part time"),
    Code("F3", "Training or employment, full time", "Training or employment", last_year=2021),
    Code("P3", "Training or employment, part time", "Training or employment", last_year=2021),
    *since(2022, "Training or employment", F4="Apprenticeship, full time", P4="Apprenticeship, part time"),
    *since(
        2022,
        "Training or employment",
        F5="Other training or employment, full time",
        P5="Other training or employment, part time",
    ),
    *grouped(
        "Not in education, employment or training",
        G4="Not in education, employment or training: illness or disability",
        G5="Not in education, employment or training: other",
        G6="Not in education, employment or training: pregnancy or parenting",
    ),
    Code("0", "Not known, died or back home", "Not known"),
)

_DWELLINGS = {
    "B": "With parents or relatives",
    "C": "Residential care",
    "D": "Semi-independent or transitional accommodation",
    "E": "Supported lodgings",
    "G": "Gone abroad",
    "H": "Deported",
    "K": "Ordinary lodgings",
    "R": "Residence not known",
    "S": "No fixed abode",
    "T": "Foyer or similar",
    "U": "Independent living",
    "V": "Emergency accommodation",
    "W": "Bed and breakfast",
    "X": "In custody",
    "Y": "Other accommodation",
    "Z": "With former foster carer",
}

ACCOMMODATION = code_list(
    "accommodation of a care leaver (ACCOM)",
    SSDA903_GUIDE,
    *(
        Code(f"{letter}{digit}", f"{label}, {verdict}", label)
        for letter, label in _DWELLINGS.items()
        for digit, verdict in (("1", "suitable"), ("2", "not suitable"))
    ),
    Code("0", "Not known, died or back home", "Not known"),
)

ADOPTERS_SEX = code_list(
    "sex of adopters (SEX_ADOPTR)",
    SSDA903_GUIDE,
    Code("M1", "One man"),
    Code("F1", "One woman"),
    Code("MM", "Two men"),
    Code("FF", "Two women"),
    Code("MF", "A man and a woman"),
)

ADOPTERS_LEGAL_STATUS = code_list(
    "legal status of adopters (LS_ADOPTR)",
    SSDA903_GUIDE,
    Code("L0", "Single adopter"),
    Code("L11", "Married different-sex couple"),
    Code("L12", "Married same-sex couple"),
    Code("L2", "Civil partners"),
    Code("L3", "Different-sex couple, neither married nor civil partners"),
    Code("L4", "Same-sex couple, neither married nor civil partners"),
)

ADOPTION_CEASED = code_list(
    "reason no longer placed for adoption (REASON_PLACED_CEASED)",
    SSDA903_GUIDE,
    Code("RD1", "Child's needs changed"),
    Code("RD2", "Court did not make a placement order"),
    Code("RD3", "Prospective adopters could not be found"),
    Code("RD4", "Any other reason"),
)

PREVIOUS_PERMANENCE = code_list(
    "permanence before (PREV_PERM)",
    SSDA903_GUIDE,
    Code("P1", "Adoption"),
    Code("P2", "Special guardianship order"),
    Code("P3", "Residence or child arrangements order"),
    Code("P4", "Not known"),
    Code("Z1", "None"),
)

WORKER_CHANGE = code_list(
    "reason for change of social worker (SW_REASON)",
    SSDA903_GUIDE,
    Code("MANAGE", "Change of caseload by management", first_year=2024),
    Code("FCONTA", "First contact handed to a longer-term worker", first_year=2024),
    Code("LEFTRL", "Worker left the role", first_year=2024),
    Code("ORGRST", "Reorganisation", first_year=2024),
    Code("TSPROC", "Moved to another team by process", first_year=2024),
    Code("ABSENC", "Worker absent", first_year=2024),
    Code("CHCHAN", "Child asked for the change", first_year=2024),
    Code("PCCHAN", "Parent or carer asked for the change", first_year=2024),
    Code("SWDIED", "Worker died", first_year=2024),
    Code("OTHERS", "Other", first_year=2024),
)
