"""Where people come from: the port that every provider speaks, and the providers themselves."""
