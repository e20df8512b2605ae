"""The official’s desk: what waits for me."""
