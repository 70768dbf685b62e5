"""The decoding graph of the embedded model: which words it hears, and how they sound."""
