//! The text of the images of a plan.

use std::io::{self, Write};

use super::COLUMNS;
use super::phrases::image_action;
use crate::output::layout::{HEADING, join_tags, put_line};
use crate::output::wrap::wrap_words;
use model::decision::{BuildkitOptions, ContextContent, DockerBuild};
use model::plan::{ImageAction, ImagePlan};
use model::secret::redact;
use model::text::printable;

pub(super) fn write_image(out: &mut impl Write, plan: &ImagePlan) -> io::Result<()> {
    let image = &plan.image;
    let action = image_action(plan);
    if format!("  image {}: {action}", image.name).chars().count() <= COLUMNS {
        put_line!(out, "  image {HEADING}{}{HEADING:#}: {action}", image.name)?;
    } else {
        put_line!(out, "  image {HEADING}{}{HEADING:#}:", image.name)?;
        write_detail(out, &action)?;
    }
    write_detail(out, &image.repository.to_string())?;
    match &plan.action {
        ImageAction::Build(build) => {
            write_detail(out, &format!("tags {}", join_tags(&image.tags)))?;
            build_options(build).iter().try_for_each(|line| write_detail(out, &printable(line)))
        }
        ImageAction::Reuse { digest, .. } => put_line!(out, "    {}", digest.as_str()),
    }
}

/// Writes a text below an image. What does not fit is continued below it, indented. A name stays whole.
fn write_detail(out: &mut impl Write, text: &str) -> io::Result<()> {
    for (number, line) in wrap_words(text, COLUMNS - 6).iter().enumerate() {
        put_line!(out, "{}{line}", if number == 0 { "    " } else { "      " })?;
    }
    Ok(())
}

/// The options of a build that use more than its context, one a line. The value of a secret is not known here.
pub(super) fn build_options(build: &DockerBuild) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(build.dockerfile.as_ref().map(|path| format!("Dockerfile `{path}`")));
    lines.extend(build.stage.as_ref().map(|stage| format!("stage {stage}")));
    if !build.platforms.is_empty() {
        lines.push(format!("platforms {}", build.platforms.join(", ")));
    }
    let pairs = [("argument", &build.arguments), ("label", &build.labels)];
    lines.extend(pairs.into_iter().flat_map(|(kind, pairs)| {
        pairs.iter().map(move |(name, value)| format!("{kind} {name}={}", redact(name, value)))
    }));
    lines.extend(build.pull.then(|| "pull newer base images".to_owned()));
    let Some(BuildkitOptions { secrets, ssh, cache_from, cache_to, contexts }) = build.buildkit.as_deref()
    else {
        return lines;
    };
    lines.extend(secrets.iter().map(|secret| format!("secret {} from {}", secret.id, secret.variable)));
    lines.extend(ssh.iter().map(|id| format!("ssh {id}")));
    lines.extend(cache_from.iter().map(|cache| format!("cache from {cache}")));
    lines.extend(cache_to.iter().map(|cache| format!("cache to {cache}")));
    lines.extend(contexts.iter().map(|context| match &context.content {
        ContextContent::Directory(path) => format!("context {}: `{path}`", context.name),
        ContextContent::Image(image) => format!("context {}: {image}", context.name),
    }));
    lines
}
