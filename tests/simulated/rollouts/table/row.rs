//! A row of the table: what there is and what happens, and what a run has to
//! make of it.

use ecs_simulator::Scenario;
use serde_json::Value;

use crate::world::{Job, RunResult, World, scenario};

/// A change to a scenario.
pub type Setup = Box<dyn Fn(&mut Scenario) + Send + Sync>;

/// A look at what is left when all is over; an error says what is wrong.
pub type Look = fn(&World, &RunResult) -> Result<(), String>;

/// One row.
pub struct Row {
    pub name: String,
    setup: Vec<Setup>,
    before: Option<fn(&World)>,
    flags: Vec<&'static str>,
    unset: Vec<&'static str>,
    decision: Option<Value>,
    /// The word of each target's verdict, by the target's name.
    pub verdicts: Vec<(&'static str, &'static str)>,
    pub exit: i32,
    pub printed: Vec<&'static str>,
    pub absent: Vec<&'static str>,
    /// What services of the cluster `main` run in the end.
    pub runs: Vec<(&'static str, &'static str)>,
    /// How often each of these actions took effect.
    pub counts: Vec<(&'static str, usize)>,
    /// Whether ECS calls complete what the run calls failed, for reasons of its own.
    pub overrides_ecs: bool,
    pub looks: Vec<Look>,
}

/// A row in which the service `main/web` gets the next image.
pub fn row(name: impl Into<String>) -> Row {
    Row {
        name: name.into(),
        setup: Vec::new(),
        before: None,
        flags: Vec::new(),
        unset: Vec::new(),
        decision: None,
        verdicts: Vec::new(),
        exit: 0,
        printed: Vec::new(),
        absent: Vec::new(),
        runs: Vec::new(),
        counts: Vec::new(),
        overrides_ecs: false,
        looks: Vec::new(),
    }
}

impl Row {
    /// What is different from a service that takes every deployment.
    pub fn setup<const N: usize>(mut self, setup: [Setup; N]) -> Self {
        self.setup.extend(setup);
        self
    }

    /// What is done in that world before the run.
    pub fn before(mut self, before: fn(&World)) -> Self {
        self.before = Some(before);
        self
    }

    pub fn flags<const N: usize>(mut self, flags: [&'static str; N]) -> Self {
        self.flags.extend(flags);
        self
    }

    /// The build does not tell this.
    pub fn unset(mut self, variable: &'static str) -> Self {
        self.unset.push(variable);
        self
    }

    /// What the policy answers, instead of the built-in one.
    pub fn decision(mut self, answer: Value) -> Self {
        self.decision = Some(answer);
        self
    }

    /// The verdict on `main/web`, and the exit code.
    pub fn ends(self, word: &'static str, exit: i32) -> Self {
        self.all_end([("main/web", word)], exit)
    }

    /// The verdicts on these targets, and the exit code.
    pub fn all_end<const N: usize>(mut self, verdicts: [(&'static str, &'static str); N], exit: i32) -> Self {
        self.verdicts.extend(verdicts);
        self.exit = exit;
        self
    }

    /// Ends before there is any target.
    pub fn refused(mut self, exit: i32) -> Self {
        self.exit = exit;
        self
    }

    pub fn prints<const N: usize>(mut self, says: [&'static str; N]) -> Self {
        self.printed.extend(says);
        self
    }

    pub fn does_not_print<const N: usize>(mut self, absent: [&'static str; N]) -> Self {
        self.absent.extend(absent);
        self
    }

    /// What `web` is set to in the end.
    pub fn runs(mut self, revision: &'static str) -> Self {
        self.runs.push(("web", revision));
        self
    }

    /// What another service is set to in the end.
    pub fn too(mut self, service: &'static str, revision: &'static str) -> Self {
        self.runs.push((service, revision));
        self
    }

    /// How often an action takes effect.
    pub fn counts(mut self, action: &'static str, count: usize) -> Self {
        self.counts.push((action, count));
        self
    }

    /// The run fails what ECS calls complete.
    pub fn overrides_ecs(mut self) -> Self {
        self.overrides_ecs = true;
        self
    }

    pub fn look(mut self, look: Look) -> Self {
        self.looks.push(look);
        self
    }

    /// Plays the row, and gives what is wrong with how it ended.
    pub fn problems(&self) -> Vec<String> {
        let mut scenario = scenario();
        for change in &self.setup {
            change(&mut scenario);
        }
        let world = World::new(&scenario);
        if let Some(before) = self.before {
            before(&world);
        }
        let ended = self.job(&world).args(&self.flags).ends();
        let mut problems = super::always::problems(self, &world, &ended);
        if ended.code != Some(self.exit) {
            problems.push(format!("exit code {:?} instead of {}", ended.code, self.exit));
        }
        for (target, word) in &self.verdicts {
            match ended.find_verdict(target) {
                Some(verdict) if verdict["verdict"] == word.replace(' ', "-") => {}
                Some(verdict) => {
                    problems.push(format!("{target} is {} instead of {word}", verdict["verdict"]))
                }
                None => problems.push(format!("there is no verdict on {target}")),
            }
        }
        let unsaid = self.printed.iter().filter(|text| !ended.text.contains(**text));
        problems.extend(unsaid.map(|text| format!("it does not say `{text}`")));
        let said = self.absent.iter().filter(|text| ended.text.contains(**text));
        problems.extend(said.map(|text| format!("it says `{text}`")));
        for (service, revision) in &self.runs {
            let runs = world.runs(service);
            if runs != *revision {
                problems.push(format!("{service} is set to {runs} instead of {revision}"));
            }
        }
        for (action, count) in &self.counts {
            let done = ended.done(action).len();
            if done != *count {
                problems.push(format!("{action} took effect {done} times instead of {count}"));
            }
        }
        problems.extend(self.looks.iter().filter_map(|look| look(&world, &ended).err()));
        if !problems.is_empty() {
            problems.push(ended.transcript());
        }
        problems
    }

    fn job<'w>(&self, world: &'w World) -> Job<'w> {
        let job = match &self.decision {
            Some(answer) => world.run_decision(answer),
            None => world.run(),
        };
        self.unset.iter().fold(job, |job, variable| job.unset(variable))
    }
}
