"""The guard: a small process that takes callers over when the robot dies."""
