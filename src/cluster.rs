//! Nodes joined with their pods; totals and what changed lately.
