"""Datasets: public data by name, pinned to a commit and to the hash of every file.

Invariants: nothing is fetched and nothing is copied; a file whose bytes differ from what is pinned
is never handed out. Hosts and accounts in this data are hostile or belong to people: read them,
never contact them. May import foundation only.
"""

from tocsin.datasets.pinned import Dataset, every_dataset, find_dataset
from tocsin.datasets.place import FOLDER_VARIABLE, Verified, folder_from, verify

__all__ = [
    "FOLDER_VARIABLE",
    "Dataset",
    "Verified",
    "every_dataset",
    "find_dataset",
    "folder_from",
    "verify",
]
