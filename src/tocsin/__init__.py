"""Tocsin: find who else has seen an operation, act together, and prove who knew what and when.

One package, a room per step of the work; see `docs/explanation/architecture.md` for the flow
and `pyproject.toml` for the import contract between rooms.
"""

__version__ = "0.1.0"
