"""Hostile input of every kind, at every border; what each test verifies stands in asvs.toml."""
