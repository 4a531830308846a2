//! The images of an answer.

use std::collections::BTreeSet;

use super::{Converter, types};
use model::decision::{Image, ImageSource, Reference};
use model::names::{Repository, Tag};
use model::text::abbreviate;

impl Converter {
    pub(super) fn image(&mut self, image: types::Image) -> Option<Image> {
        let subject = format!("image `{}`", abbreviate(&image.name));
        let name = self.label(&subject, image.name);
        let repository = self.valid(&subject, Repository::parse(&image.repository));
        self.require(&subject, !image.tags.is_empty(), || {
            "it has no tag; an image is pushed under at least one".to_owned()
        });
        let tags = self.all(image.tags, |this, tag| this.valid(&subject, Tag::parse(&tag)));
        let source = match image.source {
            types::ImageSource::Dockerfile => Some(ImageSource::Dockerfile),
            types::ImageSource::Build(build) => self.docker_build(&subject, build).map(ImageSource::Build),
            types::ImageSource::Pushed(reference) => {
                self.valid(&subject, Reference::parse(&reference)).map(ImageSource::Pushed)
            }
        };
        let mut tags: Vec<Tag> = tags?;
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        let publish_only = image.publish_only;
        Some(Image { name: name?, repository: repository?, tags, source: source?, publish_only })
    }
}
