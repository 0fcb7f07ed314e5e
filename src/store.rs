//! The objects of one kind, by key, and exactly what changed.
