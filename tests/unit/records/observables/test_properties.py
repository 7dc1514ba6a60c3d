"""What holds for any text whatever."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tocsin.records.observables import (
    Kind,
    Observable,
    account,
    canonical_host,
    canonical_url,
    examples,
    find_observables,
    from_pattern,
    from_sco,
    platforms,
    read_quantity,
    read_value,
    refang,
)

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=60)
PIECES = st.lists(
    st.sampled_from(
        ["a", "B", "xn--", "é", ".", "[.]", "(dot)", "[", "]", "(", "<", ":", "//", "/", "?", "#",
         "@", "%", "%41", "%zz", "hxxp", "https", "www", "com", "example", "t.me", "x.com",
         "facebook.com", "profile.php", "id=", "1", "99", "-", "_", " ", ",", ";", "\u200b",
         "\u200d", "\u3002", "\uff0e", "\n", "+", "accounts", "UC", "..", "\\", "'", "=", "co.uk"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
TEXTS = st.one_of(
    ANY_TEXT,
    PIECES,
    st.sampled_from([example.written for _, example in examples()]),
    st.builds(lambda host, tail: f"https://{host}/{tail}", st.sampled_from(
        [host for each in platforms() for host in each.hosts]), PIECES),
)  # fmt: skip
READABLE = set(Kind) - {
    Kind.ACCOUNT,
    Kind.AD_ACCOUNT,
    Kind.APP,
    Kind.TRACKER,
    Kind.URL,
    Kind.FILE_NAME,
}
HINTS = st.one_of(st.none(), st.sampled_from(list(Kind)))
PLATFORMS = st.one_of(st.none(), st.sampled_from(["x", "facebook", "vk", "Some Site", ""]))


@given(TEXTS, HINTS, PLATFORMS)
@settings(max_examples=500, deadline=None)
def test_reading_never_raises_and_its_observables_come_back_from_stix(
    text: str, hint: Kind | None, platform: str | None
) -> None:
    for observable in read_value(text, hint, platform).observables:
        assert from_pattern(observable.pattern) == observable
        assert from_sco(observable.to_sco()) == observable
        assert observable.stix_id.startswith(observable.stix_type + "--")


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_refanging_twice_changes_nothing_more(text: str) -> None:
    assert refang(refang(text)) == refang(text)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_canonical_address_is_its_own_canonical_form(text: str) -> None:
    for canonical in filter(None, map(canonical_url, [text, f"https://a.example/{text}"])):
        assert canonical_url(canonical) == canonical


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_canonical_host_is_its_own_canonical_form(text: str) -> None:
    for found in filter(None, map(canonical_host, [text, *text.split("/"), f"{text}.example"])):
        assert canonical_host(found.host) == found


@given(TEXTS, HINTS)
@settings(max_examples=300, deadline=None)
def test_a_canonical_value_reads_as_itself(text: str, hint: Kind | None) -> None:
    for observable in read_value(text, hint).observables:
        # The others are keyed by platform, or end in signs that a sentence would put there.
        if observable.kind in READABLE:
            again = read_value(observable.value, observable.kind)
            assert again.observables == (observable,)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_quantity_is_never_negative_and_finding_points_into_the_text(text: str) -> None:
    quantity = read_quantity(text)
    assert quantity is None or quantity.count >= 0
    for found in find_observables(text):
        assert text[found.start : found.end] == found.written


@given(PLATFORMS, TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_account_comes_back_from_stix(platform: str | None, handle: str, user_id: str) -> None:
    for made in (
        account(platform, handle=handle),
        account(platform, user_id=user_id),
        account(platform, handle=handle, user_id=user_id),
    ):
        if made is not None:
            assert from_sco(made.to_sco()) == made
            assert from_pattern(made.pattern) == made


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_file_name_survives_the_pattern(name: str) -> None:
    assume("/" not in name)
    found = Observable(Kind.FILE_NAME, name)
    assert from_pattern(found.pattern) == found
