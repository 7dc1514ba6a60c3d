"""Hypothesis without a clock: a slow machine is no wrong answer."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
