//! The outcomes of a policy or a guard that its cases reach.

use std::fmt;

use super::answer::Outcome;
use super::run::CaseResult;
use crate::kind::ComponentKind;
use crate::manifest::SettingDeclaration;
use model::decision::Decision;
use model::review::Severity;

/// An outcome that the contract describes: a kind of answer, or a declared setting that is set or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReachableOutcome {
    /// The policy deploys.
    Deploy,
    /// The policy skips the build.
    Skip,
    /// The guard has no finding.
    Allow,
    /// The guard has a finding that denies.
    Deny,
    /// The component returns an error of its own.
    Error,
    /// A setting, or one of a family whose name ends in `*`, is set or not set.
    Setting {
        /// The setting, as the manifest declares it.
        name: String,
        /// Whether it is set.
        is_set: bool,
    },
}

/// A class of outcomes, of which each has to be reached by a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeClass {
    /// [`ReachableOutcome::Deploy`].
    Deploy,
    /// [`ReachableOutcome::Skip`].
    Skip,
    /// [`ReachableOutcome::Allow`].
    Allow,
    /// [`ReachableOutcome::Deny`].
    Deny,
    /// [`ReachableOutcome::Error`].
    Error,
    /// Every [`ReachableOutcome::Setting`].
    Settings,
    /// All of them.
    All,
}

/// All outcomes of a component, by whether a case reaches them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes {
    /// Those that a case reaches.
    pub reached: Vec<ReachableOutcome>,
    /// Those that no case reaches.
    pub unreached: Vec<ReachableOutcome>,
}

impl Outcomes {
    /// Finds the outcomes that the results reach. `declared` are the settings of the component that can matter.
    #[must_use]
    pub fn find(kind: ComponentKind, declared: &[&SettingDeclaration], results: &[CaseResult]) -> Self {
        let [mut deploys, mut skips, mut allows, mut denies, mut errors] = [false; 5];
        let mut settings = vec![[false; 2]; declared.len()];
        for result in results {
            match &result.answer.outcome {
                Outcome::Decided(Decision::Deploy(_)) => deploys = true,
                Outcome::Decided(Decision::Skip { .. }) => skips = true,
                Outcome::Reviewed(findings) if findings.is_empty() => allows = true,
                Outcome::Reviewed(findings) => {
                    denies |= findings.iter().any(|finding| finding.severity == Severity::Deny);
                }
                Outcome::Rejected(_) => errors = true,
                Outcome::Failed(_) => {}
            }
            for (declared, [is_set, is_not_set]) in declared.iter().zip(&mut settings) {
                let has_value = result.settings.iter().any(|name| declared.matches(name));
                *(if has_value { is_set } else { is_not_set }) = true;
            }
        }
        let answers = match kind {
            ComponentKind::Policy => [(ReachableOutcome::Deploy, deploys), (ReachableOutcome::Skip, skips)],
            ComponentKind::Guard => [(ReachableOutcome::Allow, allows), (ReachableOutcome::Deny, denies)],
        };
        let kinds = answers.into_iter().chain([(ReachableOutcome::Error, errors)]);
        let settings = declared.iter().zip(settings).flat_map(|(declared, reached)| {
            let outcome = |is_set| ReachableOutcome::Setting { name: declared.name.clone(), is_set };
            // A guard does not run without a setting that it requires.
            let is_possible = |is_set: bool| is_set || !declared.required || kind == ComponentKind::Policy;
            let states =
                [true, false].into_iter().zip(reached).filter(move |(is_set, _)| is_possible(*is_set));
            states.map(move |(is_set, is_reached)| (outcome(is_set), is_reached))
        });
        let (mut reached, mut unreached) = (Vec::new(), Vec::new());
        for (outcome, is_reached) in kinds.chain(settings) {
            if is_reached { reached.push(outcome) } else { unreached.push(outcome) }
        }
        Self { reached, unreached }
    }

    /// Those of the required classes that no case reaches.
    #[must_use]
    pub fn missing(&self, required: &[OutcomeClass]) -> Vec<&ReachableOutcome> {
        let is_required = |outcome: &&ReachableOutcome| required.iter().any(|class| class.contains(outcome));
        self.unreached.iter().filter(is_required).collect()
    }
}

impl OutcomeClass {
    fn contains(self, outcome: &ReachableOutcome) -> bool {
        match self {
            Self::Deploy => *outcome == ReachableOutcome::Deploy,
            Self::Skip => *outcome == ReachableOutcome::Skip,
            Self::Allow => *outcome == ReachableOutcome::Allow,
            Self::Deny => *outcome == ReachableOutcome::Deny,
            Self::Error => *outcome == ReachableOutcome::Error,
            Self::Settings => matches!(outcome, ReachableOutcome::Setting { .. }),
            Self::All => true,
        }
    }
}

impl fmt::Display for ReachableOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deploy => f.write_str("deploy"),
            Self::Skip => f.write_str("skip"),
            Self::Allow => f.write_str("allow"),
            Self::Deny => f.write_str("deny"),
            Self::Error => f.write_str("error"),
            Self::Setting { name, is_set: true } => write!(f, "{name} set"),
            Self::Setting { name, is_set: false } => write!(f, "{name} not set"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_reached_by_answers_and_settings() {
        let setting = |name: &str| SettingDeclaration { name: name.to_owned(), ..Default::default() };
        let declared = [setting("A"), setting("B_*")];
        let result = |outcome, settings: &[&str]| CaseResult {
            settings: settings.iter().map(|name| (*name).to_owned()).collect(),
            ..CaseResult::new(outcome, Vec::new(), Vec::new())
        };
        let skip = Outcome::Decided(Decision::Skip { reason: "No.".to_owned() });
        let results = [
            result(skip, &["A", "B_X"]),
            result(Outcome::Failed("trap".to_owned()), &["A"]),
            result(Outcome::Rejected("no".to_owned()), &["A", "B_Y"]),
        ];
        let outcomes = Outcomes::find(ComponentKind::Policy, &declared.iter().collect::<Vec<_>>(), &results);
        let names = |list: &[ReachableOutcome]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&outcomes.reached), ["skip", "error", "A set", "B_* set", "B_* not set"]);
        assert_eq!(names(&outcomes.unreached), ["deploy", "A not set"]);
        for (required, missing) in [
            (&[OutcomeClass::All][..], &["deploy", "A not set"][..]),
            (&[OutcomeClass::Settings], &["A not set"]),
            (&[OutcomeClass::Skip, OutcomeClass::Error], &[]),
            (&[OutcomeClass::Deploy], &["deploy"]),
            (&[], &[]),
        ] {
            let found: Vec<String> = outcomes.missing(required).iter().map(ToString::to_string).collect();
            assert_eq!(found, missing, "{required:?}");
        }
    }
}
