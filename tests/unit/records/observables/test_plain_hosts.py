"""The short way for plain hosts, beside the public suffix list asked in full."""

from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from tocsin.records.observables import Kind, Observable, read_value

_LIST = PublicSuffixList(only_icann=True, accept_unknown=False)
LABELS = st.sampled_from(
    ["a", "A9", "co", "com", "gov", "www", "news", "city", "kobe", "x-y", "-x", "x-", "ck", "uk"]
)
TOPS = st.sampled_from(
    ["com", "ORG", "example", "uk", "co.uk", "jp", "kobe.jp", "ck", "www.ck", "br", "nosuchtop"]
)


@given(st.lists(LABELS, max_size=4), TOPS, st.sampled_from([".", "[.]"]))
def test_a_plain_host_is_read_as_the_whole_list_of_suffixes_says(
    labels: list[str], top: str, dot: str
) -> None:
    name = ".".join([*labels, top]).lower()
    registered = _LIST.privatesuffix(name)
    if name.endswith(".example"):
        registered = ".".join(name.split(".")[-2:])
    is_host = (
        registered is not None
        and not registered.split(".")[0].startswith("-")
        and not registered.split(".")[0].endswith("-")
    )
    read = read_value(dot.join([*labels, top]))
    assert [each.value for each in read.observables] == ([name] if is_host else [])


def test_what_is_shown_is_no_part_of_the_identity() -> None:
    plain, shown = (Observable(Kind.EMAIL, "a@b.example", display=said) for said in (None, "A"))
    assert plain == shown
    assert (plain != shown) is False
    assert len({plain, shown}) == 1
    assert plain != Observable(Kind.URL, "a@b.example")
    assert plain != "email:a@b.example"
