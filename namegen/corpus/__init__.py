"""Lists of names: sources, cleaning, splitting, vocabulary, examples and n-gram counts."""
