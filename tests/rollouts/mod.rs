//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod signals;
mod table;
mod verdicts;
mod world;
