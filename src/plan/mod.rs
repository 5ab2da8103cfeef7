//! From a request to byte ranges, blocks and placements: pure values.
