//! The tutorial of the book, from its first command to its last one, with the parts of the demo.

use std::path::Path;

use crate::stage::Stage;
use crate::support::book::shell::{execute, steps};
use crate::support::book::{Chapter, Mark};

/// Faster than the demo, which is for watching.
const SPEED: f64 = 20.0;

#[test]
fn the_tutorial_does_what_it_shows() {
    let chapter = Chapter::read("docs/tutorial.md");
    let blocks = chapter.blocks.iter().filter(|block| block.is_marked(|mark| matches!(mark, Mark::With(_))));
    let steps: Vec<_> = blocks.flat_map(|block| steps(&chapter.path, block)).collect();
    assert!(steps.len() > 20, "{} commands", steps.len());
    let stage = Stage::set(SPEED).expect("a stage");
    let programs = Path::new(env!("CARGO_BIN_EXE_ecs-host")).parent().expect("a folder");
    let variables = stage.shell(programs).expect("a shell");
    stage.while_syncing(|| execute(&stage.home(), &variables, "", &[], &steps));
}
