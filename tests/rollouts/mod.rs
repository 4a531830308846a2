//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod ended;
mod signals;
mod table;
mod verdicts;
mod world;
