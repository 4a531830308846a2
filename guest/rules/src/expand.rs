//! Texts with the values of a build in place of the names in braces.

use alloc::{format, string::String, string::ToString, vec::Vec};

use ecs_host_policy::Build;

use crate::grammar::Grammar;
use crate::problem::{Located, at_position};
use crate::template::{Part, Template, Value};

/// The maximum length of a tag, in characters.
const TAG_LENGTH: usize = 128;

/// The digits of `{short-commit}`. A second run finds an image by a tag with at least these.
const SHORT_COMMIT: usize = 12;

/// What the values come from, and the text of the file for the positions in errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) build: &'a Build,
    pub(crate) environment: Option<&'a str>,
    pub(crate) file: &'a str,
}

/// What a text is used for, which decides about the characters of the values in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A text: every character stays.
    Text,
    /// The name of a service, a cluster and so on: `-` replaces what a name cannot contain. A setting stays as it is,
    /// because it may be an ARN.
    Name,
    /// A part of a repository: lower case, and `-` replaces what it cannot contain. A setting stays as it is.
    Repository,
    /// A tag: `-` replaces what it cannot contain, also in a setting, and the result has at most 128 characters.
    Tag,
}

impl Values<'_> {
    /// The text of a template.
    ///
    /// # Errors
    /// A value that the build does not have, or a setting that is not set, with its position.
    pub(crate) fn expand(&self, template: &Located<Template>, to: Use) -> Result<String, String> {
        let failed = |problem: String| at_position(self.file, template.at, &problem);
        let mut parts = Vec::new();
        for part in &template.value.0 {
            parts.push((part, self.value(part, to).map_err(failed)?));
        }
        if to == Use::Tag {
            return Ok(join_tag(parts));
        }
        let text: String = parts.into_iter().map(|(_, text)| text).collect();
        if text.contains('\0') {
            return Err(failed("the text contains a NUL character".into()));
        }
        if text.trim().is_empty() && to != Use::Text {
            return Err(failed("the text is empty, because a setting is".into()));
        }
        Ok(text)
    }

    /// The text of a template that the contract restricts.
    ///
    /// # Errors
    /// The same as for [`Values::expand`], and a text that breaks the rule.
    pub(crate) fn expand_as(
        &self,
        template: &Located<Template>,
        to: Use,
        grammar: &Grammar,
    ) -> Result<String, String> {
        let text = self.expand(template, to)?;
        self.check(&text, template.at, grammar).map(|()| text)
    }

    fn check(&self, text: &str, at: usize, grammar: &Grammar) -> Result<(), String> {
        match grammar.problem(text) {
            Some(problem) => Err(at_position(self.file, at, &problem)),
            None => Ok(()),
        }
    }

    /// The names of a list, each with its position. One that is a setting and nothing else stands for its words.
    ///
    /// # Errors
    /// The same as for [`Values::expand_as`], and a setting without a word.
    pub(crate) fn expand_names(
        &self,
        templates: &[Located<Template>],
        grammar: &Grammar,
    ) -> Result<Vec<Located<String>>, String> {
        let mut names: Vec<Located<String>> = Vec::new();
        for template in templates {
            let at = template.at;
            let Some(reference) = template.value.as_setting() else {
                names.push(Located { value: self.expand_as(template, Use::Name, grammar)?, at });
                continue;
            };
            let failed = |problem: String| at_position(self.file, template.at, &problem);
            let words = reference.words(self.build, self.environment).map_err(failed)?;
            if words.is_empty() {
                let name = reference.variable(self.environment);
                return Err(failed(format!("{name} contains no name")));
            }
            for word in words {
                self.check(word, at, grammar)?;
                if !names.iter().any(|name| name.value == word) {
                    names.push(Located { value: word.into(), at });
                }
            }
        }
        Ok(names)
    }

    fn value(&self, part: &Part, to: Use) -> Result<String, String> {
        let build = self.build;
        let (value, has_any_character) = match part {
            Part::Text(text) => return Ok(text.clone()),
            Part::Setting(reference) => {
                (reference.read(build, self.environment)?.to_string(), to != Use::Tag)
            }
            Part::Value(value) => {
                let text = match value {
                    Value::Branch => Some(build.branch.clone()),
                    Value::Tag => build.tag.clone(),
                    Value::Commit => Some(build.commit.clone()),
                    Value::ShortCommit => Some(build.commit.chars().take(SHORT_COMMIT).collect()),
                    Value::Environment => self.environment.map(ToString::to_string),
                    Value::Number => build.number.map(|number| number.to_string()),
                    Value::PullRequest => build.pull_request.as_ref().map(|request| request.number.clone()),
                    Value::Repository => build.repository.clone(),
                };
                (text.ok_or_else(|| no_value(*value))?, false)
            }
        };
        if has_any_character {
            return Ok(value);
        }
        Ok(match to {
            Use::Text => value,
            Use::Name => replace(&value, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
            Use::Repository => replace(&value.to_ascii_lowercase(), |c| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '/')
            }),
            Use::Tag => replace(&value, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')),
        })
    }
}

fn no_value(value: Value) -> String {
    let flag = match value {
        Value::Tag => "; on the command line, `--git-tag` sets it",
        Value::Number => "; on the command line, `--build-number` sets it",
        Value::PullRequest => "; on the command line, `--pull-request` sets it",
        Value::Repository => "; on the command line, `--repository` sets it",
        Value::Branch | Value::Commit | Value::ShortCommit | Value::Environment => "",
    };
    format!("`{{{}}}` has no value in this build{flag}", value.name())
}

fn replace(text: &str, is_valid: impl Fn(char) -> bool) -> String {
    text.chars().map(|c| if is_valid(c) { c } else { '-' }).collect()
}

/// The tag of its parts. What is too long is cut from the longest part that does not identify the commit, then from the
/// next one, and `_` replaces a first character that a tag cannot begin with.
fn join_tag(mut parts: Vec<(&Part, String)>) -> String {
    let length: usize = parts.iter().map(|(_, text)| text.len()).sum();
    let mut excess = length.saturating_sub(TAG_LENGTH);
    let is_cut = |part: &Part| {
        matches!(part, Part::Setting(_))
            || matches!(
                part,
                Part::Value(Value::Branch | Value::Tag | Value::Environment | Value::Repository)
            )
    };
    while excess > 0 {
        let all = parts.iter_mut().filter(|(part, text)| is_cut(part) && !text.is_empty());
        let Some((_, longest)) = all.max_by_key(|(_, text)| text.len()) else { break };
        let kept = longest.len().saturating_sub(excess);
        excess -= longest.len() - kept;
        longest.truncate(kept);
    }
    let mut tag: String = parts.into_iter().map(|(_, text)| text).collect();
    if tag.starts_with(['.', '-']) {
        tag.replace_range(..1, "_");
    }
    if tag.is_empty() { "_".into() } else { tag }
}

#[cfg(test)]
mod tests {
    use ecs_host_policy::travis::{commit_tag, environment_tag};
    use proptest::prelude::*;

    use super::*;
    use crate::grammar::NAME;

    fn expand(text: &str, build: &Build, environment: Option<&str>, to: Use) -> Result<String, String> {
        let template = Located { value: Template::parse(text).unwrap(), at: 0 };
        Values { build, environment, file: "" }.expand(&template, to)
    }

    #[test]
    fn every_value_is_that_of_the_build() {
        let build = Build {
            number: Some(57),
            repository: Some("example/app".into()),
            ..Build::on_pull_request("12", "Feature/X")
        };
        let text = "{branch} {commit} {short-commit} {environment} {number} {pull-request} {repository}";
        assert_eq!(
            expand(text, &build, Some("review"), Use::Text).unwrap(),
            "Feature/X 0123456789abcdef0123456789abcdef01234567 0123456789ab review 57 12 example/app"
        );
        assert_eq!(expand("app-{branch}", &build, None, Use::Name).unwrap(), "app-Feature-X");
        assert_eq!(expand("r.io/{branch}", &build, None, Use::Repository).unwrap(), "r.io/feature/x");
        assert_eq!(
            expand("{tag}", &build, None, Use::Text).unwrap_err(),
            "deploy-rules.toml:1:1: `{tag}` has no value in this build; on the command line, `--git-tag` sets it"
        );
    }

    #[test]
    fn a_setting_in_a_name_stays_and_in_a_tag_does_not() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/c";
        let build = Build::on_branch("master").with_setting("DEPLOY_X", arn);
        assert_eq!(expand("{settings.DEPLOY_X}", &build, None, Use::Name).unwrap(), arn);
        assert_eq!(
            expand("{settings.DEPLOY_X}", &build, None, Use::Tag).unwrap(),
            arn.replace([':', '/'], "-")
        );
        let error = expand("{settings.DEPLOY_Y?}", &build, None, Use::Name).unwrap_err();
        assert!(error.ends_with("the text is empty, because a setting is"), "{error}");
    }

    #[test]
    fn a_list_contains_the_words_of_a_setting_once() {
        let build = Build::on_branch("master").with_setting("DEPLOY_X", "web, worker web");
        let template = Located { value: Template::parse("{settings.DEPLOY_X}").unwrap(), at: 0 };
        let values = Values { build: &build, environment: None, file: "" };
        let names = values.expand_names(&[template], &NAME).unwrap();
        assert_eq!(names.into_iter().map(|name| name.value).collect::<Vec<_>>(), ["web", "worker"]);
    }

    proptest! {
        #[test]
        fn tags_of_the_environment_are_those_of_the_convention(environment in "(\\PC|[a-z/.-]){0,150}") {
            let build = Build::on_branch("master");
            let tag = |text| expand(text, &build, Some(&environment), Use::Tag).unwrap();
            prop_assert_eq!(tag("{environment}"), environment_tag(&environment));
            if !environment.is_empty() {
                prop_assert_eq!(tag("{environment}-{commit}"), commit_tag(&environment, &build.commit));
            }
        }

        #[test]
        fn a_tag_is_valid_whatever_the_values_are(
            // A setting of blanks counts as unset.
            branch in ".{1,300}", setting in ".{0,150}[!-~].{0,150}", text in "[a-z0-9.]{0,20}",
        ) {
            let build = Build::on_branch(branch).with_setting("DEPLOY_X", setting);
            for template in ["{branch}", "{branch}-{commit}", "{settings.DEPLOY_X?}", "-{branch}", "{settings.DEPLOY_X}{branch}-{commit}"] {
                let tag = expand(&format!("{template}{text}"), &build, None, Use::Tag).unwrap();
                let (first, rest) = tag.split_at(1);
                let is_start = |c: char| c.is_ascii_alphanumeric() || c == '_';
                prop_assert!(first.chars().all(is_start) && tag.len() <= 128, "{}", tag);
                prop_assert!(rest.chars().all(|c| is_start(c) || c == '.' || c == '-'), "{}", tag);
            }
        }
    }
}
