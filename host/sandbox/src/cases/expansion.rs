//! The cases of a file: its tables with what the file sets for all of them, one case for each combination of a matrix.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::facts::{FactKey, Facts, ReadFile};
use super::file::{Case, CaseTable};
use super::fixture;
use super::matrix::Combination;
use super::plans::{self, RecordedPlans};
use model::build::PartialBuild;
use model::text::printable;

/// What a file sets for all of its cases.
pub(super) struct Defaults {
    pub(super) plan: Option<String>,
    pub(super) build: PartialBuild,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) facts: Arc<Facts>,
}

/// The cases of a file so far, and what the next ones need.
pub(super) struct Expansion<'r> {
    file: Arc<str>,
    read: ReadFile<'r>,
    defaults: Defaults,
    plans: RecordedPlans,
    names: BTreeSet<String>,
    pub(super) cases: Vec<Case>,
}

impl<'r> Expansion<'r> {
    /// Nothing of a file yet.
    pub(super) fn new(file: &str, defaults: Defaults, read: ReadFile<'r>) -> Self {
        let (plans, names) = (RecordedPlans::default(), BTreeSet::new());
        Self { file: file.into(), read, defaults, plans, names, cases: Vec::new() }
    }

    /// Adds a case for each combination of the table's matrix. The error is every problem of the case that is known.
    pub(super) fn add(&mut self, case: CaseTable, index: usize, line: usize) -> Result<(), Vec<String>> {
        let Defaults {
            plan: default_plan,
            build: default_build,
            settings: default_settings,
            facts: default_facts,
        } = &self.defaults;
        if !self.names.insert(case.name.clone()) {
            return Err(vec!["another case of this file has the same name".to_owned()]);
        }
        if case.name.is_empty() || printable(&case.name) != case.name {
            return Err(vec!["invalid name: expected one line of visible characters, not empty".to_owned()]);
        }
        let own_facts: Arc<[FactKey]> = case.facts.keys().into();
        let facts = if own_facts.is_empty() {
            Arc::clone(default_facts)
        } else {
            let mut facts = case.facts.or(Facts::clone(default_facts));
            facts.read_files(self.read).map_err(|(_, problem)| vec![problem])?;
            Arc::new(facts)
        };
        if let Some(problem) = facts.problem() {
            return Err(vec![problem]);
        }
        let recorded = match case.plan.as_ref().or(default_plan.as_ref()) {
            Some(path) => Some(self.plans.read(path, self.read).map_err(|problem| vec![problem])?),
            None if case.action.is_some() => {
                return Err(vec!["action: expected a `plan` beside it".to_owned()]);
            }
            None => None,
        };
        if let Some(field) = case.matrix.conflict(&case.build, &case.settings) {
            return Err(vec![format!("{field}: the matrix sets it too")]);
        }
        for combination in case.matrix.combinations().map_err(|problem| vec![problem])? {
            let name = combination.case_name(&case.name);
            if name != case.name && !self.names.insert(name.clone()) {
                return Err(vec![format!("another case of this file has the name `{name}`")]);
            }
            let expect = case.expect.with_values(&combination).map_err(|problem| vec![problem])?;
            let problems = expect.problems();
            if !problems.is_empty() {
                return Err(problems);
            }
            let Combination { build, settings, .. } = combination;
            let fields = build.or(case.build.clone()).or(default_build.clone());
            let plan = match &recorded {
                Some(plan) => {
                    let changed = plans::with_changes(plan, case.action, &fields);
                    Some(Arc::new(changed.map_err(|problem| vec![problem])?))
                }
                None => None,
            };
            // The build of a case of a guard is that of its plan.
            let fields = if plan.is_some() { PartialBuild::default() } else { fields };
            let build = fixture::complete(fields).map_err(|problem| vec![problem])?;
            let settings = [default_settings, &case.settings, &settings].into_iter().flatten();
            let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
            let (file, facts) = (Arc::clone(&self.file), Arc::clone(&facts));
            let (own_facts, file_facts) = (Arc::clone(&own_facts), Arc::clone(default_facts));
            self.cases.push(Case {
                name,
                file,
                line,
                index,
                build,
                settings,
                facts,
                own_facts,
                file_facts,
                plan,
                expect,
            });
        }
        Ok(())
    }
}
