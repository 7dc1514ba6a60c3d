"""A member's lake: a Spark session, and a trace from its files or tables."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from tocsin.detect.coordination.reading import ALIASES
from tocsin.detect.coordination.seconds import LATEST
from tocsin.foundation import BadInputError, UsageError

_LOCAL: Final = {
    # A laptop's session talks to itself and asks nobody else.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.memory": "4g",
}
_ALWAYS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "200000",  # its 10,000 cost a third more
    "spark.driver.maxResultSize": "0",
}

_WHOLE: Final = ("tinyint", "smallint", "int", "bigint")


@contextmanager
def lake(master: str = "local[*]", settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """Open a Spark session, and stop it at the end.

    Raises:
        UsageError: when PySpark, pandas (which its Arrow functions ask for) or a Java is missing.
    """
    if master.startswith("local") and not _has_java():
        raise UsageError(
            "Spark needs a Java and none was found",
            hint="install one (Debian: default-jre-headless) or set JAVA_HOME",
        )
    missing = [each for each in ("pyspark", "pandas") if find_spec(each) is None]
    if missing:
        raise UsageError(
            f"Spark needs {' and '.join(missing)}, not installed here",
            hint="install the extra: pip install 'tocsin[spark]' pandas",
        )
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra that few install

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    options = {**(_LOCAL if master.startswith("local") else {}), **_ALWAYS, **(settings or {})}
    builder = SparkSession.builder.master(master).appName("tocsin")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java") or (home and (Path(home) / "bin" / "java").exists()))


@frozen(eq=False)
class SparkTrace:
    """A trace in the lake.

    Attributes:
        shares: a data frame with account, object and ts, without nulls.
    """

    shares: Any
    _source: Any

    def rows(self) -> int:
        """Return how many rows the source has, used or not: of files their footers say it."""
        return int(self._source.count())


def spark_trace(session: Any, sources: Sequence[str], columns: Mapping[str, str]) -> SparkTrace:
    """Return the trace of files, folders or a table.

    Rows without account, object or time, or with a time beyond 2^53 s, are left out.

    Args:
        sources: Parquet (also a folder of it) or CSV files that the executors can read, or one
            name that the catalog resolves.
        columns: header for a column with an unusual one.

    Raises:
        BadInputError: when a source is not there or lacks a column.
    """
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.sql import functions as f  # noqa: PLC0415

    try:
        frame = _read(session, sources)
    except PySparkException as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInputError(
            f"{', '.join(sources)}: Spark cannot read it: {why}",
            hint="name Parquet files that the executors see, or a table of the catalog",
        ) from error
    picked = []
    for column in ("account", "object", "time"):
        wanted = (columns[column],) if column in columns else ALIASES[column]
        header = next((each for each in wanted if each in frame.columns), None)
        if header is None:
            raise BadInputError(
                f"{', '.join(sources)}: no column {' or '.join(map(repr, wanted))}",
                hint=f"say which one it is: --column {column}=HEADER",
            )
        picked.append(f.col(f"`{header}`").alias("ts" if column == "time" else column))
    trace = frame.select(*picked)
    trace = trace.withColumn("ts", _as_seconds(f, trace))
    usable = f.col("ts").between(-LATEST, LATEST)
    for name in ("account", "object"):
        usable &= f.col(name).isNotNull()
        if trace.schema[name].dataType.simpleString() == "string":
            usable &= f.length(name) > 0
    return SparkTrace(trace.where(usable), frame)


def _read(session: Any, sources: Sequence[str]) -> Any:
    if len(sources) == 1 and not os.path.splitext(sources[0])[1] and "/" not in sources[0]:  # noqa: PTH122 - a table's name is no path
        return session.table(sources[0])
    if all(".csv" in Path(each).suffixes for each in sources):
        # All as text first: numbers would lose the digits of long identifiers.
        return session.read.csv(list(sources), header=True, multiLine=True, escape='"')
    return session.read.parquet(*sources)


def _as_seconds(f: Any, trace: Any) -> Any:
    kind = trace.schema["ts"].dataType.simpleString()
    if kind in _WHOLE:
        return f.col("ts").cast("bigint")
    if kind.startswith("timestamp_ntz"):
        exact = f.col("ts").cast("timestamp").cast("double")
    elif kind.startswith("timestamp"):
        exact = f.col("ts").cast("double")
    else:
        exact = f.expr("try_cast(ts AS double)")
    return f.floor(exact).cast("bigint")
