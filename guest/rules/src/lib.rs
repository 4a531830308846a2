//! The built-in policy `rules` of `ecs-host`: a table instead of a program. It reads
//! `deploy-rules.toml` of the build's commit, which maps branches, tags, events and
//! changed paths to environments, images and targets. `docs/rules.md` describes the
//! file.
//!
//! | module | content |
//! | --- | --- |
//! | `file` | the text of the file → tables, checked as far as no build is needed |
//! | `grammar` | what the contract requires of a text |
//! | `matching` | a build → the rule that matches it |
//! | `answer` | a rule's environment → images and targets |
//! | `decide` | all of this in order |
//!
//! Only this module calls the host.

#![no_std]

extern crate alloc;

#[cfg(not(test))]
use ecs_host_policy_runtime as _;

mod answer;
mod decide;
mod expand;
mod file;
mod grammar;
mod matching;
mod pattern;
mod problem;
mod settings;
mod template;

use alloc::{format, string::String, vec::Vec};

use decide::{Decision, decide};
use ecs_host_policy::{Build, Image, Manifest, Policy, Selection, Target, export, source};
use matching::Changes;
use problem::FILE;

struct Rules;

impl Policy for Rules {
    fn describe(&self) -> Manifest {
        Manifest {
            name: "rules".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: "Deploys by the rules in deploy-rules.toml of the build's commit.".into(),
            settings: settings::declarations(),
        }
    }

    fn select(&self, build: &Build) -> Result<Selection, String> {
        Ok(match read_and_decide(build)? {
            Decision::Skip(reason) => Selection::Skip(reason),
            Decision::Deploy(..) => Selection::Deploy,
        })
    }

    fn images(&self, build: &Build) -> Result<Vec<Image>, String> {
        read_and_decide(build).map(|decision| match decision {
            Decision::Skip(_) => Vec::new(),
            Decision::Deploy(images, _) => images,
        })
    }

    fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
        read_and_decide(build).map(|decision| match decision {
            Decision::Skip(_) => Vec::new(),
            Decision::Deploy(_, targets) => targets,
        })
    }
}

export!(Rules);

fn read_and_decide(build: &Build) -> Result<Decision, String> {
    let path = build.setting(settings::RULES).unwrap_or(FILE);
    let text = source::read_file(path).map_err(|error| format!("cannot read {path}: {error}"))?;
    let Some(text) = text else {
        let commit = build.commit.get(..12).unwrap_or(&build.commit);
        return Err(format!(
            "commit {commit} contains no {path}, the file with the rules: write it, or start with the project that \
             `ecs-host new NAME --rules` writes; the path is relative to the root of the repository, and \
             {} sets another one",
            settings::RULES
        ));
    };
    decide(&text, build, &mut ChangedFiles { since: build.base_commit.as_deref(), paths: None })
}

/// The paths that the host reads from git.
struct ChangedFiles<'b> {
    since: Option<&'b str>,
    paths: Option<Vec<String>>,
}

impl Changes for ChangedFiles<'_> {
    fn paths(&mut self) -> Result<Option<&[String]>, String> {
        if let (None, Some(since)) = (&self.paths, self.since) {
            self.paths = Some(source::changed_files(since)?);
        }
        Ok(self.paths.as_deref())
    }
}

#[cfg(test)]
mod tests;
