"""What released rows look like: sentences, tables and charts as data, and their rendering as HTML.

Every function takes frames released for an audience and returns a `Section`; an empty frame makes a plain sentence.
Nothing is computed here that a table does not already say.
"""

from fi_workbench.display import prose
from fi_workbench.display.change import changes, needs
from fi_workbench.display.clocks import clocks, rules
from fi_workbench.display.evidence import answers, evidence_finding, evidence_lead, not_answered
from fi_workbench.display.evidence_beside import cards, cost, offers, published, who, years
from fi_workbench.display.evidence_checks import balance, certificates, explained_away, negative_controls, overlap
from fi_workbench.display.grouping import agrees, changes_told, fits, holds, points, profiles, verdict
from fi_workbench.display.grouping_effects import drift, fairness, moves, unplaced
from fi_workbench.display.helping import helping
from fi_workbench.display.journey import journeys
from fi_workbench.display.learning import sections_used, told
from fi_workbench.display.manager import leavers, listed, room, supervision_dates
from fi_workbench.display.manager_list import to_place
from fi_workbench.display.model import MIME, Answer, Chart, Finding, Head, Heading, MadeFrom, Section, Shown, Table
from fi_workbench.display.pages import section_html, templates
from fi_workbench.display.pictures import data_uri, draw, picture
from fi_workbench.display.step_down_after import step_down_after
from fi_workbench.display.todo import actions
from fi_workbench.display.trust import sources, trust
from fi_workbench.display.work import good_news, insight, limits, step_down, workload
from fi_workbench.display.worklist import due_list, due_rules, partner_news, talk_criteria, to_talk_about

__all__ = [
    "MIME",
    "Answer",
    "Chart",
    "Finding",
    "Head",
    "Heading",
    "MadeFrom",
    "Section",
    "Shown",
    "Table",
    "actions",
    "agrees",
    "answers",
    "balance",
    "cards",
    "certificates",
    "changes",
    "changes_told",
    "clocks",
    "cost",
    "data_uri",
    "draw",
    "drift",
    "due_list",
    "due_rules",
    "evidence_finding",
    "evidence_lead",
    "explained_away",
    "fairness",
    "fits",
    "good_news",
    "helping",
    "holds",
    "insight",
    "journeys",
    "leavers",
    "limits",
    "listed",
    "moves",
    "needs",
    "negative_controls",
    "not_answered",
    "offers",
    "overlap",
    "partner_news",
    "picture",
    "points",
    "profiles",
    "prose",
    "published",
    "room",
    "rules",
    "section_html",
    "sections_used",
    "sources",
    "step_down",
    "step_down_after",
    "supervision_dates",
    "talk_criteria",
    "templates",
    "to_place",
    "to_talk_about",
    "told",
    "trust",
    "unplaced",
    "verdict",
    "who",
    "workload",
    "years",
]
