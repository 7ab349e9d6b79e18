"""The pages: one module for each, and `pages` for what they share."""
