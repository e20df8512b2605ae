"""Health, worker, backup."""
