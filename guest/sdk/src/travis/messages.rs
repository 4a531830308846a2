//! What the messages have in common.

use alloc::string::String;

use crate::Build;

/// What is being built, as the subject of a sentence: its branch or tag, and its
/// environment where that has another name.
pub(super) fn subject(build: &Build, environment: &str) -> String {
    let (kind, name) = match &build.tag {
        Some(tag) => ("Tag `", tag),
        None => ("Branch `", &build.branch),
    };
    let mut subject = [kind, name, "`"].concat();
    if name != environment {
        subject.extend([" (environment `", environment, "`)"]);
    }
    subject
}

/// The settings of these that the build lacks, each with what it is for, as the
/// object of a sentence: `A (one thing) and B (another)`. Empty where all are set.
pub(super) fn missing(build: &Build, settings: [(&str, &str); 2]) -> String {
    let mut list = String::new();
    for (name, purpose) in settings {
        if build.setting(name).is_none() {
            let and = if list.is_empty() { "" } else { " and " };
            list.extend([and, name, " (", purpose, ")"]);
        }
    }
    list
}
