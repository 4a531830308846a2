//! Guests that exceed a limit, one for each limit, with the message and the flag
//! of that limit.

use super::guest::Guest;
use super::{Row, run_all};

/// An endless loop.
const LOOP: &str = "(loop $again (br $again)) (unreachable)";

/// So little fuel that a slow machine uses it up before the time limit.
const LITTLE_FUEL: &[&str] = &["--policy-fuel=10000000"];

#[test]
fn an_endless_loop_runs_out_of_fuel_in_every_export() {
    let row = |name, guest: Guest, export: &str| {
        Row::new(name, guest.bytes()).flags(LITTLE_FUEL).prints(format!(
            "reached its limit of 10000000 units of fuel (an endless loop?) in `{export}`; `--policy-fuel UNITS` raises it"
        ))
    };
    let start = Guest { items: format!("(func $start {LOOP}) (start $start)"), ..Guest::default() };
    run_all([
        row("loop-in-start", start, "instantiate"),
        row("loop-in-describe", Guest::describing(LOOP), "describe"),
        row("loop-in-select", Guest::selecting(LOOP), "select"),
        row("loop-in-images", Guest::imaging(LOOP), "images"),
        row("loop-in-targets", Guest::targeting(LOOP), "targets"),
    ]);
}

#[test]
fn fuel_is_used_up_and_time_runs_out_by_default() {
    // A wide loop uses up its fuel in little time.
    let work = "(local.set $n (i32.add (local.get $n) (i32.const 3)))".repeat(100);
    let wide = format!("(local $n i32) (loop $again {work} (br $again)) (unreachable)");
    let all_fuel = Row::new("all-fuel", Guest::selecting(&wide).bytes());
    let time = Row::new("time", Guest::selecting(LOOP).bytes());
    run_all([
        all_fuel.prints("reached its limit of 1000000000 units of fuel (an endless loop?) in `select`"),
        time.flags(&["--policy-fuel=18446744073709551615", "--policy-time=1"]).prints(
            "reached its limit of 1 seconds of run time in `select`; `--policy-time SECONDS` raises it",
        ),
    ]);
}

#[test]
fn memory_is_limited_over_all_memories() {
    let text = "reached its limit of 64 MiB of memory";
    let at_once = Guest { pages: 2000, ..Guest::default() };
    let many = Guest { items: "(memory 400)".repeat(3), ..Guest::default() };
    let grown = Guest::selecting("(loop $more (drop (memory.grow (i32.const 16))) (br $more)) (unreachable)");
    run_all([
        Row::new("memory-at-once", at_once.bytes()).prints(format!("{text} in `instantiate`")),
        Row::new("memory-in-parts", many.bytes()).prints(format!("{text} in `instantiate`")),
        Row::new("memory-by-and-by", grown.bytes())
            .prints(format!("{text} in `select`; `--policy-memory MIB` raises it")),
        Row::new("memory-little", Guest { pages: 20, ..Guest::default() }.bytes())
            .flags(&["--policy-memory=1"])
            .prints("reached its limit of 1 MiB of memory in `instantiate`"),
    ]);
}

#[test]
fn table_elements_are_limited_over_all_tables() {
    let text = "reached its limit of 100000 table elements";
    let at_once = Guest { items: "(table 200000 funcref)".into(), ..Guest::default() };
    let many = Guest { items: "(table 60000 funcref)".repeat(2), ..Guest::default() };
    let grows = "(loop $more
        (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $more)) (unreachable)";
    let grown = Guest { items: "(table $t 1 funcref)".into(), ..Guest::selecting(grows) };
    run_all([
        Row::new("table-at-once", at_once.bytes()).prints(format!("{text} in `instantiate`")),
        Row::new("tables-in-parts", many.bytes()).prints(format!("{text} in `instantiate`")),
        Row::new("table-by-and-by", grown.bytes())
            .prints(format!("{text} in `select`; `--policy-table-elements COUNT` raises it")),
    ]);
}

#[test]
fn instances_memories_and_tables_are_limited() {
    let raises = "in `instantiate`; `--policy-instances COUNT` raises it";
    let instances =
        format!("(core module $e) {}", "(core instance (instantiate $e))".repeat(101)).leak() as &str;
    let twenty = Guest { imports: instances, ..Guest::default() };
    let memories = Guest { items: "(memory 0)".repeat(99), ..Guest::default() };
    let tables = Guest { items: "(table 0 funcref)".repeat(100), ..Guest::default() };
    run_all([
        Row::new("instances", twenty.bytes()).prints(format!("its limit of 100 instances {raises}")),
        Row::new("instances-few", Guest::default().bytes())
            .flags(&["--policy-instances=1"])
            .prints(format!("its limit of 1 instances {raises}")),
        // A module with more memories or tables than this is invalid.
        Row::new("memories", memories.bytes())
            .flags(&["--policy-instances=50"])
            .prints(format!("its limit of 50 memories {raises}")),
        Row::new("tables", tables.bytes())
            .flags(&["--policy-instances=50"])
            .prints(format!("its limit of 50 tables {raises}")),
    ]);
}

#[test]
fn components_that_double_with_every_level_are_not_even_compiled() {
    fn doubled(levels: usize) -> String {
        if levels == 0 {
            return "(component $c (core module $m) (core instance (instantiate $m)))".into();
        }
        let inner = doubled(levels - 1);
        format!("(component $c {inner} (instance (instantiate $c)) (instance (instantiate $c)))")
    }
    let text = format!("{} (instance (instantiate $c))", doubled(30));
    let bomb = Guest { imports: text.leak(), ..Guest::default() }.bytes();
    assert!(bomb.len() < 10_000);
    let text = "its limit of 100 instances in `instantiate`; `--policy-instances COUNT` raises it";
    run_all([
        Row::new("doubling", bomb.clone()).prints(text),
        Row::new("doubling-inspected", bomb).inspected().prints(text),
    ]);
}

#[test]
fn an_endless_recursion_ends_at_the_stack_limit() {
    let recursion = |locals: usize| Guest {
        items: format!(
            "(func $deeper (param i64) (result i64) (local {})
               (i64.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (local.get 0)))",
            "i64 ".repeat(locals)
        ),
        ..Guest::selecting("(drop (call $deeper (i64.const 0))) (unreachable)")
    };
    let text = |kib: u32| {
        format!(
            "its limit of {kib} KiB of stack (an endless recursion?) in `select`; \
             `--policy-stack KIB` raises it"
        )
    };
    run_all([
        Row::new("recursion", recursion(0).bytes()).prints(text(4096)),
        Row::new("recursion-of-large-frames", recursion(1000).bytes()).prints(text(4096)),
        Row::new("recursion-in-little", recursion(0).bytes()).flags(&["--policy-stack=16"]).prints(text(16)),
        // The limit is larger than the stack of the main thread.
        Row::new("recursion-in-much", recursion(0).bytes())
            .flags(&["--policy-stack=65536"])
            .prints(text(65536)),
    ]);
}

#[test]
fn an_answer_above_the_limit_is_rejected() {
    let text = |export: &str| {
        format!("reached its limit of 4096 KiB for one answer in `{export}`; `--policy-answer KIB` raises it")
    };
    // A list of a thousand texts that are all the same megabyte of memory.
    let list = |memory: &mut super::answer::Memory| {
        let at = 2 << 20;
        let items = (0..1000).flat_map(|_| [at, 1 << 20]).collect::<Vec<u32>>();
        let items = memory.words(&items);
        let (name, _) = memory.text(b"web");
        let source = memory.text(b".");
        let image = [&[name, 3, name, 3, items, 1000, 1, source.0, source.1][..], &[0; 11]].concat();
        let image = memory.words(&image);
        memory.words(&[0, image, 1])
    };
    let same = Guest { pages: 100, ..Guest::imaged(list) };
    let long = |memory: &mut super::answer::Memory| memory.words(&[0, 1, 1 << 20, 8 << 20]);
    let long = Guest { pages: 300, ..Guest::selected(long) };
    let many = Guest { pages: 300, ..Guest::targeted(|memory| memory.words(&[0, 1 << 20, 100_000])) };
    let small = Guest::selected(|memory| memory.skip(&[b'x'; 2048]));
    run_all([
        Row::new("one-text-a-million-times", same.bytes()).prints(text("images")),
        Row::new("one-long-text", long.bytes()).prints(text("select")),
        Row::new("many-targets", many.bytes()).prints(text("targets")),
        Row::new("small-answers", small.bytes())
            .flags(&["--policy-answer=1"])
            .prints("reached its limit of 1 KiB for one answer in `select`"),
    ]);
}

#[test]
fn a_limit_above_what_the_host_supports_is_a_usage_error() {
    let row =
        |name, flags, text: &str| Row::new(name, Guest::default().bytes()).flags(flags).exits(2).prints(text);
    run_all([
        row("stack-of-terabytes", &["--policy-stack=99999999999"], "--policy-stack <KIB>"),
        row("no-stack", &["--policy-stack=0"], "--policy-stack <KIB>"),
        row("time-for-ever", &["--policy-time=18446744073709551615"], "--policy-time <SECONDS>"),
        row("no-time-to-compile", &["--policy-compile=0"], "--policy-compile <SECONDS>"),
    ]);
}
