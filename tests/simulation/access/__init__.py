"""Worlds of members, guests, persons and tokens, and what each of them may see and do."""
