"""Other engines for the same edges: DuckDB from one SQL text, Spark over a member's own lake.

Each gives the kernel's edges to the last one. DuckDB's is the definition written as plainly as
SQL allows and the oracle at small size; Spark prunes in SQL and scans with the same kernel.
"""
