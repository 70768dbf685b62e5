"""How well a model hears Russian: human recordings, foreign voices, noise, words outside the grammar."""
