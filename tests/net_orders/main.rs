//! `Net`, fact by fact and order by order: exact requests, exact orders, exact errors.

mod answers;
mod bench;
mod failures;
mod links;
mod priorities;
mod requests;
mod traces;
