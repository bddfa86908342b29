"""`python -m ops.cli`: the same as `aula`."""

from ops.cli.root import main

main()
