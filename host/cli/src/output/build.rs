//! The text of a build: what is built, what started it, and where that is known from.

use std::io::{self, Write};

use super::layout::{write_detail, write_heading};
use crate::ci::provider_title;
use model::build::{Build, BuildEvent};
use model::text::printable;

pub(super) fn write(out: &mut impl Write, build: &Build) -> io::Result<()> {
    let number = build.number.map(|number| format!(" #{number}")).unwrap_or_default();
    let name = build.repository.as_deref().map(printable);
    let repository = name.map(|name| format!("{name}{number}, "));
    let branch = printable(&build.branch);
    let source = match build.tag.as_deref().map(printable) {
        None => branch,
        // Travis CI sets the branch of a tag's build to the tag.
        Some(tag) if tag == branch => format!("tag {tag}"),
        Some(tag) => format!("{branch}, tag {tag},"),
    };
    let event = event_text(build).map(|event| format!(" ({event})")).unwrap_or_default();
    write_heading(out, "Build", &format!("{source} at {}{event}", build.short_commit()))?;
    let provider = provider_title(&build.provider);
    write_detail(out, &format!("{}detected from {provider}", repository.unwrap_or_default()))
}

/// What started the build; `None` for a push, and for a tag, which the line names.
pub(super) fn event_text(build: &Build) -> Option<String> {
    match build.event {
        BuildEvent::Push => None,
        BuildEvent::Tag => build.tag.is_none().then(|| "tag".to_owned()),
        BuildEvent::PullRequest => {
            let request = build.pull_request.as_ref();
            let number = request.map(|request| format!(" {}", printable(&request.number)));
            let fork = request.and_then(|request| request.is_fork).filter(|is_fork| *is_fork);
            let fork = fork.map(|_| " from a fork").unwrap_or_default();
            Some(format!("pull request{}{fork}", number.unwrap_or_default()))
        }
        BuildEvent::Schedule => Some("schedule".to_owned()),
        BuildEvent::Manual => Some("manual".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::{self, Sources};
    use model::Environment;
    use model::build::{PartialBuild, PartialPullRequest};

    #[test]
    fn the_event_is_shown_unless_it_is_a_push() {
        let text = |event, tag: Option<&str>, is_fork: Option<bool>| {
            let number = (event == BuildEvent::PullRequest).then(|| "12".to_owned());
            let build = PartialBuild {
                branch: Some("main".into()),
                commit: Some("3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".into()),
                event: Some(event),
                tag: tag.map(str::to_owned),
                pull_request: PartialPullRequest { number, source_branch: None, is_fork },
                ..PartialBuild::default()
            };
            let mut text = Vec::new();
            let environment = Environment::default();
            let resolved = ci::resolve(Sources::of(&environment), build, 1).unwrap();
            write(&mut text, &resolved.build).unwrap();
            let text = anstream::adapter::strip_str(&String::from_utf8(text).unwrap()).to_string();
            text.lines().next().unwrap().to_owned()
        };
        for (line, expected) in [
            (text(BuildEvent::Push, None, None), "main at 3f2a9c10d1e2"),
            (text(BuildEvent::Tag, Some("v1"), None), "main, tag v1, at 3f2a9c10d1e2"),
            (text(BuildEvent::Tag, Some("main"), None), "tag main at 3f2a9c10d1e2"),
            (text(BuildEvent::Schedule, Some("main"), None), "tag main at 3f2a9c10d1e2 (schedule)"),
            (text(BuildEvent::Manual, None, None), "main at 3f2a9c10d1e2 (manual)"),
            (text(BuildEvent::PullRequest, None, None), "main at 3f2a9c10d1e2 (pull request 12)"),
            (
                text(BuildEvent::PullRequest, None, Some(true)),
                "main at 3f2a9c10d1e2 (pull request 12 from a fork)",
            ),
        ] {
            assert_eq!(line, format!("Build     {expected}"));
        }
    }
}
