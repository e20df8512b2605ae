"""Administration and journal."""
