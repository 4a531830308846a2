//! The images of a deployment.

use alloc::{format, string::String, vec::Vec};

use ecs_host_policy::{
    BuildContext, BuildSecret, BuildkitOptions, ContextContent, DockerBuild, Image, ImageSource,
};

use super::{conflicts, pairs};
use crate::expand::{Use, Values};
use crate::file::File;
use crate::file::image::{Build, Context, EXAMPLE, Image as ImageTable, Source};
use crate::file::target::Target as TargetTable;
use crate::grammar::{
    CACHE_DESTINATION, CACHE_SOURCE, Grammar, IMAGE, REFERENCE, TAG, TITLE, repository_problem,
};
use crate::problem::{Located, at_position, quoted};
use crate::template::Template;

/// The images that are published, and those that a target runs, in the order of the file.
///
/// # Errors
/// The same as for [`Values::expand_as`], and an image that excludes another one.
pub(crate) fn images(
    file: &File,
    targets: &[&TargetTable],
    values: &Values<'_>,
) -> Result<Vec<Image>, String> {
    let is_run =
        |image: &&ImageTable| image.is_publish_only || targets.iter().any(|target| runs(target, &image.key));
    let mut images: Vec<Image> = Vec::new();
    for table in file.images.iter().filter(is_run) {
        let image = image(table, values)?;
        if let Some(problem) = images.iter().find_map(|other| conflicts::of_images(other, &image)) {
            return Err(at_position(values.file, table.at, &problem));
        }
        images.push(image);
    }
    Ok(images)
}

fn runs(target: &TargetTable, image: &str) -> bool {
    let is_image = |name: &Located<String>| name.value == image;
    match (&target.containers, &target.images) {
        (Some(containers), _) => {
            containers.iter().filter_map(|container| container.image.as_ref()).any(is_image)
        }
        (None, Some(images)) => images.iter().any(is_image),
        (None, None) => true,
    }
}

/// The name of an image, which the containers of targets refer to.
pub(super) fn image_name(table: &ImageTable, values: &Values<'_>) -> Result<String, String> {
    match &table.name {
        Some(name) => values.expand_as(name, Use::Text, &TITLE),
        None => Ok(table.key.clone()),
    }
}

fn image(table: &ImageTable, values: &Values<'_>) -> Result<Image, String> {
    let name = image_name(table, values)?;
    let mut tags: Vec<String> = Vec::new();
    for tag in &table.tags {
        let tag = values.expand_as(tag, Use::Tag, &TAG)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let source = match &table.source {
        Source::Pushed(reference) => {
            // A digest is no tag, and stays as it is.
            let to = if reference.value.as_literal().is_some() { Use::Text } else { Use::Tag };
            ImageSource::Pushed(values.expand_as(reference, to, &REFERENCE)?)
        }
        Source::Build(build) if **build == Build::default() => ImageSource::Dockerfile,
        Source::Build(build) => ImageSource::Build(docker_build(build, values)?),
    };
    let repository = values.expand(&table.repository, Use::Repository)?;
    if let Some(problem) = repository_problem(&repository) {
        let repository = quoted(&repository);
        let problem =
            format!("{repository} is not the repository of an image, such as `{EXAMPLE}`: {problem}");
        return Err(at_position(values.file, table.repository.at, &problem));
    }
    Ok(Image { name, repository, tags, source, publish_only: table.is_publish_only })
}

fn docker_build(build: &Build, values: &Values<'_>) -> Result<DockerBuild, String> {
    let contexts = build.contexts.iter().map(|(name, content)| {
        let content = match content {
            Context::Directory(path) => ContextContent::Directory(path.clone()),
            Context::Image(image) => ContextContent::Image(reference(image, values, &IMAGE)?),
        };
        Ok(BuildContext { name: name.clone(), content })
    });
    let caches = |caches: &[Located<Template>], grammar| -> Result<Vec<String>, String> {
        caches.iter().map(|cache| reference(cache, values, grammar)).collect()
    };
    let secret =
        |(id, variable): &(String, String)| BuildSecret { id: id.clone(), variable: variable.clone() };
    let buildkit = BuildkitOptions {
        secrets: build.secrets.iter().map(secret).collect(),
        ssh: build.ssh.clone(),
        cache_from: caches(&build.cache_from, &CACHE_SOURCE)?,
        cache_to: caches(&build.cache_to, &CACHE_DESTINATION)?,
        contexts: contexts.collect::<Result<_, String>>()?,
    };
    Ok(DockerBuild {
        context: build.context.clone().unwrap_or_else(|| ".".into()),
        dockerfile: build.dockerfile.clone(),
        stage: build.stage.clone(),
        arguments: pairs(&build.arguments, values)?,
        platforms: build.platforms.clone(),
        labels: pairs(&build.labels, values)?,
        pull: build.pull,
        buildkit: (buildkit != BuildkitOptions::default()).then_some(buildkit),
    })
}

/// A repository and a tag, or options of buildx. A value of the build in it is one of a tag, and a setting stays.
fn reference(template: &Located<Template>, values: &Values<'_>, grammar: &Grammar) -> Result<String, String> {
    let to = if template.value.as_setting().is_some() { Use::Text } else { Use::Name };
    values.expand_as(template, to, grammar)
}
