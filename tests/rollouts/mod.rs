//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod fuzz;
mod peers;
mod rollback;
mod status;
mod verdicts;
mod world;
