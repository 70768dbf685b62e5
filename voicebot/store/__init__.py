"""The appointment and case store."""
