#!/usr/bin/env bash
# Run each benchmarks/bench_*.py and keep what it prints as benchmarks/results/NAME.txt.
#
# One that fails does not stop the others; the end names them and the exit code is 1.
# PYTHON names the interpreter, BENCHMARKS the folder.
set -uo pipefail

folder=${BENCHMARKS:-benchmarks}
shopt -s nullglob
programs=("$folder"/bench_*.py)
if ((${#programs[@]} == 0)); then
    echo "no benchmarks yet: $folder/bench_*.py"
    exit 0
fi

mkdir -p "$folder/results"
failed=()
for program in "${programs[@]}"; do
    name=$(basename "$program" .py)
    echo "== $name"
    result="$folder/results/$name.txt"
    # The former result stays until there is a new one.
    if "${PYTHON:-python3}" "$program" </dev/null | tee "$result.new"; then
        mv "$result.new" "$result"
    else
        rm -f "$result.new"
        failed+=("$name")
    fi
done
((${#failed[@]} == 0)) || { echo "failed: ${failed[*]}" >&2; exit 1; }
