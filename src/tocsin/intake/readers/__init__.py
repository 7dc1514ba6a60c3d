"""The readers that come with Tocsin, one format each."""
