"""Pages of the advisor."""
