//! The errors that caused an error of the AWS SDK.

use aws_smithy_types::error::ErrorMetadata;

/// An error and those that caused it.
pub(crate) fn sources<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// The message of the lowest layer. Those above it state only that something failed.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let Some(last) = sources(error).last() else { return String::new() };
    // The response to another call than the one that failed, such as that of STS to `AssumeRole`. Its `Display` is for
    // debugging.
    match last.downcast_ref::<ErrorMetadata>().map(|metadata| (metadata.code(), metadata.message())) {
        Some((Some(code), Some(message))) => format!("{code}: {}", message.trim_end_matches('.')),
        _ => last.to_string(),
    }
}
