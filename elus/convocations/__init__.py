"""Publish, deliver, delays, tracking."""
