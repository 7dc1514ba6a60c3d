"""The reader of runnable console blocks."""

import pytest

from tests.docs.console import Step, first_missing, steps

PAGE = """# A page

```console
$ never run
```

<!-- run -->
```console
$ tocsin init lab \\
>   --name Lab
a node ... in lab

$ ls
```

Text.

<!-- run: exit 3 -->
```console
$ true
$ tocsin import bad.csv
```
"""


def test_marked_blocks_give_their_commands_in_order() -> None:
    assert steps(PAGE) == [
        Step(9, "tocsin init lab \\\n  --name Lab", 0, ("a node ... in lab",)),
        Step(13, "ls"),
        Step(20, "true"),
        Step(21, "tocsin import bad.csv", 3),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "<!-- run -->\n\n```console\n$ ls\n```\n",
        "<!-- run: exits 3 -->\n```console\n$ ls\n```\n",
        "<!-- run -->\n```sh\nls\n```\n",
        "<!-- run -->\n```console\nls\n```\n",
        "<!-- run -->\n```console\n```\n",
    ],
)
def test_a_mark_that_runs_nothing_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="line"):
        steps(page)


@pytest.mark.parametrize(
    ("expected", "missing"),
    [
        ((), None),
        (("one",), None),
        (("one", "three 3"), None),
        (("o...",), None),
        (("one", "...", "three ..."), None),
        (("three 3", "one"), "one"),
        (("on",), "on"),
        (("two (2.)",), None),
        (("two .2..",), "two .2.."),
    ],
)
def test_expected_lines_appear_whole_and_in_order(
    expected: tuple[str, ...], missing: str | None
) -> None:
    assert first_missing(expected, "one\ntwo (2.)  \nthree 3\n") == missing
