"""Lists, the queue and who is called when."""
