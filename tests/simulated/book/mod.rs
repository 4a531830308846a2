//! The book in `docs`, and the two files that are read with it: what they name exists, and what they show is true.

mod blocks;
mod commands;
mod links;
mod reference;
mod words;
