//! How much a run prints.

/// How much of a run is printed as text. Events as JSON are always complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// What a person has to know at the end: results, problems and their causes.
    Quiet,
    /// Every step, and of what repeats what is new.
    #[default]
    Normal,
    /// Everything, and each call to AWS.
    Verbose,
}
