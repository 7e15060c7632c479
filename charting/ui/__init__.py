"""The pages, and the marking surface."""
