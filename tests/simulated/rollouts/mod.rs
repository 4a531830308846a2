//! Rollouts: the real binary against the simulator of ECS, in simulated time.

mod bounded;
pub mod continuation;
mod counted;
mod day;
mod fan_out;
mod fleet;
pub mod fuzz;
mod hints;
mod killed;
mod lookups;
mod pauses;
mod recreated;
mod report;
mod rollback;
mod signals;
mod status;
pub mod table;
mod too_late;
mod triggers;
mod twins;
mod verify;

use crate::world;
