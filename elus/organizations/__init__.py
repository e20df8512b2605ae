"""Bodies, organizations, people, memberships."""
