"""Sittings and agenda items with their papers."""
