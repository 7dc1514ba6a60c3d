"""Foundation: errors, clock, randomness, JSON text, hidden characters, progress. Pure, tiny.

Invariants: nothing here reads the network or the disk; time is aware and in UTC; JSON that
enters the program is strict (no duplicate keys, no NaN, bounded depth and numbers) and JSON that
is signed or hashed is RFC 8785 canonical. Imports nothing from Tocsin.
"""

from tocsin.foundation.clock import Clock, ManualClock, SystemClock, parse_time, rfc3339
from tocsin.foundation.closing import Closing
from tocsin.foundation.entropy import Entropy, SeededEntropy, SystemEntropy
from tocsin.foundation.errors import (
    BadInputError,
    ConnectionFailedError,
    RefusedError,
    StorageError,
    TocsinError,
    TrustError,
    UsageError,
)
from tocsin.foundation.hidden import HIDDEN, written_out
from tocsin.foundation.jsontext import JsonObject, JsonValue, canonical, parse_json
from tocsin.foundation.progress import NoProgress, Progress

__all__ = [
    "HIDDEN",
    "BadInputError",
    "Clock",
    "Closing",
    "ConnectionFailedError",
    "Entropy",
    "JsonObject",
    "JsonValue",
    "ManualClock",
    "NoProgress",
    "Progress",
    "RefusedError",
    "SeededEntropy",
    "StorageError",
    "SystemClock",
    "SystemEntropy",
    "TocsinError",
    "TrustError",
    "UsageError",
    "canonical",
    "parse_json",
    "parse_time",
    "rfc3339",
    "written_out",
]
