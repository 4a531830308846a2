//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod fan_out;
mod fuzz;
mod killed;
mod verdicts;
mod world;
