//! A plan in Markdown.

use super::diff::{DiffRow, RowChange, diff_rows};
use super::images::build_options;
use super::phrases::{image_action, is_nothing_to_do, target_action, target_kind, target_warnings, totals};
use super::reviews::finding_text;
use super::target::{rollout_lines, task_command, task_title};
use super::values::{shorten_digests, shorten_pair};
use crate::output::layout::join_tags;
use crate::output::markdown::{build_line, code_block, escape};
use crate::output::phrases::exit_summary;
use crate::output::status::build_text;
use model::event::{PlanDocument, PlanFile, PlanResult};
use model::names::short_revision;
use model::plan::{ImageAction, Plan, TargetPlan};
use model::review::{Finding, GuardReview, Severity};

/// The most bytes of the text: a comment on GitHub has at most 65,536 characters, and whoever posts it may add some.
const MAX_LENGTH: usize = 64_000;

/// The most bytes of a table or a list, so that one of them leaves room for the others.
const MAX_PART: usize = 16_000;

/// The most bytes of the sentence about a cut.
const CUT: usize = 300;

/// The plan, or why there is none.
pub(crate) fn to_markdown(document: &PlanDocument) -> String {
    let mut text = Text::new(format!("### ecs-host plan: {}\n", title(document)));
    if let Some(build) = &document.build {
        let policy = document.policy.as_ref().map(|policy| format!("{} {}", policy.name, policy.version));
        let region = match &document.result {
            PlanResult::Planned { plan, .. } => format!(", in {}", plan.region),
            PlanResult::Skipped { .. } | PlanResult::Rejected { .. } => String::new(),
        };
        text.push(&format!("\n{}{region}\n", build_line(build, policy.as_deref())));
    }
    if let Some(PlanFile { digest, flags, .. }) = &document.saved {
        let flags = if flags.is_empty() { String::new() } else { format!(" with `{}`", flags.join(" ")) };
        text.push(&format!("\nSaved plan `{}`{flags}\n", digest.as_str()));
    }
    match &document.result {
        PlanResult::Planned { plan, commands } => push_plan(&mut text, plan, commands, &document.warnings),
        PlanResult::Skipped { reason } => {
            text.push(&format!("\nThe policy skips this build: {}\n", escape(reason)));
            push_list(&mut text, "Warnings", warning_items(&document.warnings));
        }
        PlanResult::Rejected { message, problems } => {
            // The message lists the first problems after its first line.
            let lines: Vec<String> = match message.lines().next().filter(|_| !problems.is_empty()) {
                Some(first) => vec![escape(first.trim_end_matches(':'))],
                None => message.lines().map(escape).collect(),
            };
            text.push(&format!("\n{}\n", lines.join("  \n")));
            push_list(&mut text, "Problems", problems.iter().map(|problem| escape(problem)).collect());
            push_list(&mut text, "Warnings", warning_items(&document.warnings));
        }
    }
    text.finish()
}

fn title(document: &PlanDocument) -> String {
    match &document.result {
        PlanResult::Planned { plan, .. } if plan.is_denied() => format!("denied, {}", totals(plan)),
        PlanResult::Planned { plan, .. } if is_nothing_to_do(plan) => "nothing to do".to_owned(),
        PlanResult::Planned { plan, .. } => totals(plan),
        PlanResult::Skipped { .. } => "skipped".to_owned(),
        PlanResult::Rejected { .. } => {
            format!("exit code {} ({})", document.exit.code(), exit_summary(document.exit))
        }
    }
}

fn push_plan(text: &mut Text, plan: &Plan, commands: &[String], warnings: &[String]) {
    let image = |image: &model::plan::ImagePlan| {
        let digest = match &image.action {
            ImageAction::Build(_) => String::new(),
            ImageAction::Reuse { digest, .. } => format!("`{}`", digest.as_str()),
        };
        let tags = escape(&join_tags(&image.image.tags));
        let repository = escape(&image.image.repository.to_string());
        [escape(&image.image.name), escape(&image_action(image)), repository, tags, digest]
    };
    let titles = ["Image", "Action", "Repository", "Tags", "Digest"];
    push_table(text, titles, plan.images.iter().map(image).collect());
    for image in &plan.images {
        let ImageAction::Build(build) = &image.action else { continue };
        let options = build_options(build).iter().map(|option| escape(option)).collect();
        push_list(text, &format!("Build of image {}", escape(&image.image.name)), options);
    }
    let has_waves = plan.waves().len() > 1;
    let target = |target: &TargetPlan| {
        let wave = if has_waves { format!(" (wave {})", target.wave) } else { String::new() };
        [
            format!("{}{}{wave}", target_kind(target), escape(target.name.as_str())),
            escape(&target_action(target)),
            escape(short_revision(&target.base)),
            escape(&build_text(target.base_build.as_ref())),
        ]
    };
    // A reviewer reads those that change.
    let (unchanged, changed): (Vec<_>, Vec<_>) =
        plan.targets.iter().partition(|target| target.is_up_to_date());
    let rows = changed.iter().chain(&unchanged).map(|own| target(own)).collect();
    push_table(text, ["Target", "Action", "Now", "Build"], rows);
    let findings = |severity: Severity| {
        let of_guard = move |review: &GuardReview| {
            let guard = review.guard.clone();
            let item = move |finding: &Finding| {
                format!("{} of guard {}", escape(&finding_text(finding)), escape(&guard))
            };
            review
                .findings
                .iter()
                .filter(move |finding| finding.severity == severity)
                .map(item)
                .collect::<Vec<_>>()
        };
        plan.reviews.iter().flat_map(of_guard).collect::<Vec<String>>()
    };
    push_list(text, "Denied by guards", findings(Severity::Deny));
    push_list(text, "Warnings of guards", findings(Severity::Warn));
    if let (false, false) = (plan.reviews.is_empty(), plan.is_denied()) {
        let names = plan.reviews.iter().map(|review| escape(&format!("{} {}", review.guard, review.version)));
        text.push(&format!("\nReviewed by {}.\n", names.collect::<Vec<_>>().join(", ")));
    }
    let of_targets = plan.targets.iter().flat_map(|target| {
        let item = |warning: &String| format!("{}: {}", escape(target.name.as_str()), escape(warning));
        target_warnings(target).iter().map(item)
    });
    let warnings = warning_items(warnings);
    push_list(text, "Warnings", of_targets.chain(warnings).collect());
    push_list(text, "Not checked", plan.unread.iter().map(|sentence| escape(sentence)).collect());
    let mut omitted = 0;
    // A task after the rollout runs on an unchanged target, too.
    let with_tasks = unchanged.iter().filter(|target| !target.tasks_after.is_empty());
    for target in changed.iter().chain(with_tasks) {
        let title = escape(target.name.as_str());
        let open = if changed.len() == 1 { " open" } else { "" };
        let lines = target_lines(target, plan);
        // A target that is deployed again has no difference.
        if !lines.is_empty() {
            omitted += usize::from(!text.push_details(open, &title, "diff", &lines));
        }
    }
    if omitted > 0 {
        text.is_cut = true;
    }
    if !commands.is_empty() && !text.push_details("", "docker", "sh", commands) {
        text.is_cut = true;
    }
}

/// The lines about a target that changes, in the syntax of `diff`.
fn target_lines(target: &TargetPlan, plan: &Plan) -> Vec<String> {
    let task = |when: &str, task| format!("  {when}: {} {}", task_title(task), task_command(task));
    if target.is_up_to_date() {
        return target.tasks_after.iter().map(|own| task("unless it has succeeded", own)).collect();
    }
    let before = target.tasks_before.iter().map(|own| task("before", own));
    let rows = diff_rows(target, &plan.build);
    let after = target.tasks_after.iter().map(|own| task("after", own));
    let options = rollout_lines(target).into_iter().map(|line| format!("  {line}"));
    let hint = target.circuit_breaker_warning().map(|hint| format!("  {hint}"));
    before.chain(rows.iter().flat_map(row_lines)).chain(after).chain(options).chain(hint).collect()
}

fn row_lines(row: &DiffRow) -> Vec<String> {
    let DiffRow { depth, label, change } = row;
    let indent = "  ".repeat(*depth);
    match change {
        RowChange::Heading => vec![format!("@@ {label} @@")],
        RowChange::AddedHeading => vec![format!("+ {indent}{label}")],
        RowChange::RemovedHeading => vec![format!("- {indent}{label}")],
        RowChange::Added(value) => vec![format!("+ {indent}{label}: {}", shorten_digests(value))],
        RowChange::Removed(value) => vec![format!("- {indent}{label}: {}", shorten_digests(value))],
        RowChange::Changed(before, after) => {
            let (before, after) = shorten_pair(before, after);
            vec![format!("- {indent}{label}: {before}"), format!("+ {indent}{label}: {after}")]
        }
    }
}

fn warning_items(warnings: &[String]) -> Vec<String> {
    warnings.iter().map(|warning| warning.lines().map(escape).collect::<Vec<_>>().join(" ")).collect()
}

fn push_table<const N: usize>(text: &mut Text, titles: [&str; N], rows: Vec<[String; N]>) {
    if rows.is_empty() {
        return;
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut table = format!("\n| {} |\n|{}\n", titles.join(" | "), " --- |".repeat(N));
    for (number, row) in rows.iter().enumerate() {
        let row = line(row);
        if table.len() + row.len() > MAX_PART {
            let mut cells = vec![String::new(); N];
            if let Some(first) = cells.first_mut() {
                *first = format!("… and {} more", rows.len() - number);
            }
            table += &line(&cells);
            text.is_cut = true;
            break;
        }
        table += &row;
    }
    text.push(&table);
}

fn push_list(text: &mut Text, title: &str, items: Vec<String>) {
    if items.is_empty() {
        return;
    }
    let mut list = format!("\n**{title}**\n\n");
    for (number, item) in items.iter().enumerate() {
        if list.len() + item.len() > MAX_PART {
            list += &format!("- … and {} more\n", items.len() - number);
            text.is_cut = true;
            break;
        }
        list += &format!("- {item}\n");
    }
    text.push(&list);
}

/// A text of a limited length.
struct Text {
    text: String,
    is_cut: bool,
}

impl Text {
    fn new(text: String) -> Self {
        Self { text, is_cut: false }
    }

    /// The bytes that are left.
    fn room(&self) -> usize {
        (MAX_LENGTH - CUT).saturating_sub(self.text.len())
    }

    fn push(&mut self, part: &str) {
        if part.len() <= self.room() {
            self.text += part;
        } else {
            self.is_cut = true;
        }
    }

    /// Adds a block of code that is folded, or a start of it. Returns whether it is complete.
    fn push_details(&mut self, open: &str, title: &str, language: &str, lines: &[String]) -> bool {
        let block = |lines: &str| {
            let code = code_block(language, lines);
            format!("\n<details{open}><summary>{title}</summary>\n\n{code}\n</details>\n")
        };
        let code = lines.join("\n");
        let whole = block(&code);
        if whole.len() <= self.room() {
            self.text += &whole;
            return true;
        }
        // Fences of a start are not longer than those of the whole.
        let mut room = self.room().saturating_sub(whole.len().saturating_sub(code.len()) + CUT);
        let mut shown = Vec::new();
        for line in lines {
            let Some(left) = room.checked_sub(line.len() + 1) else { break };
            room = left;
            shown.push(line.clone());
        }
        if shown.is_empty() {
            return false;
        }
        shown.push(format!("… {} more lines", lines.len() - shown.len()));
        self.push(&block(&shown.join("\n")));
        false
    }

    fn finish(mut self) -> String {
        if self.is_cut {
            self.text += "\n**This text is cut**: it does not fit into a comment. `ecs-host plan --format json` has all of \
                          the plan.\n";
        }
        self.text
    }
}

#[cfg(test)]
mod tests;
