//! Parts of an answer that exclude each other.

use std::collections::{BTreeMap, BTreeSet};

use super::Converter;
use model::decision::{Image, Target};
use model::names::{RepositoryKey, Tag};

impl Converter {
    /// Reports two images that would be pushed under the same tag of one repository: the second push would replace the
    /// first, and the next run would find one image for both. Only the first pair is reported.
    pub(super) fn check_duplicate_tags(&mut self, images: &[Image]) {
        let mut owners: BTreeMap<(RepositoryKey, &Tag), &Image> = BTreeMap::new();
        for image in images {
            let repository = image.repository.key();
            let owner =
                |tag| Some((owners.insert((repository.clone(), tag), image)?, image.repository.tagged(tag)));
            if let Some((other, name)) = image.tags.iter().find_map(owner) {
                self.report(format!(
                    "images: `{}` and `{}` have the same repository and tag, {name}; give each its own",
                    other.name, image.name
                ));
                return;
            }
        }
    }

    /// Reports two targets that are the same one. Whether one without a region is the same as one with the region of
    /// the run is known to the plan.
    pub(super) fn check_duplicate_targets(&mut self, targets: &[Target]) {
        let mut same_names: BTreeMap<_, Vec<&Target>> = BTreeMap::new();
        for target in targets {
            let name = (target.destination.to_string(), target.role.as_ref().map(ToString::to_string));
            same_names.entry(name).or_default().push(target);
        }
        for same in same_names.values() {
            let regions: BTreeSet<_> = same.iter().map(|target| target.region.as_ref()).collect();
            if let [first, _, ..] = same.as_slice()
                && regions.len() < same.len()
            {
                self.report(format!("targets: {} is named twice; name it once", first.destination));
            }
        }
    }
}
