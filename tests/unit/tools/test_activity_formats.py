"""The page of formats says what the readers say."""

from tools.activity_formats import PAGE, page


def test_the_page_of_formats_is_written_from_the_readers_as_they_are() -> None:
    current = PAGE.read_text("utf-8") == page()
    assert current, "run `python tools/activity_formats.py`"
