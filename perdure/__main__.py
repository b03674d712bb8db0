"""`python -m perdure`: the command."""

from components.cli import main

main()
