"""Forms of the acting pages, a module for each subject."""
