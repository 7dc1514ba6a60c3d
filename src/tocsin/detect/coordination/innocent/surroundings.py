"""What is known of accounts and objects beside who shared what, and when."""

from collections.abc import Mapping, Set

from attrs import field, frozen


@frozen(kw_only=True)
class Surroundings:
    """Declared facts, by label as `Shares` has it (numbers written out). All of it may be empty.

    A label that is absent is not known; an account with an empty text is known to say nothing.

    Attributes:
        owner: account -> who it says it belongs to.
        kind: account -> what it says it is, such as `bot`, `journalist`, `fan`.
        description: account -> its words on itself.
        name: account -> the name that it shows. What a name claims counts; that it claims nothing
            tells nothing.
        created: account -> Unix seconds.
        domain: object -> the site, channel or account that it comes from.
        published: object -> Unix seconds of its first publication.
        domain_owner: domain -> whom the site itself names as its owner (imprint, trust.txt): the
            other half of what an account declares.
        alert_domains: domains of official warnings.
    """

    owner: Mapping[str, str] = field(factory=dict)
    kind: Mapping[str, str] = field(factory=dict)
    description: Mapping[str, str] = field(factory=dict)
    name: Mapping[str, str] = field(factory=dict)
    created: Mapping[str, int] = field(factory=dict)
    domain: Mapping[str, str] = field(factory=dict)
    published: Mapping[str, int] = field(factory=dict)
    domain_owner: Mapping[str, str] = field(factory=dict)
    alert_domains: Set[str] = frozenset()
