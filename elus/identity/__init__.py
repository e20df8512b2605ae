"""Who you are: password, code, recovery, sessions."""
