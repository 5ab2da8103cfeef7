//! The file as the TIFF specification describes it, over the bytes supplied so far.
