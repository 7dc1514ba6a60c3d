"""What a person sees, in a real Chromium: `conftest.py` opens pages, the tests look at them."""
