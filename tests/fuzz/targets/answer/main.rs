//! An arbitrary answer of a policy is checked, planned with arbitrary facts, and printed. An accepted answer
//! is planned unchanged. The output forges no log line and contains no secret.
#![no_main]

mod arbitrary_answer;
mod aws;
#[path = "../printed.rs"]
mod printed;
#[path = "../text.rs"]
mod text;

use std::collections::BTreeSet;

use arbitrary_answer::Answer;
use aws::World;
use ecs_host::fuzzing;
use ecs_host::output::Secrets;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use model::Environment;
use model::decision::{self, ContainerSettings, Decision, Deployment, DockerBuild, ImageSource};
use model::event::Event;
use model::names::{Repository, Tag, parse_build_path};
use model::plan::{ImageAction, ImagePlan, Plan, PlanInput, PlanOptions, Stamp};
use model::secret::is_secret;
use printed::{assert_line, assert_lines, assert_written, is_unseen};
use sandbox::fuzzing::to_deployment;
use text::Text;

#[derive(Arbitrary, Debug)]
struct Input {
    answer: Answer,
    world: World,
    /// The value of a variable that is named like a secret and that the policy may read.
    secret: Text,
    allow_older: bool,
    force: bool,
}

fuzz_target!(|input: Input| {
    let output = print_answer(&input);
    assert_eq!(output, print_answer(&input), "the output of the same answer differs");
    output.iter().for_each(assert_written);
});

/// Checks and plans an answer, and returns all that is printed for it.
fn print_answer(input: &Input) -> Vec<[String; 2]> {
    let secret = input.secret.of(&["hunter2-hunter2", "it's ##hunter2", "one ::two\u{202e}three"]);
    let environment = Environment::from_iter([("NPM_TOKEN", secret.as_str()), ("VERSION", "1")]);
    let secrets = Secrets::from_environment(&environment);
    let deployment = match to_deployment(input.answer.images(&secret), input.answer.targets(&secret)) {
        Ok(deployment) => deployment,
        Err(problems) => {
            assert!(!problems.is_empty());
            problems.iter().for_each(|problem| assert_line(&problem.text));
            let problems: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
            return vec![error_output(problems.join("\n"), &secrets)];
        }
    };
    assert_valid(&deployment);
    let decided = Event::DecisionMade(Decision::Deploy(deployment.clone()));
    let mut all = vec![fuzzing::event_output(&decided, &secrets)];
    let facts = input.world.facts(&deployment);
    let options =
        PlanOptions { allow_older: input.allow_older, force: input.force, ..PlanOptions::default() };
    let stamp = Stamp {
        repository: Some("team/app".to_owned()),
        commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
        commit_time: Some(1_700_000_000),
        number: Some(12),
        number_scope: None,
        policy: "policy@sha256:0".to_owned(),
        guards: Vec::new(),
    };
    match Plan::new(PlanInput { deployment: &deployment, facts: &facts, stamp: &stamp, options: &options }) {
        Ok(plan) => {
            assert_planned(&deployment, &plan);
            match commands(&plan, &environment, &secret) {
                Ok(commands) => {
                    let event = Event::PlanCreated { plan, commands, dry_run: true };
                    let markdown = fuzzing::plan_markdown(&event, &secrets);
                    assert!(markdown.len() < 65_536, "a comment of {} bytes", markdown.len());
                    // The title begins as Markdown requires.
                    assert_lines(markdown.split_once('\n').map_or("", |(_, text)| text));
                    if is_maskable(&secret) {
                        assert_absent(&markdown, secret.trim());
                    }
                    all.push(fuzzing::event_output(&event, &secrets));
                }
                Err(problem) => all.push(error_output(problem, &secrets)),
            }
        }
        Err(error) => all.push(error_output(error.to_string(), &secrets)),
    }
    if is_maskable(&secret) {
        all.iter().flatten().for_each(|text| assert_absent(text, secret.trim()));
    }
    all
}

/// Whether output never contains a value of a variable that is named like a secret.
fn is_maskable(secret: &str) -> bool {
    secret.trim().len() >= 8 && is_secret("NPM_TOKEN", secret)
}

/// The output for an error that ends a run.
fn error_output(message: String, secrets: &Secrets) -> [String; 2] {
    fuzzing::event_output(&Event::Error { message }, secrets)
}

/// Asserts that a text contains neither a secret nor the beginning of one before a cut.
fn assert_absent(text: &str, secret: &str) {
    for line in secret.lines().map(str::trim).filter(|line| line.len() >= 8) {
        assert!(!text.contains(line), "{line:?} is printed in {text:?}");
        for before in text.split(" … (cut)").filter(|before| before.len() < text.len()) {
            let pieces = line.char_indices().map(|(end, _)| &line[..end]).filter(|piece| piece.len() >= 8);
            pieces.for_each(|piece| assert!(!before.ends_with(piece), "{piece:?} is printed in {text:?}"));
        }
    }
}

/// Asserts that a name forges no log line, and is not an option on a command line.
fn assert_word(word: &str) {
    assert!(!word.is_empty() && !word.contains(is_unseen) && !word.starts_with('-'), "{word:?}");
}

fn assert_valid(deployment: &Deployment) {
    let is_published = deployment.images.iter().all(|image| image.publish_only);
    assert!(!deployment.targets.is_empty() || (is_published && !deployment.images.is_empty()));
    let images: BTreeSet<&str> = deployment.images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(images.len(), deployment.images.len());
    for image in &deployment.images {
        assert_line(&image.name);
        let repository = image.repository.to_string();
        assert_eq!(Repository::parse(&repository).as_ref(), Ok(&image.repository));
        assert!(!image.tags.is_empty());
        let tags: BTreeSet<&Tag> = image.tags.iter().collect();
        assert_eq!(tags.len(), image.tags.len());
        image.tags.iter().for_each(|tag| assert_word(&image.repository.tagged(tag)));
        match &image.source {
            ImageSource::Dockerfile => {}
            ImageSource::Build(build) => assert_build(build),
            ImageSource::Pushed(reference) => assert_word(reference.as_str()),
        }
    }
    for target in &deployment.targets {
        assert_line(&target.destination.to_string());
        assert!(target.account.iter().all(|account| account.bytes().all(|b| b.is_ascii_digit())));
        assert!(target.rollout.timeout_seconds != Some(0) && target.rollout.bake_seconds != Some(0));
        for change in target.containers.iter().flatten() {
            assert_line(&change.container);
            assert!(change.image.iter().all(|image| images.contains(image.as_str())));
            let ContainerSettings { environment, secrets, unset, command } = &change.settings;
            let names = environment.iter().chain(secrets).map(|(name, _)| name).chain(unset);
            names.for_each(|name| assert_word(name));
            assert!(command.as_ref().is_none_or(|command| !command.is_empty()));
            assert!(change.image.is_some() || !change.settings.is_empty());
        }
        for task in target.tasks_before.iter().chain(&target.tasks_after) {
            assert_line(&task.name);
            assert!(matches!(target.destination, decision::Destination::Service(_)));
            assert!(!task.command.is_empty() && task.timeout_seconds != Some(0));
            assert!(!task.command.iter().any(|argument| argument.contains('\0')));
        }
    }
}

fn assert_build(build: &DockerBuild) {
    let words = [&build.dockerfile, &build.stage];
    let words = words.into_iter().flatten().chain([&build.context]).chain(&build.platforms);
    words.for_each(|word| assert_word(word));
    assert!(parse_build_path("build context", &build.context).is_ok());
    assert!(build.arguments.iter().all(|(name, _)| !name.contains('=')));
    build.arguments.iter().for_each(|(name, _)| assert_word(name));
}

/// Asserts that each target of the decision is in the plan once, with images of the decision only.
fn assert_planned(deployment: &Deployment, plan: &Plan) {
    assert_eq!(plan.targets.len(), deployment.targets.len());
    assert_eq!(plan.images.len(), deployment.images.len());
    assert_eq!(plan.waves().values().map(Vec::len).sum::<usize>(), plan.targets.len());
    for target in &plan.targets {
        for image in target.containers.iter().filter_map(|container| container.image.as_ref()) {
            assert!(deployment.images.iter().any(|own| own.name == *image));
        }
        let planned = |path: &str| {
            let is_size = (path == "cpu" && target.size.cpu_units.is_some())
                || (path == "memory" && target.size.memory_mib.is_some());
            // A target that changes no container has its stamp on one nevertheless.
            let is_stamp = target.containers.is_empty()
                && path.starts_with("containerDefinitions[")
                && path.contains(".dockerLabels");
            is_size
                || is_stamp
                || target.containers.iter().any(|container| {
                    let own = format!("containerDefinitions[{}]", container.container);
                    let rest = path.strip_prefix(&own);
                    rest.is_some_and(|rest| {
                        let parts = [".image", ".environment", ".secrets", ".command", ".dockerLabels"];
                        parts.iter().any(|part| rest.starts_with(part))
                    })
                })
        };
        // A revision that another tool has registered differs in whatever that tool has changed.
        let is_of_base = target.made_from == target.base;
        for change in target.changes.iter().filter(|_| is_of_base) {
            assert!(planned(&change.path.to_string()), "{} is changed, and was not planned", change.path);
        }
    }
}

/// The docker commands. Asserts that none contains an option that the decision does not require, or a secret
/// from a build argument.
fn commands(plan: &Plan, environment: &Environment, secret: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for ImagePlan { image, action } in &plan.images {
        let ImageAction::Build(build) = action else { continue };
        let arguments = fuzzing::build_argv(build, &image.repository, &image.tags, environment)
            .map_err(|error| error.to_string())?;
        let needs_buildx = !build.buildx_options().is_empty();
        let verbs: &[&str] = if needs_buildx { &["buildx", "build"] } else { &["build"] };
        let switches = [
            build.dockerfile.is_some(),
            build.stage.is_some(),
            !build.platforms.is_empty(),
            build.pull,
            // `--load` or `--push`.
            needs_buildx,
        ];
        let buildkit = build.buildkit.as_deref().map_or(0, |options| {
            let caches = options.cache_from.len() + options.cache_to.len();
            options.secrets.len() + options.ssh.len() + caches + options.contexts.len()
        });
        let lists = image.tags.len() + build.arguments.len() + build.labels.len() + buildkit;
        let expected = verbs.len() + switches.map(usize::from).iter().sum::<usize>() + lists + 1;
        assert_eq!(arguments.len(), expected, "{arguments:?}");
        assert!(arguments.iter().zip(verbs).all(|(argument, verb)| argument == verb), "{arguments:?}");
        let (context, flags) = arguments
            .split_last()
            .map(|(last, rest)| (last.as_str(), &rest[verbs.len()..]))
            .unwrap_or_default();
        assert!(context == "." || context.starts_with("./"), "{context:?}");
        for flag in flags {
            let known = [
                "--tag=",
                "--file=",
                "--target=",
                "--platform=",
                "--pull",
                "--label=",
                "--build-arg=",
                "--load",
                "--push",
                "--secret=id=",
                "--ssh=default",
                "--cache-from=type=",
                "--cache-to=type=",
                "--build-context=",
            ];
            assert!(known.iter().any(|prefix| flag.starts_with(prefix)), "{flag:?}");
            let value = flag.strip_prefix("--build-arg=").unwrap_or_default();
            let is_trivial = secret.trim().len() < 8 || !is_secret("NPM_TOKEN", secret);
            assert!(is_trivial || !value.contains(secret.trim()), "{value:?} contains a secret");
        }
        let shown = fuzzing::publish_commands(build, &image.repository, &image.tags, environment);
        all.extend(shown.map_err(|error| error.to_string())?);
    }
    Ok(all)
}
