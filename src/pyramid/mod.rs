//! Base and sidecars as one dataset: levels, and the best one for a size.
