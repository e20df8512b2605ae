"""The evidence register: what was recorded, in an order nobody can rewrite."""
