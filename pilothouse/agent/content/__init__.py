"""Large arguments and results, which travel beside HTEX, by content.

What is over :data:`.bundle.INLINE_BYTES` is written to a file once, named by its SHA-256, and a
reference goes in its place (docs/architecture.md, "What is large").
"""
