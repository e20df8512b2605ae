"""What a reader opened."""
