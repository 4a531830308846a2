//! The options of a `docker build`.

use super::{Converter, types};
use model::decision::{BuildContext, BuildSecret, BuildkitOptions, ContextContent, DockerBuild};
use model::names::{self, BuildCache, ImageReference, InvalidName};
use model::text::is_invisible;

impl Converter {
    pub(super) fn docker_build(&mut self, subject: &str, build: types::DockerBuild) -> Option<DockerBuild> {
        let context = self.valid(subject, names::parse_build_path("build context", &build.context));
        let dockerfile =
            build.dockerfile.map(|path| names::parse_build_path("Dockerfile path", &path)).transpose();
        let dockerfile = self.valid(subject, dockerfile);
        let stage = self.valid(subject, build.stage.map(|stage| word("build stage", &stage)).transpose());
        let arguments = self.variables(subject, "build argument", build.arguments);
        self.once(subject, "platform", build.platforms.iter().map(String::as_str));
        let platforms = self.all(build.platforms, |this, name| this.valid(subject, word("platform", &name)));
        self.once(subject, "label", build.labels.iter().map(|label| label.name.as_str()));
        let labels = self.all(build.labels, |this, label| {
            let name = this.valid(subject, label_name(&label.name));
            let value = this.text(subject, "label", &label.name, label.value);
            Some((name?, value?))
        });
        let buildkit = match build.buildkit {
            Some(options) => self.buildkit(subject, options).map(|options| Some(Box::new(options))),
            None => Some(None),
        };
        Some(DockerBuild {
            context: context?,
            dockerfile: dockerfile?,
            stage: stage?,
            arguments: arguments?,
            platforms: platforms?,
            labels: labels?,
            pull: build.pull,
            buildkit: buildkit?,
        })
    }

    fn buildkit(&mut self, subject: &str, options: types::BuildkitOptions) -> Option<BuildkitOptions> {
        self.once(subject, "build secret", options.secrets.iter().map(|secret| secret.id.as_str()));
        let secrets = self.all(options.secrets, |this, secret| {
            let id = this.valid(subject, secret_id(&secret.id));
            let variable = names::parse_variable_name("variable of a build secret", &secret.variable);
            Some(BuildSecret { id: id?, variable: this.valid(subject, variable)? })
        });
        self.once(subject, "SSH agent", options.ssh.iter().map(String::as_str));
        let ssh = self.all(options.ssh, |this, id| this.valid(subject, ssh_id(&id)));
        let cache_from =
            self.all(options.cache_from, |this, cache| this.valid(subject, BuildCache::parse_source(&cache)));
        let cache_to = self
            .all(options.cache_to, |this, cache| this.valid(subject, BuildCache::parse_destination(&cache)));
        self.once(subject, "build context", options.contexts.iter().map(|context| context.name.as_str()));
        let contexts = self.all(options.contexts, |this, context| {
            let name = this.valid(subject, context_name(&context.name));
            let content = match context.content {
                types::ContextContent::Directory(path) => this
                    .valid(subject, names::parse_build_path("build context", &path))
                    .map(ContextContent::Directory),
                types::ContextContent::Image(image) => {
                    this.valid(subject, ImageReference::parse(&image)).map(ContextContent::Image)
                }
            };
            Some(BuildContext { name: name?, content: content? })
        });
        Some(BuildkitOptions {
            secrets: secrets?,
            ssh: ssh?,
            cache_from: cache_from?,
            cache_to: cache_to?,
            contexts: contexts?,
        })
    }
}

/// A stage of a Dockerfile, or a platform.
fn word(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let is_valid = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_word);
    checked(kind, text, is_valid, "expected letters, digits and . _ - /, a letter or digit first")
}

/// The name of an image's label. Docker accepts any text before the first `=`.
fn label_name(text: &str) -> Result<String, InvalidName> {
    let is_valid = (1..=255).contains(&text.len()) && !text.contains(|c: char| is_invisible(c) || c == '=');
    checked("label", text, is_valid, "expected 1 to 255 visible characters without =")
}

fn secret_id(text: &str) -> Result<String, InvalidName> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let is_valid = (1..=128).contains(&text.len()) && text.chars().all(is_allowed);
    checked("build secret", text, is_valid, "expected 1 to 128 letters, digits and _ . -")
}

fn ssh_id(text: &str) -> Result<String, InvalidName> {
    checked("SSH agent", text, text == "default", "expected `default`, the agent of the job")
}

fn context_name(text: &str) -> Result<String, InvalidName> {
    let is_first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_allowed = |c: char| is_first(c) || "._/-".contains(c);
    let is_valid = text.len() <= 128 && text.starts_with(is_first) && text.chars().all(is_allowed);
    let rule = "expected 1 to 128 lower-case letters, digits and . _ / -, a letter or digit first";
    checked("build context", text, is_valid, rule)
}

fn checked(
    kind: &'static str,
    text: &str,
    is_valid: bool,
    rule: &'static str,
) -> Result<String, InvalidName> {
    if is_valid { Ok(text.to_owned()) } else { Err(InvalidName::new(kind, text, rule)) }
}
