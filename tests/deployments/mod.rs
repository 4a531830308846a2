//! Deployments, from the environment to the verdict. Both targets run them: `simulated` against the simulator
//! and a script instead of docker, `real` against docker, a registry and moto. Each target checks the other.

mod bad_input;
mod contended;
mod definition;
mod dry;
mod example;
mod faults;
mod kinds;
mod order;
mod output;
mod rerun;
mod services;
mod signals;
mod unfinished;
mod watch;
