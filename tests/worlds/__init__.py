"""Invented worlds of shares with known truth: nobody, planted groups, innocent look-alikes.

Seeded and small. Null worlds hold habits that chance alone must explain (`organic`); planted
worlds add groups that act together (`planted`) and controls that only look so.
"""
