"""Measures of the portal beside the bare limit, in one run on one machine (`make bench`)."""
