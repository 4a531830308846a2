//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod rollback;
mod status;
mod verdicts;
mod verify;
mod world;
