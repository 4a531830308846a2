//! The files of new projects, from `guest/`. A file that a project shares with an example is the example's own, which
//! is built and tested there.

use std::borrow::Cow;

use super::{Language, Template};
use sandbox::ComponentKind;
use sandbox::inspect::WIT;

/// The name of the policy or the guard in the templates, which is replaced in a project.
pub(super) const NAME: &str = "my-policy";

/// A file of a new project.
pub(super) struct File {
    /// The path, relative to the project's folder.
    pub(super) path: Cow<'static, str>,
    /// The content.
    pub(super) text: &'static str,
}

macro_rules! files {
    ($($path:literal: $from:literal),* $(,)?) => {
        vec![$(File { path: Cow::Borrowed($path), text: include_str!(concat!("../../../../", $from)) }),*]
    };
}

/// All files of a project.
pub(super) fn files(template: Template) -> impl Iterator<Item = File> {
    let files: Vec<File> = match template {
        Template::Rules => rules(),
        Template::Program(kind, language) => {
            let program = match kind {
                ComponentKind::Policy => policy(language),
                ComponentKind::Guard => guard(language),
            };
            let shared = match kind {
                ComponentKind::Policy => policies(),
                ComponentKind::Guard => guards(),
            };
            program.into_iter().chain(tools(language)).chain(shared).chain(contract()).collect()
        }
    };
    files.into_iter()
}

/// The contract, in the folder where the tools of every language search for WIT packages.
fn contract() -> impl Iterator<Item = File> {
    WIT.into_iter().map(|(name, text)| File { path: format!("wit/deps/ecs-host-policy/{name}").into(), text })
}

/// What the policies of all languages share.
fn policies() -> Vec<File> {
    files! {
        "cases/branches.toml": "guest/templates/shared/cases/branches.toml",
        "wit/world.wit": "guest/templates/shared/wit/world.wit",
    }
}

/// What the guards of all languages share.
fn guards() -> Vec<File> {
    files! {
        "cases/containers.toml": "guest/templates/shared-guard/cases/containers.toml",
        "cases/plans/careless.json": "guest/examples/guards/hardening/cases/plans/careless.json",
        "cases/plans/production.json": "guest/examples/guards/hardening/cases/plans/production.json",
        "wit/world.wit": "guest/templates/shared-guard/wit/world.wit",
    }
}

/// What the policies and the guards of a language share: what builds the component, exports the program and checks its
/// answers.
fn tools(language: Language) -> Vec<File> {
    match language {
        Language::Rust => files! {
            ".gitignore": "guest/templates/rust/.gitignore",
            ".travis.yml": "guest/templates/rust/.travis.yml",
        },
        Language::Javascript => files! {
            ".gitignore": "guest/examples/monorepo/.gitignore",
            ".travis.yml": "guest/templates/javascript/.travis.yml",
            "build.js": "guest/examples/monorepo/build.js",
            "component/contract.js": "guest/examples/monorepo/component/contract.js",
            "component/environment.js": "guest/examples/monorepo/component/environment.js",
            "component/facts.js": "guest/examples/monorepo/component/facts.js",
            "component/index.js": "guest/examples/monorepo/component/index.js",
            "component/wit/deps/wasi-cli/cli.wit": "guest/examples/monorepo/component/wit/deps/wasi-cli/cli.wit",
            "component/wit/deps/wasi-io/io.wit": "guest/examples/monorepo/component/wit/deps/wasi-io/io.wit",
            "package.json": "guest/examples/monorepo/package.json",
        },
        Language::Python => files! {
            ".gitignore": "guest/examples/promotion/.gitignore",
            ".travis.yml": "guest/templates/python/.travis.yml",
            "Makefile": "guest/examples/promotion/Makefile",
            "answers.py": "guest/examples/promotion/answers.py",
            "build.py": "guest/examples/promotion/build.py",
            "component.py": "guest/examples/promotion/component.py",
            "requirements.txt": "guest/examples/promotion/requirements.txt",
        },
    }
}

fn policy(language: Language) -> Vec<File> {
    match language {
        Language::Rust => files! {
            "Cargo.toml": "guest/templates/rust/Cargo.toml",
            "README.md": "guest/templates/rust/README.md",
            "ecs-host.toml": "guest/templates/rust/ecs-host.toml",
            "src/lib.rs": "guest/templates/rust/src/lib.rs",
        },
        Language::Javascript => files! {
            "README.md": "guest/templates/javascript/README.md",
            "ecs-host.toml": "guest/examples/monorepo/ecs-host.toml",
            "src/policy.js": "guest/templates/javascript/src/policy.js",
            "test/policy.test.js": "guest/templates/javascript/test/policy.test.js",
        },
        Language::Python => files! {
            "README.md": "guest/templates/python/README.md",
            "ecs-host.toml": "guest/examples/promotion/ecs-host.toml",
            "policy.py": "guest/templates/python/policy.py",
            "test_policy.py": "guest/templates/python/test_policy.py",
        },
    }
}

fn guard(language: Language) -> Vec<File> {
    match language {
        Language::Rust => files! {
            "Cargo.toml": "guest/templates/rust-guard/Cargo.toml",
            "README.md": "guest/templates/rust-guard/README.md",
            "ecs-host.toml": "guest/templates/rust-guard/ecs-host.toml",
            "src/lib.rs": "guest/templates/rust-guard/src/lib.rs",
        },
        Language::Javascript => files! {
            "README.md": "guest/templates/javascript-guard/README.md",
            "ecs-host.toml": "guest/templates/javascript-guard/ecs-host.toml",
            "src/guard.js": "guest/templates/javascript-guard/src/guard.js",
            "test/guard.test.js": "guest/templates/javascript-guard/test/guard.test.js",
        },
        Language::Python => files! {
            "README.md": "guest/templates/python-guard/README.md",
            "ecs-host.toml": "guest/templates/python-guard/ecs-host.toml",
            "guard.py": "guest/templates/python-guard/guard.py",
            "test_guard.py": "guest/templates/python-guard/test_guard.py",
        },
    }
}

fn rules() -> Vec<File> {
    files! {
        ".travis.yml": "guest/templates/rules/.travis.yml",
        "README.md": "guest/templates/rules/README.md",
        "cases/branches.toml": "guest/templates/rules/cases/branches.toml",
        "deploy-rules.schema.json": "guest/rules/deploy-rules.schema.json",
        "deploy-rules.toml": "guest/templates/rules/deploy-rules.toml",
        "ecs-host.toml": "guest/templates/rules/ecs-host.toml",
    }
}
