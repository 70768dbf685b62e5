"""The city: a simulated telephone network with virtual patients, an independent witness of every call."""
