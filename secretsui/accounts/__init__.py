"""Who may use the product: people, roles, sign-in, and the product's own audit trail."""
