"""The issue's acceptance at the level of the command: what a person types, and what comes back."""
