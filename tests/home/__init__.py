"""The official’s desk."""
