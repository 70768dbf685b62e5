"""Words ⇄ meaning, in Russian."""
