//! The report of an evaluation: what the policy looked up and printed, and which of its settings are probably not meant as
//! they are.

use model::event::EventSink as _;

use crate::output::Report;
use crate::output::number::thousands;
use model::build::Build;
use model::event::Event;
use model::text::abbreviate;
use sandbox::Evaluation;
use sandbox::settings::{is_empty_list, is_quoted};

/// Reports the policy's lookups with their warnings, its output, the settings withheld from it, and those that are probably not meant as
/// they are.
pub(super) fn report_evaluation(
    evaluation: &Evaluation,
    build: &Build,
    warnings: Vec<String>,
    report: &Report,
) {
    let policy = || evaluation.policy_name.clone();
    for lookup in &evaluation.lookups {
        let commit = lookup.query.is_of_source().then(|| build.commit.clone());
        report.emit(&Event::PolicyLookup { policy: policy(), lookup: lookup.clone(), commit });
    }
    for message in warnings {
        report.emit(&Event::Warning { message });
    }
    for line in limit_lines(&evaluation.output) {
        report.emit(&Event::PolicyOutput { policy: policy(), line });
    }
    for name in &evaluation.settings.withheld {
        report.emit(&Event::SettingWithheld { policy: policy(), name: name.clone() });
    }
    // The value is omitted: it may be a secret.
    for (name, _) in evaluation.settings.values.iter().filter(|(_, value)| is_quoted(value)) {
        let message = format!(
            "{name} begins and ends with a quotation mark, which is part of its value: no shell removed it; remove both \
             where {name} is set"
        );
        report.emit(&Event::Warning { message });
    }
    for (name, value) in evaluation.settings.values.iter().filter(|(_, value)| is_empty_list(value)) {
        let value = abbreviate(value);
        let message = format!(
            "{name} contains separators only (`{value}`), so it lists nothing; correct it where {name} is set"
        );
        report.emit(&Event::Warning { message });
    }
}

/// How many lines of a policy's output are shown: some CI systems stop a job whose log grows too long.
const SHOWN_LINES: usize = 200;

/// The first lines of a component's output, and a line with the number of the others.
pub(super) fn limit_lines(output: &[String]) -> impl Iterator<Item = String> {
    let more = output.len().saturating_sub(SHOWN_LINES);
    let more = (more > 0).then(|| format!("… {} more lines", thousands(more)));
    output.iter().take(SHOWN_LINES).cloned().chain(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_output_ends_with_the_number_of_lines_left_out() {
        let lines = |count: usize| -> Vec<String> { (0..count).map(|line| line.to_string()).collect() };
        assert_eq!(limit_lines(&lines(SHOWN_LINES)).count(), SHOWN_LINES);
        let shown: Vec<String> = limit_lines(&lines(4000)).collect();
        assert_eq!((shown.len(), shown.last().map(String::as_str)), (201, Some("… 3,800 more lines")));
    }
}
