"""Files to documents and back: one small module a format."""
