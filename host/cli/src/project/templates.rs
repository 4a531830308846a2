//! The files of new projects, from `guest/`. A file that a project shares with an example is the example's own, which
//! is built and tested there.

use std::borrow::Cow;

use super::Template;
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
        [$(File { path: Cow::Borrowed($path), text: include_str!(concat!("../../../../", $from)) }),*]
    };
}

/// All files of a project.
pub(super) fn files(template: Template) -> impl Iterator<Item = File> {
    let mut files: Vec<File> = match template {
        Template::Rust => rust().into(),
        Template::Javascript => javascript().into(),
        Template::Python => python().into(),
        Template::Rules => rules().into(),
        Template::RustGuard => rust_guard().into(),
    };
    if !matches!(template, Template::Rules | Template::RustGuard) {
        files.extend(shared());
    }
    if template != Template::Rules {
        files.extend(contract());
    }
    files.into_iter()
}

/// The contract, in the folder where the tools of every language search for WIT packages.
fn contract() -> impl Iterator<Item = File> {
    WIT.into_iter().map(|(name, text)| File { path: format!("wit/deps/ecs-host-policy/{name}").into(), text })
}

fn shared() -> [File; 2] {
    files! {
        "cases/branches.toml": "guest/templates/shared/cases/branches.toml",
        "wit/world.wit": "guest/templates/shared/wit/world.wit",
    }
}

fn rust() -> [File; 6] {
    files! {
        ".gitignore": "guest/templates/rust/.gitignore",
        ".travis.yml": "guest/templates/rust/.travis.yml",
        "Cargo.toml": "guest/templates/rust/Cargo.toml",
        "README.md": "guest/templates/rust/README.md",
        "ecs-host.toml": "guest/templates/rust/ecs-host.toml",
        "src/lib.rs": "guest/templates/rust/src/lib.rs",
    }
}

fn rust_guard() -> [File; 10] {
    files! {
        ".gitignore": "guest/templates/rust/.gitignore",
        ".travis.yml": "guest/templates/rust/.travis.yml",
        "Cargo.toml": "guest/templates/rust-guard/Cargo.toml",
        "README.md": "guest/templates/rust-guard/README.md",
        "cases/containers.toml": "guest/templates/rust-guard/cases/containers.toml",
        "cases/plans/careless.json": "guest/examples/guards/hardening/cases/plans/careless.json",
        "cases/plans/production.json": "guest/examples/guards/hardening/cases/plans/production.json",
        "ecs-host.toml": "guest/templates/rust-guard/ecs-host.toml",
        "src/lib.rs": "guest/templates/rust-guard/src/lib.rs",
        "wit/world.wit": "guest/templates/rust-guard/wit/world.wit",
    }
}

fn javascript() -> [File; 15] {
    files! {
        ".gitignore": "guest/examples/monorepo/.gitignore",
        ".travis.yml": "guest/templates/javascript/.travis.yml",
        "README.md": "guest/templates/javascript/README.md",
        "ecs-host.toml": "guest/templates/javascript/ecs-host.toml",
        "build.js": "guest/examples/monorepo/build.js",
        "component/contract.js": "guest/examples/monorepo/component/contract.js",
        "component/environment.js": "guest/examples/monorepo/component/environment.js",
        "component/facts.js": "guest/examples/monorepo/component/facts.js",
        "component/index.js": "guest/examples/monorepo/component/index.js",
        "component/wit/component.wit": "guest/examples/monorepo/component/wit/component.wit",
        "component/wit/deps/wasi-cli/cli.wit": "guest/examples/monorepo/component/wit/deps/wasi-cli/cli.wit",
        "component/wit/deps/wasi-io/io.wit": "guest/examples/monorepo/component/wit/deps/wasi-io/io.wit",
        "package.json": "guest/examples/monorepo/package.json",
        "src/policy.js": "guest/templates/javascript/src/policy.js",
        "test/policy.test.js": "guest/templates/javascript/test/policy.test.js",
    }
}

fn python() -> [File; 11] {
    files! {
        ".gitignore": "guest/examples/promotion/.gitignore",
        ".travis.yml": "guest/templates/python/.travis.yml",
        "Makefile": "guest/examples/promotion/Makefile",
        "README.md": "guest/templates/python/README.md",
        "ecs-host.toml": "guest/templates/python/ecs-host.toml",
        "answers.py": "guest/examples/promotion/answers.py",
        "build.py": "guest/examples/promotion/build.py",
        "component.py": "guest/examples/promotion/component.py",
        "policy.py": "guest/templates/python/policy.py",
        "requirements.txt": "guest/examples/promotion/requirements.txt",
        "test_policy.py": "guest/templates/python/test_policy.py",
    }
}

fn rules() -> [File; 6] {
    files! {
        ".travis.yml": "guest/templates/rules/.travis.yml",
        "README.md": "guest/templates/rules/README.md",
        "cases/branches.toml": "guest/templates/rules/cases/branches.toml",
        "deploy-rules.schema.json": "guest/rules/deploy-rules.schema.json",
        "deploy-rules.toml": "guest/templates/rules/deploy-rules.toml",
        "ecs-host.toml": "guest/templates/rules/ecs-host.toml",
    }
}
