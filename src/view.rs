//! Pure: the cluster as cards and blocks to draw.
