"""What the sessions of a course add up to: spots treated again, density, what is new since the last."""
