"""Pages and edges of identity."""
