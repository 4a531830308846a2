//! Malformed answers, and answers that try to inject options, lines or commands.

use super::answer::{BASE, Memory, Source};
use super::guest::{Guest, image, target};
use super::{Row, run_all};

#[test]
fn a_panic_is_reported_with_its_export() {
    let row = |name, guest: Guest, export: &str| {
        Row::new(name, guest.bytes()).prints(format!("failed in `{export}`: it panicked"))
    };
    let start = Guest { items: "(func $start (unreachable)) (start $start)".into(), ..Guest::default() };
    run_all([
        row("panic-in-start", start, "instantiate"),
        row("panic-in-describe", Guest::describing("(unreachable)"), "describe"),
        row("panic-in-select", Guest::selecting("(unreachable)"), "select")
            .prints("no function names in the component; build it without stripping them"),
        row("panic-in-images", Guest::imaging("(unreachable)"), "images"),
        row("panic-in-targets", Guest::targeting("(unreachable)"), "targets"),
        Row::new("division", Guest::selecting("(i32.div_s (i32.const 1) (i32.const 0))").bytes())
            .prints("failed in `select`: wasm trap: integer divide by zero"),
        Row::new("beyond-memory", Guest::selecting("(i32.load (i32.const -1))").bytes())
            .prints("failed in `select`: wasm trap: out of bounds memory access"),
    ]);
}

#[test]
fn a_backtrace_has_the_function_names_of_the_guest() {
    let named = |items: &str| Guest { items: items.into(), ..Guest::selecting("(call 0) (unreachable)") };
    let shout = r#"(func $"_ZN6policy7resolve17h0123456789abcdefE" (unreachable))"#;
    let command = r#"(func $"::error::all is lost" (unreachable))"#;
    // Only `@name` can set an empty function name.
    let nameless = "(func (@name \"\") (unreachable))";
    run_all([
        Row::new("named", named(shout).bytes()).prints("\n    at policy::resolve"),
        Row::new("named-like-a-command", named(command).bytes())
            .prints("at :\\u{3a}error::all is lost")
            .does_not_print("::error::all"),
        Row::new("nameless", named(nameless).bytes()).prints("failed in `select`: it panicked"),
    ]);
}

#[test]
fn an_answer_outside_of_memory_is_rejected() {
    let words = |words: &'static [u32]| Guest::selected(move |memory| memory.words(words)).bytes();
    let described = |words: &'static [u32]| Guest::described(move |memory| memory.words(words)).bytes();
    let broken = |name, bytes| Row::new(name, bytes).prints("failed in `select`");
    run_all([
        broken("answer-beyond-memory", Guest::selecting("(i32.const -16)").bytes()).prints("out of bounds"),
        broken("answer-askew", Guest::selecting("(i32.const 1026)").bytes()).prints("not aligned"),
        broken("no-such-case", words(&[7, 0, 0, 0])).prints("invalid expected discriminant"),
        broken("no-such-inner-case", words(&[0, 9, 0, 0])).prints("unexpected discriminant: 9"),
        broken("text-beyond-memory", words(&[0, 1, 0xffff_fff0, 64])).prints("out of bounds"),
        broken("text-that-wraps", words(&[0, 1, 16, 0xffff_ffff])).prints("out of bounds"),
        Row::new("manifest-beyond-memory", described(&[BASE, 0xffff_fff0, 0, 0, 0, 0, 0, 0]))
            .prints("failed in `describe`")
            .prints("out of bounds"),
        Row::new("settings-beyond-memory", described(&[BASE, 1, BASE, 1, BASE, 1, BASE, 0x1000_0000]))
            .prints("failed in `describe`")
            .prints("out of bounds"),
        Row::new("settings-askew", described(&[BASE, 1, BASE, 1, BASE, 1, BASE + 2, 1]))
            .prints("failed in `describe`")
            .prints("not aligned"),
    ]);
}

#[test]
fn invalid_text_is_rejected() {
    let skip = |text: &'static [u8]| Guest::selected(move |memory| memory.skip(text));
    let half = Guest::described(|memory| {
        let (at, _) = memory.text(b"\x00\xd8");
        memory.words(&[at, 1, at, 0, at, 0, at, 0])
    });
    let half = Guest { options: "string-encoding=utf16", ..half };
    let other = Guest { options: "string-encoding=utf16", ..Guest::default() };
    run_all([
        Row::new("utf-8", skip(b"\xff\xfe").bytes()).prints("failed in `select`: invalid utf-8"),
        Row::new("half-a-character", skip(b"a\xe2\x82").bytes()).prints("incomplete utf-8"),
        Row::new("surrogate", skip(b"\xed\xa0\x80").bytes()).prints("invalid utf-8"),
        Row::new("overlong", skip(b"\xc0\xaf").bytes()).prints("invalid utf-8"),
        Row::new("half-a-pair", half.bytes()).prints("failed in `describe`: unpaired surrogate"),
        Row::new("other-encoding", other.bytes()).prints("invalid policy name `"),
    ]);
}

#[test]
fn the_name_of_a_policy_is_printed_on_one_line() {
    let named = |name: &'static str, text: &'static [u8]| {
        Row::new(name, Guest::described(move |memory| memory.manifest(text, &[])).bytes())
            .prints("invalid policy name `")
            .prints("`: expected 1 to 64 lower-case letters, digits or -, not starting with a hyphen")
    };
    run_all([
        named("name-empty", b""),
        named("name-option", b"--privileged"),
        named("name-line", b"a\nVerdict   web deployed").prints("`a\\nVerdict"),
        named("name-colour", b"\x1b[2J").prints("`\\u{1b}[2J`"),
        named("name-command", b"::error::x").prints("`:\\u{3a}error::x`").does_not_print("::error::"),
        named("name-long", &[b'a'; 100_000]).prints("(cut)"),
        named("name-nul", b"a\0b"),
    ]);
}

#[test]
fn a_secret_is_withheld_whatever_the_manifest_declares() {
    let declares = |name: &'static str, setting: &'static str| {
        let bytes = Guest::described(move |memory| memory.manifest(b"hostile", &[setting])).bytes();
        Row::new(name, bytes).prints("policy `hostile` declares settings ")
    };
    let secret = |name, setting: &'static str| {
        declares(name, setting)
            .exits(5)
            .prints("settings that look like secrets")
            .prints(format!("\n  - --allow-secret {setting}\n"))
    };
    let many = Guest::described(|memory| {
        let (at, _) = memory.text(b"IMAGE_NAME");
        let settings: Vec<u32> = (0..50_000).flat_map(|_| [at, 10, at, 10, 0]).collect();
        let settings = memory.words(&settings);
        memory.words(&[at + 6, 0, at, 0, at, 0, settings, 50_000])
    });
    run_all([
        secret("secret", "AWS_SECRET_ACCESS_KEY"),
        secret("secret-token", "GITHUB_TOKEN"),
        secret("secret-password", "DATABASE_PASSWORD"),
        secret("secret-in-small", "npm_config__auth"),
        Row::new(
            "secrets",
            Guest::described(|memory| {
                memory.manifest(b"hostile", &["GITHUB_TOKEN", "NPM_TOKEN", "ENABLE_AUTH"])
            })
            .bytes(),
        )
        .exits(5)
        .prints(":\n  - --allow-secret GITHUB_TOKEN\n  - --allow-secret NPM_TOKEN\n")
        .does_not_print("ENABLE_AUTH"),
        declares("everything", "*").prints("letters, digits and _"),
        declares("every-aws", "AWS*").prints("expected a prefix that ends in `_`"),
        declares("stars", "A_*_*").prints("letters, digits and _"),
        declares("setting-line", "A\nVerdict").prints("`A\\nVerdict`"),
        declares("setting-none", "").prints("letters, digits and _"),
        Row::new("settings-without-end", many.bytes()).prints("invalid policy name ``"),
    ]);
}

#[test]
fn secrets_of_a_declared_prefix_are_withheld() {
    let bytes = Guest::described(|memory| memory.manifest(b"hostile", &["AWS_*"])).bytes();
    let row =
        Row::new("every-aws-setting", bytes).exits(0).prints("AWS_SECRET_ACCESS_KEY looks like a secret");
    run_all([row.prints("was withheld from policy `hostile`")]);
}

#[test]
fn no_value_can_add_an_option_to_a_docker_command() {
    let rejected = "returned an invalid answer";
    let tag = |name, tag: &'static [u8]| {
        Row::new(name, Guest::image(|image| image.tags.push(tag.to_vec())).bytes())
            .prints(rejected)
            .prints("invalid image tag \"")
    };
    let repository = |name, text: &'static [u8]| {
        Row::new(name, Guest::image(|image| image.repository = text.to_vec()).bytes())
            .prints(rejected)
            .prints("invalid image repository \"")
    };
    let built = |name, change: fn(&mut super::answer::Build), expected: &'static str| {
        Row::new(name, Guest::build(change).bytes()).prints(rejected).prints(expected)
    };
    let pushed = |name, text: &'static [u8], expected: &'static str| {
        let bytes = Guest::image(|image| image.source = Source::Pushed(text.to_vec())).bytes();
        Row::new(name, bytes).prints(rejected).prints(expected)
    };
    run_all([
        tag("tag-option", b"--privileged").prints("\"--privileged\""),
        tag("tag-line", b"a\n--privileged").prints("\"a\\n--privileged\""),
        tag("tag-space", b"a --privileged"),
        tag("tag-other-repository", b"a:b"),
        tag("tag-long", &[b'a'; 4096]).prints("(cut)"),
        repository("repository-option", b"--privileged"),
        repository("repository-with-password", b"https://user:pass@registry.example/x"),
        repository("repository-line", b"registry.example/x\n--privileged"),
        built(
            "context-option",
            |b| b.context = b"--privileged".to_vec(),
            "invalid build context \"--privileged\"",
        ),
        built("context-outside", |b| b.context = b"../..".to_vec(), "invalid build context \"../..\""),
        built("context-root", |b| b.context = b"/".to_vec(), "invalid build context \"/\""),
        built(
            "context-address",
            |b| b.context = b"https://e.example/x.git".to_vec(),
            "invalid build context \"",
        ),
        built(
            "dockerfile-option",
            |b| b.dockerfile = Some(b"--privileged".to_vec()),
            "invalid Dockerfile path \"",
        ),
        built(
            "dockerfile-line",
            |b| b.dockerfile = Some(b"a\n--x".to_vec()),
            "invalid Dockerfile path \"a\\n--x\"",
        ),
        built(
            "dockerfile-outside",
            |b| b.dockerfile = Some(b"a/../../b".to_vec()),
            "invalid Dockerfile path \"",
        ),
        built("stage-option", |b| b.stage = Some(b"--network=host".to_vec()), "invalid build stage \""),
        built("platform-option", |b| b.platform = Some(b"--pull linux".to_vec()), "invalid platform \""),
        built(
            "argument-option",
            |b| b.arguments.push((b"--x".to_vec(), vec![])),
            "invalid build argument \"",
        ),
        built(
            "argument-with-value",
            |b| b.arguments.push((b"A=b".to_vec(), vec![])),
            "invalid build argument \"",
        ),
        built(
            "argument-twice",
            |b| b.arguments = vec![(b"A".to_vec(), b"1".to_vec()), (b"A".to_vec(), b"2".to_vec())],
            "build argument `A` is set twice; set it once",
        ),
        pushed("pushed-option", b"--privileged", "invalid image tag \""),
        pushed("pushed-digest", b"sha256:123", "invalid digest \""),
    ]);
}

#[test]
fn no_value_can_add_a_character_to_an_aws_name() {
    let row = |name, change: fn(&mut super::answer::Target), expected: &'static str| {
        Row::new(name, Guest::target(change).bytes()).prints("returned an invalid answer").prints(expected)
    };
    let text = |text: &str| text.as_bytes().to_vec();
    let label = "a name is one line of 1 to 128 visible characters";
    let name = Guest::image(move |image| image.name = text("::error::deployed"));
    let invisible = Guest::image(move |image| image.name = text("web\u{202e}bew"));
    run_all([
        row("cluster-path", |t| t.cluster = b"a/b".to_vec(), "invalid cluster \"a/b\""),
        row("service-line", |t| t.service = b"a\nb".to_vec(), "invalid service \"a\\nb\""),
        row("service-long", |t| t.service = vec![b'a'; 100_000], "(cut)"),
        row("region-address", |t| t.region = Some(b"evil.example/".to_vec()), "invalid AWS region \""),
        row("role-name", |t| t.role = Some(b"admin".to_vec()), "invalid IAM role \"admin\""),
        row(
            "container-line",
            |t| t.containers.push((b"a\nb".to_vec(), b"web".to_vec(), vec![])),
            "invalid container name \"a\\nb\"",
        ),
        row(
            "variable-option",
            |t| t.containers.push((b"a".to_vec(), b"web".to_vec(), vec![(b"A B".to_vec(), vec![])])),
            "invalid variable \"A B\"",
        ),
        row("task-line", |t| t.tasks.push((b"a\nb".to_vec(), b"web".to_vec(), vec![b"x".to_vec()])), label),
        row(
            "task-nul",
            |t| t.tasks.push((b"a".to_vec(), b"web".to_vec(), vec![b"a\0b".to_vec()])),
            "its command contains a NUL",
        ),
        Row::new("image-command", name.bytes()).prints(label).does_not_print("::error::"),
        Row::new("image-invisible", invisible.bytes()).prints(label).prints("`web\\u{202e}bew`"),
    ]);
}

#[test]
fn thousands_of_problems_are_printed_in_a_few_lines() {
    let wrong = |memory: &mut Memory| {
        let mut target = target();
        target.service = b"no/service".to_vec();
        memory.targets(&vec![target; 5000])
    };
    let same = |memory: &mut Memory| memory.targets(&vec![target(); 10_000]);
    let images = |memory: &mut Memory| memory.images(&vec![image(); 10_000]);
    let one_tag = |memory: &mut Memory| {
        let mut other = image();
        other.name = b"other".to_vec();
        memory.images(&[image(), other])
    };
    run_all([
        Row::new("thousands-of-problems", Guest::targeted(wrong).bytes())
            .prints("invalid service \"no/service\"")
            .prints("… and 4970 more"),
        Row::new("thousands-of-targets", Guest::targeted(same).bytes())
            .prints("targets: service `production/web` is named twice; name it once"),
        Row::new("thousands-of-images", Guest::imaged(images).bytes())
            .prints("images: two have the same name"),
        Row::new("two-images-with-one-tag", Guest::imaged(one_tag).bytes())
            .prints("have the same repository and tag")
            .prints("give each its own"),
    ]);
}
