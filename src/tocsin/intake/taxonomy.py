"""Taxonomies as the vault remembers them: one document a release."""

from typing import Final

from tocsin.foundation import BadInputError, JsonObject
from tocsin.intake.events import Release

TAXONOMY_KIND: Final = "taxonomy"


def release_id(release: Release) -> str:
    """Return the document's id."""
    return f"{release.scheme}@{release.version}"


def release_to_json(release: Release) -> JsonObject:
    """Return the document's body."""
    return {
        "scheme": release.scheme,
        "version": release.version,
        "terms": dict(sorted(release.terms.items())),
    }


def release_from_json(said: JsonObject) -> Release:
    """Read a document's body.

    Raises:
        BadInputError: when it is none.
    """
    terms = said.get("terms")
    if not isinstance(terms, dict):
        raise BadInputError("a remembered taxonomy has no terms", hint="import it again")
    named = {code: str(name) for code, name in terms.items()}
    return Release(str(said.get("scheme")), str(said.get("version")), named)
