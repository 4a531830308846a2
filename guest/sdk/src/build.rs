use alloc::string::{String, ToString};

use crate::{Build, Event, PullRequest, Setting};

/// Constructors for the tests of a policy, and access to the settings.
///
/// The constructors set the fields that few tests depend on: no CI provider, no
/// repository, no build number, no matrix, a constant commit, and a run that starts
/// at 2026-01-01T00:00:00Z. All fields are
/// public, so a test can set them:
///
/// ```
/// use ecs_host_policy::Build;
///
/// let second_job = Build { job: Some(2), ..Build::on_branch("master") };
/// # assert_eq!(second_job.branch, "master");
/// ```
impl Build {
    /// A push to a branch.
    pub fn on_branch(branch: impl Into<String>) -> Self {
        Self {
            provider: "none".to_string(),
            repository: None,
            branch: branch.into(),
            commit: "0123456789abcdef0123456789abcdef01234567".to_string(),
            commit_message: None,
            commit_time: None,
            base_commit: None,
            event: Event::Push,
            provider_event: None,
            tag: None,
            pull_request: None,
            number: None,
            number_scope: None,
            job: None,
            actor: None,
            started_at: 1_767_225_600,
            settings: [].into(),
        }
    }

    /// A push of a git tag. `branch` is also the name of the tag, as on Travis CI.
    pub fn on_tag(tag: impl Into<String>) -> Self {
        let tag = tag.into();
        Self { event: Event::Tag, tag: Some(tag.clone()), ..Self::on_branch(tag) }
    }

    /// A pull request into `branch`.
    pub fn on_pull_request(number: impl Into<String>, branch: impl Into<String>) -> Self {
        let request = PullRequest { number: number.into(), source_branch: None, is_fork: None };
        Self { event: Event::PullRequest, pull_request: Some(request), ..Self::on_branch(branch) }
    }

    /// Adds a setting to the build, or replaces the setting with this name.
    ///
    /// ```
    /// use ecs_host_policy::Build;
    ///
    /// let build = Build::on_branch("master").with_setting("DEPLOY_BRANCHES", "master production");
    /// assert_eq!(build.setting("DEPLOY_BRANCHES"), Some("master production"));
    /// ```
    #[must_use]
    pub fn with_setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let setting = Setting::new(name, value);
        self.settings.retain(|other| other.name != setting.name);
        self.settings.push(setting);
        self
    }

    /// Returns the value of a setting, without leading and trailing white space.
    /// Returns `None` if the setting is absent or blank, because CI configurations
    /// often define an unused variable as empty.
    ///
    /// The host passes only the settings that the policy's manifest declares.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        let setting = self.settings.iter().find(|setting| setting.name == name)?;
        Some(setting.value.trim_ascii()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_setting_is_removed() {
        let build = Build::on_branch("master").with_setting("IMAGE_NAME", " simple-todo\n");
        assert_eq!(build.setting("IMAGE_NAME"), Some("simple-todo"));
    }

    #[test]
    fn a_blank_setting_is_not_set() {
        let build = Build::on_branch("master").with_setting("IMAGE_NAME", " \t");
        assert_eq!(build.setting("IMAGE_NAME"), None);
        assert_eq!(build.setting("DEPLOY_BRANCHES"), None);
    }

    #[test]
    fn the_later_of_two_settings_with_one_name_is_used() {
        let build = Build::on_branch("master").with_setting("A", "1").with_setting("A", "2");
        assert_eq!(build.setting("A"), Some("2"));
        assert_eq!(build.settings.len(), 1);
    }

    #[test]
    fn the_branch_of_a_tag_build_is_the_tag() {
        let build = Build::on_tag("v1");
        assert_eq!((build.branch.as_str(), build.tag.as_deref()), ("v1", Some("v1")));
        assert_eq!(build.event, Event::Tag);
    }
}
