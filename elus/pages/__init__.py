"""Help, legal and information pages."""
