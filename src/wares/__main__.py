"""``python -m wares`` is the command line."""

from wares.cli import main

main()
