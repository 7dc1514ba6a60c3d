"""How much one message may hold; stated once, checked on both sides."""

from datetime import timedelta
from typing import Final

MAX_CONTENT_BYTES: Final = 10 * 1024 * 1024
"""A request's body; said to clients as `max_content_length` (TAXII 2.1 §4.2.1)."""

MAX_OBJECTS: Final = 2_000
"""Objects in one POST, file bundles excepted: as many as cost less than a CPU second."""

MAX_OBJECT_BYTES: Final = 1024 * 1024
"""One object in canonical form."""

MAX_PAGE: Final = 1_000
"""Objects in one page, whatever `limit` asks for."""

MAX_BUNDLE_BYTES: Final = 256 * 1024 * 1024
"""A bundle file."""

MAX_SKEW: Final = timedelta(minutes=5)
"""How far in the future an object's times may lie before the clock is to blame."""

PAGE_BYTES: Final = 8 * 1024 * 1024
"""A page ends when it has grown past this, even below its `limit`."""

MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
"""What a node reads of one answer at most."""
