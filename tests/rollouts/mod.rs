//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod ended;
mod fan_out;
mod fuzz;
mod hints;
mod killed;
mod lookups;
mod peers;
mod rollback;
mod signals;
mod status;
mod table;
mod verify;
pub mod world;
