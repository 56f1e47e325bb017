"""Code lists of the census of children in need."""

from __future__ import annotations

from fi_workbench.vocabulary.codes import Code, code_list, grouped
from fi_workbench.vocabulary.persons import CIN_GUIDE

REFERRAL_SOURCE = code_list(
    "referral source",
    CIN_GUIDE,
    *grouped(
        "Individual",
        _1A="Family member, relative or carer",
        _1B="Acquaintance, neighbour or childminder",
        _1C="The child",
        _1D="Other individual",
    ),
    *grouped("Schools", _2A="Schools"),
    *grouped("Education services", _2B="Education services"),
    *grouped(
        "Health services",
        _3A="General practitioner",
        _3B="Health visitor",
        _3C="School nurse",
        _3D="Other primary health services",
        _3E="Accident and emergency department",
        _3F="Other health services",
    ),
    *grouped("Housing", _4="Local authority housing or housing association"),
    *grouped(
        "Local authority services",
        _5A="Local authority social care",
        _5B="Other services of the local authority",
        _5C="Services of another local authority",
    ),
    Code("5D", "Early help", "Local authority services", first_year=2023),
    *grouped("Police", _6="Police"),
    *grouped("Other legal agency", _7="Courts, probation, immigration, Cafcass or prison"),
    *grouped("Other", _8="Children's centres, independent providers or voluntary organisations"),
    *grouped("Anonymous", _9="Anonymous"),
    *grouped("Unknown", _10="Unknown"),
)

REASON_FOR_CLOSURE = code_list(
    "reason for closure",
    CIN_GUIDE,
    Code("RC1", "Adopted"),
    Code("RC2", "Died"),
    Code("RC3", "Child arrangements order"),
    Code("RC4", "Special guardianship order"),
    Code("RC5", "Transferred to services of another local authority"),
    Code("RC6", "Transferred to adult social care services"),
    Code("RC7", "Services ceased for any other reason, including child no longer in need"),
    Code("RC8", "Closed after assessment, no further action"),
    Code("RC9", "Closed after assessment, referred to early help", first_year=2023),
)

CATEGORY_OF_ABUSE = code_list(
    "category of abuse",
    CIN_GUIDE,
    Code("NEG", "Neglect"),
    Code("PHY", "Physical abuse"),
    Code("SAB", "Sexual abuse"),
    Code("EMO", "Emotional abuse"),
    Code("MUL", "Multiple, or not recommended"),
)

DISABILITY = code_list(
    "disability",
    CIN_GUIDE,
    Code("NONE", "No disability"),
    Code("MOB", "Mobility"),
    Code("HAND", "Hand function"),
    Code("PC", "Personal care"),
    Code("INC", "Incontinence"),
    Code("COMM", "Communication"),
    Code("LD", "Learning"),
    Code("HEAR", "Hearing"),
    Code("VIS", "Vision"),
    Code("BEH", "Behaviour"),
    Code("CON", "Consciousness"),
    Code("AUT", "Autism or Asperger syndrome"),
    Code("DDA", "Other disability"),
)


def _about_whom(number: str, need: str) -> tuple[Code, ...]:
    return (
        Code(f"{number}A", f"{need}: the child", need),
        Code(f"{number}B", f"{need}: a parent or carer", need),
        Code(f"{number}C", f"{need}: another person in the household", need),
    )


ASSESSMENT_FACTORS = code_list(
    "factors identified at assessment",
    CIN_GUIDE,
    *_about_whom("1", "Alcohol misuse"),
    *_about_whom("2", "Drug misuse"),
    *_about_whom("3", "Domestic abuse"),
    *_about_whom("4", "Mental health"),
    *_about_whom("5", "Learning disability"),
    *_about_whom("6", "Physical disability or illness"),
    *grouped("Young carer", _7A="Young carer"),
    *grouped(
        "Privately fostered",
        _8B="Privately fostered: overseas child who intends to return",
        _8C="Privately fostered: overseas child who intends to stay",
        _8D="Privately fostered: UK child in an educational placement",
        _8E="Privately fostered: UK child with alternative family arrangements",
        _8F="Privately fostered: other",
    ),
    *grouped("Unaccompanied asylum-seeking child", _9A="Unaccompanied asylum-seeking child"),
    *grouped("Missing", _10A="Going or being missing"),
    *grouped("Child sexual exploitation", _11A="Child sexual exploitation"),
    *grouped("Trafficking", _12A="Trafficking"),
    *grouped("Gangs", _13A="Involvement in or with gangs"),
    *grouped("Socially unacceptable behaviour", _14A="Socially unacceptable behaviour"),
    *grouped("Self-harm", _15A="Self-harm"),
    *grouped("Neglect", _16A="Neglect"),
    *grouped("Emotional abuse", _17A="Emotional abuse"),
    Code("18A", "Physical abuse", "Physical abuse", last_year=2020),
    Code("18B", "Physical abuse: child on child", "Physical abuse", first_year=2021),
    Code("18C", "Physical abuse: adult on child", "Physical abuse", first_year=2021),
    Code("19A", "Sexual abuse", "Sexual abuse", last_year=2020),
    Code("19B", "Sexual abuse: child on child", "Sexual abuse", first_year=2021),
    Code("19C", "Sexual abuse: adult on child", "Sexual abuse", first_year=2021),
    *grouped("Other", _20="Other"),
    *grouped("No factors", _21="No factors identified"),
    *grouped("Female genital mutilation", _22A="Female genital mutilation"),
    *grouped("Abuse linked to faith or belief", _23A="Abuse linked to faith or belief"),
    Code("24A", "Child criminal exploitation", "Child criminal exploitation", first_year=2022),
)
