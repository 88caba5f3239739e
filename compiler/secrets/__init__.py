"""What is secret, how it is known, and how it is left out of every text."""
