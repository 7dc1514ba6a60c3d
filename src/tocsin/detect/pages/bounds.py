"""How much of what came from outside is read; whatever is beyond is named and left out."""

from typing import Final

MOST_BODY: Final = 4 * 1024 * 1024
"""Bytes of a page that are read."""

MOST_PICTURE: Final = 512 * 1024
"""Bytes of a picture that can be a favicon."""

MOST_TEXT: Final = 2_000_000
"""Characters of a page that are parsed."""

MOST_ELEMENTS: Final = 60_000
MOST_DEPTH: Final = 512
MOST_LISTED: Final = 2_000
"""Links, files and forms of a page, each."""

MOST_ADDRESS: Final = 2_000
"""Characters of a URL."""

MOST_PAGES: Final = 5_000
MOST_READ: Final = 512 * 1024 * 1024
"""Bytes of pages in one run: a small file can unpack to a great many of them."""

MOST_PICTURES: Final = 100_000
MOST_REPAIRS: Final = 100
"""Places of one file at which reading begins again after damage."""

RATIO: Final = 50
UNSUSPECTED: Final = 16 * 1024 * 1024
"""What inflates to more than this, and to more than `RATIO` times its size, is a bomb."""
