"""MISP's attribute types, and what an attribute gives."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time, rfc3339
from tocsin.intake.cells import CellReading, Place, kind_hint, read_cell
from tocsin.intake.events import Flaw, Found
from tocsin.intake.keepsakes import passage_object
from tocsin.records import Pap, Tlp

# The kind that a type promises; an empty hint leaves it to the form of the value.
_READABLE: Final[dict[str, str]] = {
    "domain": "domain",
    "hostname": "domain",
    "url": "",
    "uri": "",
    "link": "",
    "ip-src": "",
    "ip-dst": "",
    "email": "email",
    "email-src": "email",
    "email-dst": "email",
    "email-reply-to": "email",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha512": "sha512",
    "filename": "file-name",
    "AS": "asn",
    "phone-number": "phone",
    "mobile-application-id": "app",
    "github-username": "account",
    "twitter-id": "account",
    "jabber-id": "email",
    "whois-registrant-email": "email",
    "whois-registrant-phone": "phone",
    "target-email": "email",
}
_PLATFORMS: Final = {"github-username": "github", "twitter-id": "twitter"}
_TWO_PART: Final[dict[str, tuple[str, str]]] = {
    "domain|ip": ("domain", "ip-dst"),
    "ip-src|port": ("ip-src", ""),
    "ip-dst|port": ("ip-dst", ""),
    "hostname|port": ("hostname", ""),
    "filename|md5": ("filename", "md5"),
    "filename|sha1": ("filename", "sha1"),
    "filename|sha256": ("filename", "sha256"),
    "filename|sha512": ("filename", "sha512"),
}
_DISARM: Final = re.compile("disarm|amitt|misinfosec", re.IGNORECASE)
_TEXTS: Final = frozenset({"text", "comment", "other", "datetime", "float", "counter", "boolean"})
# The social-media templates of misp-objects, and what their relations name.
_TEMPLATE_PLATFORMS: Final = {
    "twitter-account": "twitter",
    "twitter-post": "twitter",
    "facebook-account": "facebook",
    "facebook-page": "facebook",
    "facebook-group": "facebook",
    "facebook-post": "facebook",
    "instagram-account": "instagram",
    "reddit-account": "reddit",
    "telegram-account": "telegram",
    "youtube-channel": "youtube",
    "parler-account": "parler",
    "gettr-account": "gettr",
    "github-user": "github",
}
_ACCOUNT_RELATIONS: Final = frozenset(
    {"name", "username", "account-name", "user-name", "page-alias", "screen-name"}
)


@frozen
class MispTags:
    """What the tags of an event or attribute amount to."""

    tlp: Tlp | None = None
    pap: Pap | None = None
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: JsonObject) -> "MispTags":
        """Read the `Tag` list; of several TLP or PAP tags the strictest counts."""
        tags = body.get("Tag")
        if not tags:
            return _NO_TAGS
        names = tuple(
            str(tag["name"])
            for tag in (tags if isinstance(tags, list) else [])
            if isinstance(tag, dict) and tag.get("name")
        )
        return cls(
            Tlp.strictest(_read_all(Tlp, names, "tlp:")),
            Pap.strictest(_read_all(Pap, names, "pap:")),
            names,
        )

    def said(self) -> JsonObject:
        """Return what the provenance keeps of the tags."""
        said: JsonObject = {}
        if self.tlp:
            said["marking"] = self.tlp.label
        if self.pap:
            said["pap"] = self.pap.label
        if self.names:
            said["labels"] = [*self.names]
        return said


_NO_TAGS: Final = MispTags()


def read_attribute(
    attribute: JsonObject, place: Place, said: JsonObject, template: str = ""
) -> CellReading:
    """Return what is kept of one attribute; every value is kept, as a passage at the least."""
    type_, value = str(attribute.get("type")), str(attribute.get("value"))
    found: list[Found] = []
    flaws: list[Flaw] = []
    relation = str(attribute.get("object_relation", ""))
    for part, text in _parts(type_, value):
        hint, platform = _hint(part, relation, template)
        if hint is None:
            kept = passage_object(text, digest=place.digest, locator=f"{place.name} {part}")
            found.append(Found(kept, (), said))
            if part not in _TEXTS:
                flaws.append(Flaw("unsupported-value", f"{place.name}: {part}"))
            continue
        reading = read_cell(text, place, said, hint=kind_hint(hint), platform=platform)
        found += reading.found
        flaws += reading.flaws
    return CellReading(tuple(found), tuple(flaws), is_placeholder=not found)


def disarm_techniques(body: JsonObject) -> str | None:
    """Return the DISARM techniques that an event or attribute names by tag or galaxy, in its words.

    Galaxies come in full, as tags (`misp-galaxy:disarm-techniques="Plan - T0073"`), or both.
    """
    if not body.get("Tag") and not body.get("Galaxy"):
        return None
    named: dict[str, None] = {}
    for tag in MispTags.of(body).names:
        kind, _, name = tag.partition("=")
        if kind.startswith("misp-galaxy:") and _DISARM.search(kind):
            named[name.strip('"')] = None
    galaxies = body.get("Galaxy")
    for galaxy in galaxies if isinstance(galaxies, list) else ():
        if not isinstance(galaxy, dict) or not _DISARM.search(str(galaxy.get("type"))):
            continue
        clusters = galaxy.get("GalaxyCluster")
        for cluster in clusters if isinstance(clusters, list) else ():
            if isinstance(cluster, dict):
                named[str(cluster.get("value"))] = None
    return "; ".join(named) or None


def misp_time(value: JsonValue) -> str | None:
    """Return a MISP time (Unix seconds, or RFC 3339) as RFC 3339; None when there is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if text.isdigit():
        seconds = int(text)
        in_range = 0 < seconds < 253_402_300_800  # up to the year 9999
        return rfc3339(datetime.fromtimestamp(seconds, UTC)) if in_range else None
    try:
        return rfc3339(parse_time(text)) if text else None
    except BadInputError:
        return None


def first_observed(attribute: JsonObject) -> str | None:
    """Return the earliest observation that an attribute or object records.

    `first_seen` and its sightings count; `timestamp` is the time of the last edit and never does.
    """
    said, sightings = attribute.get("first_seen"), attribute.get("Sighting")
    if not said and not sightings:
        return None
    moments = [misp_time(said)]
    for sighting in sightings if isinstance(sightings, list) else []:
        if isinstance(sighting, dict) and str(sighting.get("type", "0")) == "0":
            moments.append(misp_time(sighting.get("date_sighting")))
    return min((moment for moment in moments if moment), default=None)


def _parts(type_: str, value: str) -> Sequence[tuple[str, str]]:
    kinds = _TWO_PART.get(type_)
    if kinds is None:
        return ((type_, value),)
    pieces = value.split("|", 1)
    if len(pieces) != 2:
        return ((type_.partition("|")[0], value),)
    parts = zip(kinds, pieces, strict=True)
    return [(kind, piece) for kind, piece in parts if kind and piece.strip()]


def _hint(type_: str, relation: str, template: str) -> tuple[str | None, str | None]:
    """Return the kind to expect (None: no identifier) and the platform of its accounts."""
    platform = _TEMPLATE_PLATFORMS.get(template)
    if platform and relation in _ACCOUNT_RELATIONS and type_ in ("text", "twitter-id"):
        return "account", platform
    if type_ in _READABLE:
        return _READABLE[type_], _PLATFORMS.get(type_)
    return None, None


def _read_all(scale: type[Tlp] | type[Pap], names: tuple[str, ...], prefix: str) -> list:  # type: ignore[type-arg]
    found = []
    for name in names:
        if name.lower().startswith(prefix):
            try:
                found.append(scale.read(name))
            except BadInputError:
                continue
    return found
