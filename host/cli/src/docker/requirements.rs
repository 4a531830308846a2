//! Why an image cannot be built here: what the operator does not grant, what is missing, and docker's plugin.

use std::collections::BTreeMap;

use super::{Docker, Publisher};
use model::decision::Image;
use model::plan::RegistryImage;

impl Publisher<'_> {
    /// Why an image cannot be built here, by its name. `states` are the images' states in the registry, by the image's
    /// name. Docker is started only if an image is built that needs its plugin buildx.
    pub async fn find_build_problems(
        &self,
        images: &[Image],
        states: &BTreeMap<String, RegistryImage>,
    ) -> BTreeMap<String, String> {
        let mut problems = self.rules.find_problems(images, self.environment);
        let needs_buildx = images.iter().filter(|image| {
            let state = states.get(&image.name);
            let is_built = state.is_some_and(|state| !matches!(state, RegistryImage::Present { .. }));
            is_built
                && !problems.contains_key(&image.name)
                && image.source.build().is_some_and(|build| !build.buildx_options().is_empty())
        });
        let needs_buildx: Vec<&Image> = needs_buildx.collect();
        if needs_buildx.is_empty() {
            return problems;
        }
        let Some(reason) = self.find_buildx_problem().await else { return problems };
        for image in needs_buildx {
            let options = image.source.build().map(|build| build.buildx_options().join(", "));
            let problem = format!(
                "the build needs docker's plugin buildx for {}, and {reason}; install the plugin: the package \
                 `docker-buildx` of Debian, or `docker-buildx-plugin` of Docker",
                options.unwrap_or_default()
            );
            problems.insert(image.name.clone(), problem);
        }
        problems
    }

    /// Why docker's plugin buildx cannot be used; `None` if it can.
    async fn find_buildx_problem(&self) -> Option<String> {
        let docker = Docker::new(self.program.clone(), None, self.guard_program.clone());
        docker.find_buildx_problem().await
    }
}
