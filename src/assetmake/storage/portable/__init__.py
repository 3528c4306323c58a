"""State that travels: what is recorded as lines of text and back, beside whatever outputs are on a machine."""
