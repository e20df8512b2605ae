"""What the law says, as pure functions."""
