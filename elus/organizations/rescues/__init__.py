"""Helping somebody who lost every way in: who may, what they see, whom the portal tells."""
