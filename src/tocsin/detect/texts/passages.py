"""Long texts in passages, so that an article is found again in part and behind other words."""

import re
from collections.abc import Iterator
from typing import Final

LONG: Final = 800
"""Characters up to which a text is one passage: the longest post of most networks, doubled."""
_PASSAGE: Final = 400
_LEAST: Final = 40  # what is shorter is a headline, a date or a caption
_PARAGRAPH: Final = re.compile(r"(?:\r?\n\s*){2,}|\r?\n")
# After an end of sentence, in scripts with and without spaces.
_SENTENCE: Final = re.compile(
    r"(?<=[.!?\u2026])[\"'\xbb\u201d\u2019)]*\s+|(?<=[\u3002\uff01\uff1f])"
)


def passages(text: str) -> tuple[str, ...]:
    """Return the passages of a text as it was written; a short text is one.

    Paragraphs begin new passages, so that a sentence put in moves the cuts of its own paragraph
    only; sentences are packed up to some 400 characters.
    """
    if len(text) <= LONG:
        return (text,)
    found = [each for block in _PARAGRAPH.split(text) for each in _packed(block)]
    kept = tuple(each for each in found if len(each) >= _LEAST)
    return kept or (text,)


def _packed(block: str) -> Iterator[str]:
    held = ""
    for sentence in _SENTENCE.split(block):
        said = sentence.strip()
        if held and len(held) + len(said) > _PASSAGE:
            yield held
            held = said
        else:
            held = f"{held} {said}".strip()
    if held:
        yield held
