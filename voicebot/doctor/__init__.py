"""Checks a machine and says what to mend."""
