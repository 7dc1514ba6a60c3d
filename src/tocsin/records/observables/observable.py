"""An observable: one canonical identifier, the same text at every member."""

from msgspec import Struct

from tocsin.foundation import BadInputError, JsonObject
from tocsin.records.observables.carriers import carrier, pattern_of, sco_id
from tocsin.records.observables.kinds import PERSONAL, Kind


class Observable(Struct, frozen=True, eq=False, gc=False):
    """A canonical identifier. Built by the readers of this package, which canonicalise first.

    Attributes:
        kind: what it names.
        value: the canonical text within its kind. An account's value is `<platform>/#<user id>`
            where the id is known, else `<platform>/@<handle>`; the platform is empty when unknown.
        platform: of accounts, ad accounts, trackers and apps, by its name in `platforms.json`.
        handle: an account's handle, folded, without `@`. Handles are given up and taken over.
        user_id: an account's permanent id.
        display: the name or spelling shown to people; no part of the identity.
    """

    kind: Kind
    value: str
    platform: str | None = None
    handle: str | None = None
    user_id: str | None = None
    display: str | None = None

    def __post_init__(self) -> None:
        if not self.value or (self.kind is Kind.ACCOUNT and not (self.handle or self.user_id)):
            raise BadInputError(
                f"{self.kind} without a value", hint="read it with read_value, which names defects"
            )

    def __eq__(self, other: object) -> bool:
        if type(other) is not Observable:
            return NotImplemented
        return self._identity() == other._identity()

    def __ne__(self, other: object) -> bool:
        # `Struct` has one of its own, which would go by identity.
        return not self == other

    def __hash__(self) -> int:
        return hash(self._identity())

    @property
    def key(self) -> str:
        """The canonical text that is compared, matched and hashed."""
        return f"{self.kind}:{self.value}"

    @property
    def also_keys(self) -> tuple[str, ...]:
        """Other keys under which somebody else may know the same thing.

        An account known by id and handle: the handle's key. A web address: its twin under the
        other of http and https.
        """
        if self.kind is Kind.ACCOUNT and self.user_id and self.handle:
            return (f"{self.kind.value}:{self.platform or ''}/@{self.handle}",)
        if self.kind is Kind.URL and self.value.startswith("http"):
            scheme, _, rest = self.value.partition("://")
            twin = {"http": "https", "https": "http"}.get(scheme)
            return (f"url:{twin}://{rest}",) if twin else ()
        return ()

    @property
    def host(self) -> str | None:
        """The host that a domain or a web address names; None for other kinds."""
        if self.kind is Kind.DOMAIN:
            return self.value
        if self.kind is Kind.URL:
            netloc = self.value.partition("://")[2].partition("/")[0]
            return netloc.partition("]")[0] + "]" if netloc[:1] == "[" else netloc.partition(":")[0]
        return None

    @property
    def is_personal(self) -> bool:
        """Whether it can name a person: account, e-mail, phone."""
        return self.kind in PERSONAL

    @property
    def stix_type(self) -> str:
        return self._carrier()[0]

    @property
    def stix_id(self) -> str:
        """The deterministic id of STIX 2.1 §2.9: equal at every member."""
        return sco_id(*self._carrier())

    @property
    def pattern(self) -> str:
        """The STIX pattern of an indicator for exactly this observable."""
        return pattern_of(*self._carrier())

    def to_sco(self) -> JsonObject:
        """Return the STIX 2.1 cyber-observable object, without marking."""
        type_, contributing = self._carrier()
        body: JsonObject = {
            "type": type_,
            "spec_version": "2.1",
            "id": sco_id(type_, contributing),
            **contributing,
        }
        if self.display and type_ in ("user-account", "email-addr"):
            body["display_name"] = self.display
        return body

    def _carrier(self) -> tuple[str, JsonObject]:
        return carrier(self.kind, self.value, self.platform, self.handle, self.user_id)

    def _identity(self) -> tuple[str | None, ...]:
        return self.kind, self.value, self.platform, self.handle, self.user_id
