"""The pages of sign-in, one's own password, people and the audit trail."""
