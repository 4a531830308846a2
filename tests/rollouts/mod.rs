//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod peers;
mod verdicts;
mod world;
