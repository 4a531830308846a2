#[path = "../../../../../tests/support/page.rs"]
#[allow(unreachable_pub, reason = "the other targets of the tests reach it")]
mod page_text;
pub(super) mod runs;

use super::*;
use model::diagnosis::{Cause, Diagnosis, LogTail};
use model::one_off::OneOffTaskChange;
use model::verdict::Verdict;
use page_text::texts;
use runs::{Run, many, rolled_back, target};

#[test]
fn the_page_of_a_failure_contains_what_a_person_needs() {
    let html = rolled_back().html(Exit::Failed);
    insta::assert_snapshot!("rolled-back", texts(&html));
}

#[test]
fn a_page_loads_and_runs_nothing() {
    let html = many(30).html(Exit::Failed);
    for part in ["<script", "<link", "<img", "<iframe", "src=", "javascript:", "http:", "https:", "@import"] {
        assert!(!html.contains(part), "{part}");
    }
    assert!(html.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    // The only addresses are those of the page itself.
    assert!(html.match_indices("url(").all(|(place, _)| html[place..].starts_with("url(#hatch-")));
    assert!(html.match_indices("href=").all(|(place, _)| html[place..].starts_with("href=\"#")));
    texts(&html);
    assert!(html.len() < 256 << 10, "{}", html.len());
}

#[test]
fn a_stranger_s_text_forges_nothing() {
    let mut run = Run::new("run");
    let hostile =
        "</style></title><script>alert(1)</script>\" onload='x' \u{202e}<!-- &lt; hunter2<hunter2 {{ x }}";
    let web = target(hostile);
    run.decides(hostile).plans(1.0, std::slice::from_ref(&web)).updates(2.0, &web);
    run.at(
        2.5,
        Event::OneOffTaskChanged {
            target: web.clone(),
            name: hostile.to_owned(),
            change: OneOffTaskChange::Started { task: hostile.to_owned() },
        },
    );
    run.progresses(3.0, &web, [1, 0, 0], hostile);
    run.at(3.0, Event::ServiceEvent { target: web.clone(), message: hostile.to_owned() });
    run.at(3.0, Event::RollbackStarted { target: web.clone(), detail: hostile.to_owned() });
    run.at(3.0, Event::Warning { message: format!("a\n{hostile}") });
    run.at(3.0, Event::PolicyOutput { policy: hostile.to_owned(), line: hostile.to_owned() });
    run.at(3.0, Event::SettingWithheld { policy: hostile.to_owned(), name: hostile.to_owned() });
    let lines = vec![hostile.to_owned()];
    let (container, task, group, stream) = (hostile.into(), hostile.into(), hostile.into(), hostile.into());
    let diagnosis = Diagnosis {
        causes: vec![Cause { count: 1, description: hostile.to_owned() }],
        logs: vec![LogTail { container, task, group, stream, lines }],
        unread: vec![hostile.to_owned()],
    };
    run.at(4.0, Event::FailureDiagnosed { target: web.clone(), diagnosis });
    run.ends(4.0, &web, Verdict::Failed { reason: hostile.to_owned() });
    run.at(4.0, Event::Error { message: hostile.to_owned() });
    let html = run.html(Exit::Failed);
    assert!(!html.contains("<script") && !html.contains("hunter2") && !html.contains("\" onload"), "{html}");
    assert_eq!(html.matches("</style>").count(), 1);
    assert_eq!(html.matches("</title>").count(), html.matches("<title>").count());
    assert!(!html.contains('\u{202e}') && html.contains("\\u{202e}"));
    assert!(
        texts(&html).contains(
            "</style></title><script>alert(1)</script>\" onload='x' \\u{202e}<!-- &lt; *** {{ x }}"
        )
    );
}

#[test]
fn a_page_has_no_empty_section() {
    let mut run = Run::new("run");
    run.at(0.1, Event::Error { message: "the policy rejected the build: no".to_owned() });
    let text = texts(&run.html(Exit::Rejected));
    for heading in
        ["Verdicts", "Tasks over time", "Changes", "Images", "Docker commands", "Policy", "Warnings"]
    {
        assert!(!text.lines().any(|line| line == heading), "{heading}: {text}");
    }
    assert!(text.contains("Rejected") && text.contains("Exit code 3: the policy"), "{text}");
}

#[test]
fn a_page_of_a_run_without_end_is_bounded() {
    let mut run = Run::new("run");
    run.decides("master");
    let long = "x <&> ".repeat(200);
    for number in 0..600 {
        let name = target(&format!("{number}"));
        let second = f64::from(number);
        run.updates(second, &name);
        for step in 0..8 {
            run.at(second, Event::ServiceEvent { target: name.clone(), message: long.clone() });
            run.progresses(second + f64::from(step) / 100.0, &name, [step, 1, 0], "IN_PROGRESS");
        }
        run.at(second, Event::Warning { message: long.clone() });
    }
    let html = run.html(Exit::Unknown);
    assert!(html.len() < 24 << 20, "{}", html.len());
    assert!(html.contains("Some texts are left out"));
    texts(&html);
}
