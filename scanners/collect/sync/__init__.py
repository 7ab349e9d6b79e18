"""Objects from which an operator makes Secrets, one reader per operator."""
