"""Secret feeds and single .ics files."""
