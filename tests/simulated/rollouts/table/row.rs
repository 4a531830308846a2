//! A row of the table: a scenario, and the expected result of a run.

use ecs_simulator::Scenario;
use serde_json::Value;

use crate::world::{Job, RunResult, World, scenario};

/// A change to a scenario.
pub type Setup = Box<dyn Fn(&mut Scenario) + Send + Sync>;

/// A check after the end of a run. The error states the problem.
pub type Check = fn(&World, &RunResult) -> Result<(), String>;

pub struct Row {
    pub name: String,
    setup: Vec<Setup>,
    before: Option<fn(&World)>,
    flags: Vec<&'static str>,
    unset: Vec<&'static str>,
    decision: Option<Value>,
    /// Each target's name, and the word of its verdict.
    pub verdicts: Vec<(&'static str, &'static str)>,
    pub exit: i32,
    pub printed: Vec<&'static str>,
    pub absent: Vec<&'static str>,
    /// Services of the cluster `main`, and the revisions that they are set to after the run.
    pub runs: Vec<(&'static str, &'static str)>,
    /// Actions, and the number of successful calls of each.
    pub counts: Vec<(&'static str, usize)>,
    /// Whether the verdict is a failure although ECS reports the rollout as complete.
    pub overrides_ecs: bool,
    /// Whether tasks report another digest than the pushed one although they are deployed.
    pub runs_another_digest: bool,
    pub checks: Vec<Check>,
}

/// A row in which a run deploys the next image to the service `main/web`.
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
        runs_another_digest: false,
        checks: Vec::new(),
    }
}

impl Row {
    /// Adds changes to the scenario, in which every deployment succeeds by default.
    pub fn setup<const N: usize>(mut self, setup: [Setup; N]) -> Self {
        self.setup.extend(setup);
        self
    }

    /// Sets what happens in the world before the run.
    pub fn before(mut self, before: fn(&World)) -> Self {
        self.before = Some(before);
        self
    }

    pub fn flags<const N: usize>(mut self, flags: [&'static str; N]) -> Self {
        self.flags.extend(flags);
        self
    }

    /// Removes a variable from the environment of the run.
    pub fn unset(mut self, variable: &'static str) -> Self {
        self.unset.push(variable);
        self
    }

    /// Replaces the built-in policy by one with this answer.
    pub fn decision(mut self, answer: Value) -> Self {
        self.decision = Some(answer);
        self
    }

    /// Expects this verdict on `main/web`, and this exit code.
    pub fn ends(self, word: &'static str, exit: i32) -> Self {
        self.all_end([("main/web", word)], exit)
    }

    /// Expects these verdicts on targets, and this exit code.
    pub fn all_end<const N: usize>(mut self, verdicts: [(&'static str, &'static str); N], exit: i32) -> Self {
        self.verdicts.extend(verdicts);
        self.exit = exit;
        self
    }

    /// Expects this exit code, and checks no verdict.
    pub fn rejected(mut self, exit: i32) -> Self {
        self.exit = exit;
        self
    }

    pub fn prints<const N: usize>(mut self, printed: [&'static str; N]) -> Self {
        self.printed.extend(printed);
        self
    }

    pub fn does_not_print<const N: usize>(mut self, absent: [&'static str; N]) -> Self {
        self.absent.extend(absent);
        self
    }

    /// Expects that `web` is set to this revision after the run.
    pub fn runs(mut self, revision: &'static str) -> Self {
        self.runs.push(("web", revision));
        self
    }

    /// Expects that another service is set to this revision after the run.
    pub fn also_runs(mut self, service: &'static str, revision: &'static str) -> Self {
        self.runs.push((service, revision));
        self
    }

    /// Expects this number of successful calls of an action.
    pub fn counts(mut self, action: &'static str, count: usize) -> Self {
        self.counts.push((action, count));
        self
    }

    /// Expects a failure although ECS reports the rollout as complete.
    pub fn overrides_ecs(mut self) -> Self {
        self.overrides_ecs = true;
        self
    }

    /// Expects a success although the tasks report another digest than the pushed one.
    pub fn runs_another_digest(mut self) -> Self {
        self.runs_another_digest = true;
        self
    }

    /// Whether the policy returns an image.
    pub fn deploys_an_image(&self) -> bool {
        self.decision.as_ref().is_none_or(|answer| answer["images"] != serde_json::json!([]))
    }

    /// Whether the policy returns a desired count.
    pub fn sets_desired_count(&self) -> bool {
        self.decision.as_ref().is_some_and(|answer| answer.to_string().contains("desired_count"))
    }

    pub fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Runs the row, and returns the differences from the expected result.
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
        let missing = self.printed.iter().filter(|text| !ended.text.contains(**text));
        problems.extend(missing.map(|text| format!("the output does not contain `{text}`")));
        let unexpected = self.absent.iter().filter(|text| ended.text.contains(**text));
        problems.extend(unexpected.map(|text| format!("the output contains `{text}`")));
        for (service, revision) in &self.runs {
            let runs = world.runs(service);
            if runs != *revision {
                problems.push(format!("{service} is set to {runs} instead of {revision}"));
            }
        }
        for (action, count) in &self.counts {
            let done = ended.done(action).len();
            if done != *count {
                problems.push(format!("{action} succeeded {done} times instead of {count}"));
            }
        }
        problems.extend(self.checks.iter().filter_map(|check| check(&world, &ended).err()));
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
