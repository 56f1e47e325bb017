"""`python -m fi_workbench.cli` is `fi-workbench`."""

from fi_workbench.cli import main

main()
