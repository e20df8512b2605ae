"""The papers of one meeting: filed under its items, waiting « À ranger », replaced, taken off."""
