"""Rows out of text, beside Python's csv module reading the same text whole."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from tocsin.intake.encodings import read_lines
from tocsin.intake.tabletext import read_rows

CELLS = st.text(st.sampled_from('ab,;"\n é'), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6), st.sampled_from(",;"))
def test_well_formed_text_gives_the_cells_that_were_written(
    rows: list[list[str]], delimiter: str
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)
    lines = read_lines(io.BytesIO(written.getvalue().encode()), "utf-8")
    read = [list(row.cells) for row in read_rows(lines, delimiter)]
    assert read == rows
