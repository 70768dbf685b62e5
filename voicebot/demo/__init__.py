"""The demonstration: real calls to virtual patients."""
