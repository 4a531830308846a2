//! What is proven of the images of a complete rollout: they may be those of another run of the build, and a task's
//! digest may be one that the pushed index lists.
//!
//! Docker pushes an index even for one platform if it stores images in containerd or builds with buildx. Then ECS may
//! report the digest of the platform's manifest, which the index lists.

use serde_json::Value;

use super::Engine;
use crate::ecr;
use crate::ecs::rollout::Rollout;
use crate::ecs::watch::{OtherDigest, WatchEnd, other_digests};
use model::names::{Digest, short_revision};
use model::plan::TargetPlan;

impl Engine<'_> {
    /// The digest that each container of a target is to run, of those whose image is known.
    pub(super) fn digests_of(&self, plan: &TargetPlan) -> Vec<(String, Digest)> {
        let digest = |image: &str| self.digests.get(image).cloned();
        let containers = plan.containers.iter();
        containers.filter_map(|c| Some((c.container.clone(), digest(c.image.as_ref()?)?))).collect()
    }

    /// The end of a watched rollout of this build, with what is proven of its images. Every end that becomes a verdict
    /// goes through here.
    pub(super) async fn prove(&self, plan: &TargetPlan, rollout: &Rollout, end: WatchEnd) -> WatchEnd {
        let end = match end {
            WatchEnd::OtherDigests { digests } => self.check_indexes(plan, digests).await,
            end => end,
        };
        match end {
            WatchEnd::Deployed { unproven } => WatchEnd::Deployed {
                unproven: unproven.or_else(|| other_image(&self.digests_of(plan), rollout)),
            },
            end => end,
        }
    }

    /// The end of a rollout whose tasks report other digests than the pushed ones: deployed if the pushed images list
    /// them, failed if they do not, and not proven if they cannot be read.
    async fn check_indexes(&self, plan: &TargetPlan, digests: Vec<OtherDigest>) -> WatchEnd {
        let (mut unlisted, mut unread) = (Vec::new(), None);
        for other in digests {
            match self.is_listed(plan, &other).await {
                Ok(true) => {}
                Ok(false) => unlisted.push(other),
                Err(reason) => {
                    unread.get_or_insert(format!("{other}, and whether that image lists it {reason}"));
                }
            }
        }
        if unlisted.is_empty() {
            return WatchEnd::Deployed { unproven: unread };
        }
        WatchEnd::Failed { reason: other_digests(&unlisted) }
    }

    /// Whether the pushed image is an index that lists the digest that a task runs.
    ///
    /// # Errors
    /// Why the pushed image could not be read, as a predicate.
    async fn is_listed(&self, plan: &TargetPlan, other: &OtherDigest) -> Result<bool, String> {
        let repository = plan.containers.iter().find(|plan| plan.container == other.container);
        let repository = repository.and_then(|plan| plan.repository());
        let registry = repository.and_then(|repository| repository.ecr_registry());
        let (Some(repository), Some(registry)) = (repository, registry) else {
            return Err("cannot be read, because its registry is not ECR".to_owned());
        };
        let image = ecr::fetch_manifest(self.aws, &registry, repository, &other.pushed).await;
        let image = image.map_err(|error| format!("could not be read: {error}"))?;
        let manifest = image.as_ref().and_then(|image| image.image_manifest());
        let manifest: Option<Value> = manifest.and_then(|text| serde_json::from_str(text).ok());
        let manifest = manifest.ok_or("could not be read: ECR returned no manifest")?;
        Ok(lists(&manifest, &other.running))
    }
}

/// What is not proven of a rollout that has another image than the pushed one, as a clause.
fn other_image(pushed: &[(String, Digest)], rollout: &Rollout) -> Option<String> {
    let other = pushed.iter().find(|pushed| !rollout.digests.contains(pushed))?;
    let (container, pushed) = other;
    let has = match rollout.digests.iter().find(|(name, _)| name == container) {
        Some((_, digest)) => format!("the image of another run of this build, {digest},"),
        None => "an image without a digest".to_owned(),
    };
    let revision = short_revision(&rollout.task_definition);
    Some(format!("container `{container}` of {revision} has {has} instead of {pushed}"))
}

/// Whether a manifest is an index with an entry of this digest (the OCI image specification, "Image Index").
fn lists(manifest: &Value, digest: &str) -> bool {
    let entries = manifest.get("manifests").and_then(Value::as_array);
    entries.into_iter().flatten().any(|entry| entry.get("digest").and_then(Value::as_str) == Some(digest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_index_lists_digests() {
        let index = json!({"manifests": [{"digest": "sha256:a"}, {"digest": "sha256:b"}]});
        assert!(lists(&index, "sha256:b") && !lists(&index, "sha256:c"));
        let image = json!({"config": {"digest": "sha256:a"}, "layers": [{"digest": "sha256:a"}]});
        assert!(!lists(&image, "sha256:a"));
    }
}
