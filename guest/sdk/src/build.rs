use alloc::string::{String, ToString};

use crate::{Build, Event, Setting};

/// Builds to test a policy with, and the way to read one's settings.
///
/// The constructors fill in what a test seldom cares about: no CI provider, no
/// repository, no build number, no matrix, and a commit that is always the same.
/// All fields are public, so a test that does care says so:
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
            event: Event::Push,
            tag: None,
            pull_request: None,
            number: None,
            job: None,
            settings: [].into(),
        }
    }

    /// A push of a git tag. As on Travis, `branch` is the tag's name too.
    pub fn on_tag(tag: impl Into<String>) -> Self {
        let tag = tag.into();
        Self { event: Event::Tag, tag: Some(tag.clone()), ..Self::on_branch(tag) }
    }

    /// A pull request that would be merged into `branch`.
    pub fn of_pull_request(number: impl Into<String>, branch: impl Into<String>) -> Self {
        Self { event: Event::PullRequest, pull_request: Some(number.into()), ..Self::on_branch(branch) }
    }

    /// The build with a setting added, or replaced where it has one of that name.
    ///
    /// ```
    /// use ecs_host_policy::Build;
    ///
    /// let build = Build::on_branch("master").with("DEPLOY_BRANCHES", "master production");
    /// assert_eq!(build.setting("DEPLOY_BRANCHES"), Some("master production"));
    /// ```
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let setting = Setting::new(name, value);
        self.settings.retain(|other| other.name != setting.name);
        self.settings.push(setting);
        self
    }

    /// The value of a setting, without white space around it. A setting that
    /// is blank counts as not set, as the empty variables of many CI
    /// configurations mean it.
    ///
    /// A setting that the policy's manifest does not declare is never set.
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
    fn a_setting_loses_the_space_around_it() {
        let build = Build::on_branch("master").with("IMAGE_NAME", " simple-todo\n");
        assert_eq!(build.setting("IMAGE_NAME"), Some("simple-todo"));
    }

    #[test]
    fn a_blank_setting_is_not_set() {
        let build = Build::on_branch("master").with("IMAGE_NAME", " \t");
        assert_eq!(build.setting("IMAGE_NAME"), None);
        assert_eq!(build.setting("DEPLOY_BRANCHES"), None);
    }

    #[test]
    fn a_setting_given_twice_has_the_later_value() {
        let build = Build::on_branch("master").with("A", "1").with("A", "2");
        assert_eq!(build.setting("A"), Some("2"));
        assert_eq!(build.settings.len(), 1);
    }

    #[test]
    fn a_tag_is_its_own_branch_as_on_travis() {
        let build = Build::on_tag("v1");
        assert_eq!((build.branch.as_str(), build.tag.as_deref()), ("v1", Some("v1")));
        assert_eq!(build.event, Event::Tag);
    }
}
