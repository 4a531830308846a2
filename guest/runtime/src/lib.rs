//! What a policy without the standard library needs in its place: a memory
//! allocator, a panic handler, and the function through which the host puts
//! values into a component's memory. A policy names this crate, and that is all:
//!
//! ```text
//! #![no_std]
//!
//! #[cfg(not(test))] // A test has the standard library.
//! use ecs_host_policy_runtime as _;
//! ```
//!
//! Such a component imports nothing, so there is no stream to write a panic's
//! text to: a panic is a trap, and the host shows the names of the functions in
//! the trap's backtrace. A component keeps these names as long as it is not
//! built with `strip = "symbols"`.
//!
//! This is a crate of its own, and not a feature of `ecs-host-policy`, because
//! cargo joins features: built together, a policy without the standard library
//! would hand its panic handler to one that has it, and neither would link.

#![no_std]

// Natively there is no component, and the standard library has all of it.
#[cfg(not(target_family = "wasm"))]
extern crate std;

#[cfg(all(target_family = "wasm", not(test)))]
mod wasm;
