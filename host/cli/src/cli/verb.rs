//! The name of each verb, how it reports, and where its project is.

use std::path::{Path, PathBuf};

use super::{OidcArgs, Verb};
use crate::notify::NotifyUrl;
use crate::output::PlanFormat;
use model::Environment;

impl Verb {
    /// The name on the command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Show(_) => "show",
            Self::Decide(_) => "decide",
            Self::Test(_) => "test",
            Self::Inspect(_) => "inspect",
            Self::Push(_) => "push",
            Self::Lock(_) => "lock",
            Self::Verify(_) => "verify",
            Self::Status(_) => "status",
            Self::Rollback(_) => "rollback",
            Self::Continue(_) => "continue",
            Self::Iam(_) => "iam",
            Self::Config(_) => "config",
            Self::New(_) => "new",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    /// The flags of the identity token that the verb calls AWS with; `None` if it does not call AWS.
    #[must_use]
    pub fn oidc(&self) -> Option<&OidcArgs> {
        match self {
            Self::Run(args) | Self::Plan(args) | Self::Verify(args) => Some(&args.plan.oidc),
            Self::Apply(args) => Some(&args.oidc),
            Self::Iam(args) => args.calls_aws().then_some(&args.run.plan.oidc),
            Self::Status(args) => Some(&args.place.oidc),
            Self::Rollback(args) => Some(&args.place.oidc),
            Self::Continue(args) => Some(&args.place.oidc),
            Self::Decide(_)
            | Self::Show(_)
            | Self::New(_)
            | Self::Test(_)
            | Self::Inspect(_)
            | Self::Push(_)
            | Self::Lock(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }

    /// Whether `--json` makes stdout a stream of events. The `--json` of `inspect`, `iam` and `config` prints one object
    /// instead.
    #[must_use]
    pub fn has_json_events(&self) -> bool {
        match self {
            Self::Run(args) | Self::Plan(args) | Self::Decide(args) | Self::Verify(args) => args.plan.json,
            Self::Apply(args) => args.json,
            Self::Status(args) => args.place.json,
            Self::Rollback(args) => args.place.json,
            Self::Continue(args) => args.place.json,
            Self::Show(_)
            | Self::New(_)
            | Self::Test(_)
            | Self::Inspect(_)
            | Self::Push(_)
            | Self::Lock(_)
            | Self::Iam(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
        }
    }

    /// The file that the page of the run is written to.
    #[must_use]
    pub fn report_file(&self) -> Option<&Path> {
        match self {
            Self::Run(args) | Self::Plan(args) => args.plan.report.as_deref(),
            Self::Apply(args) => args.report.as_deref(),
            Self::Rollback(args) => args.report.as_deref(),
            Self::Continue(args) => args.report.as_deref(),
            Self::Show(_)
            | Self::Decide(_)
            | Self::Verify(_)
            | Self::Status(_)
            | Self::New(_)
            | Self::Test(_)
            | Self::Inspect(_)
            | Self::Push(_)
            | Self::Lock(_)
            | Self::Iam(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }

    /// The format of the plan that the verb prints; `None` if the command line sets none, or the verb prints no plan.
    #[must_use]
    pub fn plan_format(&self, environment: &Environment) -> Option<PlanFormat> {
        match self {
            Self::Plan(args) => args.plan.format,
            Self::Show(args) => Some(args.format),
            Self::Run(args) => args.plan.format.filter(|_| self.is_dry_run(environment)),
            _ => None,
        }
    }

    /// Whether the verb is about the project's policy if none is named.
    #[must_use]
    pub fn has_default_policy(&self) -> bool {
        match self {
            Self::Run(_)
            | Self::Plan(_)
            | Self::Decide(_)
            | Self::Verify(_)
            | Self::Iam(_)
            | Self::Config(_)
            | Self::Inspect(_)
            | Self::Lock(_) => true,
            Self::Apply(_)
            | Self::Show(_)
            | Self::Test(_)
            | Self::Push(_)
            | Self::Status(_)
            | Self::Rollback(_)
            | Self::Continue(_)
            | Self::New(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
        }
    }

    /// Whether the verb changes nothing outside of this machine, by itself, by `--dry-run` or by `DRYRUN`.
    #[must_use]
    pub fn is_dry_run(&self, environment: &Environment) -> bool {
        match self {
            Self::Run(args) => args.rollout.dry_run || environment.is_enabled("DRYRUN"),
            Self::Apply(args) => args.dry_run || environment.is_enabled("DRYRUN"),
            Self::Rollback(args) => args.dry_run || environment.is_enabled("DRYRUN"),
            Self::Continue(args) => args.dry_run || environment.is_enabled("DRYRUN"),
            Self::Plan(_)
            | Self::Show(_)
            | Self::Decide(_)
            | Self::Verify(_)
            | Self::Status(_)
            | Self::Test(_)
            | Self::Inspect(_)
            | Self::Iam(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_) => true,
            Self::New(_) | Self::Push(_) | Self::Lock(_) => false,
        }
    }
}

impl Verb {
    /// The addresses that are notified of the end of this run.
    #[must_use]
    pub fn notify_urls(&self) -> &[NotifyUrl] {
        match self {
            // Those that deploy nothing have the addresses of the operator's file, and notify nobody.
            Self::Run(args)
            | Self::Plan(args)
            | Self::Decide(args)
            | Self::Verify(args)
            | Self::Config(args) => &args.rollout.notify.urls,
            Self::Iam(args) => &args.run.rollout.notify.urls,
            Self::Apply(args) => &args.notify.urls,
            Self::Rollback(args) => &args.notify.urls,
            Self::Continue(args) => &args.notify.urls,
            Self::Show(_)
            | Self::Status(_)
            | Self::Test(_)
            | Self::Inspect(_)
            | Self::Push(_)
            | Self::Lock(_)
            | Self::New(_)
            | Self::Completions(_)
            | Self::Man(_) => &[],
        }
    }

    /// The folder of the project; `None` if the verb reads none.
    pub(super) fn project_folder(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Run(args)
            | Self::Plan(args)
            | Self::Decide(args)
            | Self::Verify(args)
            | Self::Config(args) => Some(&mut args.plan.pin.folder),
            Self::Iam(args) => Some(&mut args.run.plan.pin.folder),
            Self::Apply(args) => Some(&mut args.pin.folder),
            Self::Test(args) => Some(&mut args.pin.folder),
            Self::Inspect(args) => Some(&mut args.pin.folder),
            Self::Lock(args) => Some(&mut args.folder),
            Self::Show(_)
            | Self::Push(_)
            | Self::Status(_)
            | Self::Rollback(_)
            | Self::Continue(_)
            | Self::New(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn parse(line: &str) -> Verb {
        Cli::try_parse_from(line.split(' ')).unwrap().verb
    }

    #[test]
    fn a_verb_has_the_name_by_which_it_is_called() {
        for line in [
            "ecs-host run",
            "ecs-host plan",
            "ecs-host apply plan.json",
            "ecs-host show plan.json",
            "ecs-host decide",
            "ecs-host test policy.wasm cases",
            "ecs-host inspect",
            "ecs-host push policy.wasm oci://registry.example.com/policy:1",
            "ecs-host lock",
            "ecs-host verify",
            "ecs-host status main",
            "ecs-host rollback main/web",
            "ecs-host continue main/web",
            "ecs-host iam",
            "ecs-host config",
            "ecs-host new blue --lang rust",
        ] {
            assert_eq!(Some(parse(line).name()), line.split(' ').nth(1));
        }
    }

    #[test]
    fn a_dry_run_is_set_by_the_verb_the_flag_or_the_environment() {
        let (unset, set) = (Environment::default(), Environment::from_iter([("DRYRUN", "1")]));
        for (line, environment, is_dry_run) in [
            ("ecs-host run", &unset, false),
            ("ecs-host run --dry-run", &unset, true),
            ("ecs-host run", &set, true),
            ("ecs-host apply plan.json", &unset, false),
            ("ecs-host apply plan.json", &set, true),
            ("ecs-host rollback main/web", &unset, false),
            ("ecs-host rollback main/web", &set, true),
            ("ecs-host plan", &unset, true),
            ("ecs-host lock", &set, false),
        ] {
            assert_eq!(parse(line).is_dry_run(environment), is_dry_run, "{line}");
        }
    }
}
