//! The only code that knows JavaScript: bindings, and the driver that carries out Net's orders.
