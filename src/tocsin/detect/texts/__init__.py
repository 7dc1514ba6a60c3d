"""Detect texts: families of texts that say the same, verbatim, near-verbatim, reworded, translated.

Takes texts with what is known about them; gives observations with rule, score, evidence and the
innocent explanations that were tried. In this order, the cheap before the dear:

    wording      padding off: a key, and words to read
    shingles     runs of letters of the keys; banding: candidates by MinHash
    meaning      vectors of an offline model, made comparable; neighbours: who is close
    linking      from pairs to families
    observing    families as findings
    traces       families as objects that coordination can read; posted: of a node's posts

Invariants: content alone is never sufficient evidence, so a finding here has no q-value and is no
ground to tell of people; padding (emoji, hidden characters, look-alike letters, links, mentions,
hashtags around a sentence, capitals, punctuation) changes nothing in a key; a text with fewer than
20 letters is in no family; neither the order of rows nor the number of threads changes a family;
memory is linear in the texts. May import `foundation`, `records` and `activity`.
"""

from tocsin.detect.texts.corpus import Corpus, Document, Text
from tocsin.detect.texts.detecting import Observed, find_families
from tocsin.detect.texts.meaning import Encoder, sentence_encoder
from tocsin.detect.texts.neighbours import REACH
from tocsin.detect.texts.posted import FAMILY_TRACES, family_trace
from tocsin.detect.texts.reading import COLUMNS, Defects, Read, read_texts
from tocsin.detect.texts.relations import Relation, Thresholds
from tocsin.detect.texts.stored import StoredTexts
from tocsin.detect.texts.traces import text_families
from tocsin.detect.texts.wording import MIN_LETTERS, Wording, text_key

__all__ = [
    "COLUMNS",
    "FAMILY_TRACES",
    "MIN_LETTERS",
    "REACH",
    "Corpus",
    "Defects",
    "Document",
    "Encoder",
    "Observed",
    "Read",
    "Relation",
    "StoredTexts",
    "Text",
    "Thresholds",
    "Wording",
    "family_trace",
    "find_families",
    "read_texts",
    "sentence_encoder",
    "text_families",
    "text_key",
]
