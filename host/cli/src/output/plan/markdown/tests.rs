use super::*;
use model::exit::Exit;

fn text(lines: &[&str]) -> Text {
    let mut text = Text::new(String::new());
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    text.push_details("", "title", "diff", &lines);
    text
}

#[test]
fn a_line_of_a_diff_ends_no_block() {
    let text = text(&["+ a: b", "```", "  ````"]).finish();
    assert_eq!(
        text,
        "\n<details><summary>title</summary>\n\n`````diff\n+ a: b\n```\n  ````\n`````\n\n</details>\n"
    );
}

#[test]
fn a_diff_that_does_not_fit_is_cut_between_lines_and_the_cut_is_stated() {
    let line = format!("+ {}", "x".repeat(998));
    let lines = vec![line; 100];
    let mut text = Text::new(String::new());
    assert!(!text.push_details(" open", "title", "diff", &lines));
    assert!(!text.push_details("", "other", "diff", &lines));
    text.is_cut = true;
    let text = text.finish();
    assert!(text.len() < MAX_LENGTH && text.len() > MAX_LENGTH - 3000, "{}", text.len());
    assert!(
        text.contains("\n… 38 more lines\n```\n\n</details>\n") || text.contains(" more lines\n```\n"),
        "{text}"
    );
    assert!(!text.contains("other") && text.contains("**This text is cut**"));
}

#[test]
fn a_line_of_backticks_leaves_room_for_the_others() {
    let lines = vec![format!("+ {}", "`".repeat(4000)); 14];
    let text = text(&lines.iter().map(String::as_str).collect::<Vec<_>>()).finish();
    assert!(text.contains("<summary>title</summary>") && text.contains(" more lines\n"), "{}", text.len());
    assert!(text.len() < MAX_LENGTH, "{}", text.len());
}

#[test]
fn a_skipped_and_a_rejected_build_state_why() {
    let skipped = PlanDocument {
        result: PlanResult::Skipped { reason: "branch `a|b` of @team".to_owned() },
        ..PlanDocument::default()
    };
    assert_eq!(
        to_markdown(&skipped),
        "### ecs-host plan: skipped\n\nThe policy skips this build: branch &#96;a&#124;b&#96; of @<!-- -->team\n"
    );
    let problems = vec!["<img> is missing".to_owned(), "#1 too".to_owned()];
    let message = "this build cannot be deployed, and nothing was changed:\n  - <img>".to_owned();
    let rejected = PlanDocument {
        result: PlanResult::Rejected { message, problems },
        exit: Exit::Preflight,
        ..PlanDocument::default()
    };
    assert_eq!(
        to_markdown(&rejected),
        "### ecs-host plan: exit code 5 (a setting, permission or resource is missing or wrong)\n\n\
         this build cannot be deployed, and nothing was changed\n\n\
         **Problems**\n\n- &#60;img<!-- -->&#62; is missing\n- &#35;<!-- -->1 too\n"
    );
}

#[test]
fn a_table_and_a_list_are_cut_between_rows() {
    let mut text = Text::new(String::new());
    let row = || ["x".repeat(500), "y".repeat(500)];
    push_table(&mut text, ["A", "B"], (0..100).map(|_| row()).collect());
    push_list(&mut text, "Problems", (0..100).map(|_| "z".repeat(1000)).collect());
    let text = text.finish();
    assert!(text.len() < 2 * MAX_PART + 4000, "{}", text.len());
    assert_eq!(text.matches(" more").count(), 2, "{text}");
    assert!(text.contains("**This text is cut**"));
}
