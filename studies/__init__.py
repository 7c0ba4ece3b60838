"""Running models: one call for every engine, and many runs at once."""
