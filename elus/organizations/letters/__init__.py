"""Printed letters of invitation: one PDF for many people, sorted by commune, made by the worker, read once."""
