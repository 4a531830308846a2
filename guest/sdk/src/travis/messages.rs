//! Parts that several messages share.
//!
//! Messages are built with `concat`, because `format!` links core's formatting
//! code, which is larger in a component than all strings of this module.

use alloc::string::String;

use crate::Build;

/// The branch or tag of a build as the subject of a sentence, with its environment
/// if that has another name.
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

/// The settings that are not set, each with its description, as the object of a
/// sentence: `A (description) and B (description)`. Empty if all are set.
pub(super) fn missing_settings(build: &Build, settings: [(&str, &str); 2]) -> String {
    let mut list = String::new();
    for (name, description) in settings {
        if build.setting(name).is_none() {
            let and = if list.is_empty() { "" } else { " and " };
            list.extend([and, name, " (", description, ")"]);
        }
    }
    list
}
