//! The runtime of a policy without the standard library: a memory allocator, a
//! panic handler, and the function that the host calls to allocate memory for the
//! values that it passes. A policy only refers to this crate:
//!
//! ```text
//! #![no_std]
//!
//! #[cfg(not(test))] // Tests use the standard library.
//! use ecs_host_policy_runtime as _;
//! ```
//!
//! Such a component imports nothing, so it cannot print the message of a panic. A
//! panic is a trap, and the host prints the names of the functions in its
//! backtrace. The component contains these names unless it is built with
//! `strip = "symbols"`.
//!
//! The allocator never frees memory, since an instance of a policy ends after a few
//! calls. Without the code that frees, a component is smaller and compiles faster.
//!
//! The runtime is not a feature of `ecs-host-policy`, because cargo unifies
//! features: in a build of several policies, one policy without the standard
//! library would enable the panic handler for a policy with the standard library,
//! and linking would fail.

#![no_std]

// A native build is not a component and uses the standard library's runtime.
#[cfg(not(target_family = "wasm"))]
extern crate std;

#[cfg(all(target_family = "wasm", not(test)))]
mod wasm;
