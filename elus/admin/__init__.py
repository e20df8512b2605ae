"""Alarms and journal."""
