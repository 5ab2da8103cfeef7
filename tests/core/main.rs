//! The core over files made by hand, tag by tag: plans asserted range by range, and what hostile files must end in.

mod craft;
mod hostile;
mod plans;
