"""What released rows look like: sentences, tables and charts as data, and their rendering as HTML.

Every function takes frames released for an audience and returns a `Section`; an empty frame makes a plain sentence.
Nothing is computed here that a table does not already say.
"""

from fi_workbench.display import prose
from fi_workbench.display.change import changes, needs
from fi_workbench.display.clocks import clocks, rules
from fi_workbench.display.model import MIME, Chart, Finding, Head, Heading, MadeFrom, Section, Shown, Table
from fi_workbench.display.pages import section_html, templates
from fi_workbench.display.pictures import data_uri, draw, pictures
from fi_workbench.display.trust import sources, trust
from fi_workbench.display.work import actions, good_news, insight, limits, step_down, workload
from fi_workbench.display.worklist import due_list, due_rules, partner_news

__all__ = [
    "MIME",
    "Chart",
    "Finding",
    "Head",
    "Heading",
    "MadeFrom",
    "Section",
    "Shown",
    "Table",
    "actions",
    "changes",
    "clocks",
    "data_uri",
    "draw",
    "due_list",
    "due_rules",
    "good_news",
    "insight",
    "limits",
    "needs",
    "partner_news",
    "pictures",
    "prose",
    "rules",
    "section_html",
    "sources",
    "step_down",
    "templates",
    "trust",
    "workload",
]
