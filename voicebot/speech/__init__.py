"""Sound ⇄ words."""
