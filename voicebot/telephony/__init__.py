"""Asterisk: calls, their sound, and the guard over them."""
