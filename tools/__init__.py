"""What keeps the project itself in order: licences, system packages, benchmarks."""
