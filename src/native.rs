//! The native driver: files and slices, for tests, benches and examples.
