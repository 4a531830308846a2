//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod fuzz;
mod verdicts;
mod world;
