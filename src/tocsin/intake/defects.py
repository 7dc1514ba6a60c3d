"""Every kind of defect that a report can name, each with its rule.

docs/reference/formats.md lists the same kinds; a test holds the two together.
"""

from typing import Final

DEFECT_KINDS: Final[dict[str, str]] = {
    # -- of files and text ---------------------------------------------------------------------
    "unreadable": "the file could not be opened or no reader knows its content; nothing was read",
    "wrong-encoding": "bytes that are not in the file's encoding were read as Windows-1252",
    "undecodable": "bytes that no encoding of the file explains were replaced by U+FFFD",
    "line-too-long": (
        "a line above 1 MiB: what its two ends say is kept where it makes sense, the rest skipped"
    ),
    "broken-quote": "a quote is opened and never closed; the line is read without it",
    "truncated": "the file ends inside a record; what stands before the break is kept",
    "attachment": "an attachment that no reader knows is not read",
    "doubtful-host": "a plain word in a text that is a host or merely looks so; kept: look at it",
    "no-indicator": "the text names nothing that could be kept",
    # -- of what was erased ------------------------------------------------------------------
    "erased": "it was erased here, or its author had it erased; the record is not kept",
    "erased-by-author": (
        "somebody released this identifier and had it erased; what you know yourself is kept: look "
        "at it"
    ),
    # -- of what a release stops ---------------------------------------------------------------
    "guard-own-domain": "a name of your own or of a member; kept, and stopped when released",
    "guard-popular-domain": "a name that very many people use; kept, and stopped when released",
    "guard-shared-host": (
        "a host that many strangers share, named as a whole; kept, and stopped when released"
    ),
    "guard-too-broad": "a network wider than /24 or /48; kept, and stopped when released",
    # -- of JSON -------------------------------------------------------------------------------
    "broken-json": "the element is not JSON; its neighbours are kept",
    "duplicate-key": "a key stands twice in one object: which value counts is unknown",
    "not-a-number": "NaN, infinity or a number past 2^53: readers disagree about the value",
    "too-deep": "nested deeper than 64 levels: no exchange format is",
    "too-large": "one element above 16 MiB",
    "lone-surrogate": "text that is no Unicode and cannot be signed or hashed",
    "unknown-json": "JSON of no known format",
    # -- of rows and cells ---------------------------------------------------------------------
    "above-header": "text above a table's header, such as a title: no record; the example shows it",
    "empty-indicator": "a row that speaks of something but names no indicator",
    "prose": "the cell is a sentence, no identifier; kept as a passage of the source",
    "quantity": "a count of things that the source does not name; kept as a quantity",
    "placeholder": "a filler in place of a value; the filler is dropped, the record kept",
    "unsupported-value": "a value of a kind that is not canonicalised; kept as a passage",
    "prose-after-value": "text after an identifier; the identifier is used, the text kept with it",
    "host-in-prose": "the prose mentions a host or address, which is not taken; look at it",
    "scheme-assumed": "an address without scheme; it is keyed as https",
    "userinfo-stripped": "a user name or password before the host; it is no part of the key",
    "fragment-dropped": "the part after # is no part of the key",
    "port-dropped": "a port beside a bare host is no part of the key",
    "wildcard": "`*.a.example` means every name below one; that one is kept",
    "space-in-url": "an address torn by a space or line break was joined",
    "platform-unknown": "an account whose platform the source does not say",
    "not-of-promised-kind": "the list promises one kind and the value is another",
    "no-country-code": "a phone number without country code names no one; kept as a passage",
    "too-long": "longer than any identifier; kept as a passage",
    "broken-text": "half a character was replaced",
    "bad-host": "looks like a host name and cannot be one; the example says why",
    "several-values": "one cell names several identifiers; each is kept",
    "duplicate": "the same thing again in the same file; kept as a second mention",
    "missing-tactic": "a row without the tactic that its neighbours have",
    "extra-cells": "the row has more cells than the header; they are kept unnamed",
    "unreadable-date": "the date cannot be read; the source's words are kept",
    "ambiguous-date": "day and month cannot be told apart; the source's words are kept",
    "mapping-not-used": "the column mapping does not fit this table; it was read by a guess",
    "no-value-column": "no column of the table was recognised as the indicator",
    "formula": "a cell holds a formula; its last stored value is used, or it is empty",
    "zip-bomb": "the workbook unpacks to far more than it should; it is not opened",
    "workbook-too-large": "a sheet above 2 million rows; the rest is not read",
    # -- of activity ---------------------------------------------------------------------------
    "no-account": "nothing says whose the post is; a post by nobody can meet nobody",
    "no-ad": "an ad without an id",
    "not-a-post": "a joining, a like, a deletion or another event that is no post",
    "unknown-platform": "captured from a platform that this version does not read",
    "no-time": "the post has no time; kept without one, and in no trace",
    "unreadable-time": "the time is in no known form; kept without one, and in no trace",
    "future-time": "a time more than a day ahead of the clock; kept without one, and in no trace",
    "zone-assumed": "a time without a zone counts as UTC",
    "rounded-id": (
        "a number past 2^53 went through a spreadsheet or a float and is another "
        "one's by now; the identifier is not kept"
    ),
    "missing-cells": "the row has fewer cells than the header; what is missing is unknown",
    "empty-column": "a column of the header in which nothing ever stands",
    "dominant-account": (
        "one account wrote half of all posts of the file; kept: look at whether it is "
        "a feed or a fault"
    ),
    "withheld": "the source says that it could not give a post, such as a deleted one",
    # -- of STIX -------------------------------------------------------------------------------
    "not-a-stix-object": "no object, or its id or type is not STIX 2.1",
    "missing-field": "a field that STIX 2.1 requires is missing; kept, not for strict export",
    "stop-not-after-start": (
        "OpenCTI writes equal start and stop times for 'unknown'; stop_time is dropped, "
        "start_time stays, the provenance keeps both"
    ),
    "dangling-reference": "refers to an object that is not in the file; kept",
    "tlp-normalised": "a home-made or TLP 1.0 marking was replaced by OASIS' TLP 2.0 definition",
    "unmarked": "the object names no marking",
    "marking-from-report": (
        "an unmarked object takes the TLP of the marked report that contains it"
    ),
    "marking-from-option": "an unmarked object takes the TLP that the import was told",
    "marking-unknown": "a marking whose definition is neither well known nor in the file",
    "untyped-channel": "a channel without channel_types or platform; kept as written",
    "url-is-host": "a url object that holds a bare host; kept, keyed by the host",
    "not-a-url": "a url that is a sentence or a title; kept without a key",
    "id-not-deterministic": (
        "an observable whose id is not that of STIX 2.1 §2.9; kept, keyed canonically"
    ),
    "pattern-not-read": (
        "an indicator's pattern that asks for more than one of some identifiers; kept without a key"
    ),
    "no-canonical-key": "an observable that could not be canonicalised; kept without a key",
    "time-not-readable": "a time that is no RFC 3339 time; kept as written",
    # -- of MISP -------------------------------------------------------------------------------
    "not-a-misp-attribute": "an attribute or object without type or value",
    "deleted-in-misp": "an attribute or object that MISP marks as deleted is not imported",
    # -- of taxonomies -------------------------------------------------------------------------
    "technique-obsolete": (
        "the technique's number is not in the newest DISARM release held; the example names a "
        "successor or none"
    ),
    "technique-renamed": "the technique's number stands for another name in the newest release",
    "technique-unknown": "a DISARM number that no release held here has",
    "taxonomy-missing": "DISARM references could not be resolved: import a DISARM release first",
    "term-without-code": "an entry of a taxonomy that has no code; its name stands for it",
}


def rule_of(kind: str) -> str:
    """Return the rule of a defect kind; readers of other packages may bring kinds of their own."""
    return DEFECT_KINDS.get(kind, "named by a reader that this version does not know")
