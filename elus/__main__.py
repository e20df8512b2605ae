"""`python -m elus`, the same as the `elus` command."""

from elus import main

main()
