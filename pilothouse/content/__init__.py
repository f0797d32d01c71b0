"""The kernel's side of what travels beside HTEX (docs/architecture.md, "What is large")."""
