//! Texts of a policy in the log of a CI system.

use super::guest::{Guest, target};
use super::{Row, run_all};
use crate::app::App;

#[test]
fn a_policy_text_can_not_forge_a_line_or_a_ci_command() {
    let skip = |name, text: &'static [u8]| {
        Row::new(name, Guest::selected(move |memory| memory.skip(text)).bytes()).exits(0)
    };
    run_all([
        skip("forged-verdict", b"Later.\n\x1b[1mVerdict   \x1b[0mdeployed")
            .prints("skip: Later.\\n\\u{1b}[1mVerdict")
            .does_not_print("\nVerdict"),
        skip("return", b"Later.\rVerdict   web deployed").prints("skip: Later.\\rVerdict"),
        skip("screen", "\u{9b}2J\u{7}".as_bytes()).prints("skip: \\u{9b}2J\\u{7}"),
        skip("github", b"x ::set-output name=a::b ::error::c")
            .prints("skip: x :\\u{3a}set-output name=a::b :\\u{3a}error::c"),
        skip("github-old", b"##[error]all is lost").prints("skip: #\\u{23}[error]all is lost"),
        skip("azure", b"##vso[task.complete result=Succeeded;]").prints("skip: #\\u{23}vso["),
        skip("backwards", "not \u{202e}deyolped".as_bytes()).prints("skip: not \\u{202e}deyolped"),
        skip("lines", "a\u{2028}Verdict".as_bytes()).prints("skip: a\\u{2028}Verdict"),
        skip("megabyte", &[b'x'; 1 << 20]).prints("xxx … (cut)"),
    ]);
}

#[test]
fn a_rejection_can_not_forge_a_line() {
    let no = Guest::selected(|memory| memory.no(b"Not now.\nVerdict   web deployed"));
    run_all([Row::new("forged-refusal", no.bytes())
        .exits(3)
        .prints("policy `hostile` rejected the build: Not now.\n  Verdict   web deployed")
        .does_not_print("\nVerdict")]);
}

#[test]
fn a_value_can_not_forge_a_line_of_a_plan() {
    let app = App::new("hostile-plan");
    let (repository, name) = (app.repository().into_bytes(), app.name.clone().into_bytes());
    let guest = Guest::deploying_to(
        |memory| {
            let mut image = super::guest::image();
            image.repository = repository;
            let value = b"1\nVerdict   web deployed\x1b[2J ::error::x".to_vec();
            let build = super::answer::Build {
                context: b".".to_vec(),
                arguments: vec![(b"VERSION".to_vec(), value)],
                ..Default::default()
            };
            image.source = super::answer::Source::Build(build);
            memory.images(&[image])
        },
        |memory| {
            let mut target = target();
            (target.cluster, target.service) = (name.clone(), name);
            let value = b"a\nVerdict   web deployed\xc2\x9b2J ::error::x".to_vec();
            let variable = (b"GREETING".to_vec(), value.clone());
            target.containers = vec![(b"web".to_vec(), b"web".to_vec(), vec![variable])];
            target.tasks = vec![(b"migrate".to_vec(), b"web".to_vec(), vec![b"echo".to_vec(), value])];
            memory.targets(&[target])
        },
    );
    let path = app.path("policy.wasm");
    std::fs::write(&path, guest.bytes()).unwrap();
    let run = app.plan().arg(path.display().to_string()).exits(0);
    run.prints("'--build-arg=VERSION=1\\nVerdict")
        .prints("GREETING")
        .prints("migrate")
        .does_not_print("\nVerdict")
        .does_not_print("\u{1b}")
        .does_not_print("\u{9b}")
        .does_not_print("::error::")
        .changed_nothing();
}
