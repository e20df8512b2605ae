"""What an item or a shelf shows, as encrypted immutable files."""
