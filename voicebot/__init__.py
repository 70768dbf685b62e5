"""A telephony voice robot on Asterisk for Russian clinics and medical-assistance contact centres."""

__version__ = "0.1.0"
