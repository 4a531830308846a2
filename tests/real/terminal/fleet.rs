//! A deployment of 30 targets, watched from its start to its end in a terminal of 80 columns and 24 rows.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use ecs_simulator::Delay;
use regex_lite::Regex;
use serde_json::Value;

use super::tmux::Terminal;
use super::{SIZE, block, by_hand, scenario, service};
use crate::world::World;

const TARGETS: usize = 30;

/// The texts about a target that the events of the run justify, in their order.
fn states(events: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events {
        let Some(target) = event["target"].as_str() else { continue };
        let states = states.entry(target.to_owned()).or_insert_with(|| vec!["starting".to_owned()]);
        if event["event"] == "rollout-progressed" {
            let pending = match &event["pending"] {
                pending if pending == 0 => String::new(),
                pending => format!(", {pending} pending"),
            };
            let state = event["state"].as_str().filter(|state| !matches!(*state, "IN_PROGRESS" | "PENDING"));
            let state = state.map(|state| format!(", {state}")).unwrap_or_default();
            states.push(format!("{}/{} running{pending}{state}", event["running"], event["desired"]));
        }
    }
    states
}

#[test]
fn what_a_person_sees_of_30_targets_is_right_at_every_moment() {
    let names: Vec<String> = (1..=TARGETS).map(|number| format!("service-{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::new(&scenario(names.iter().map(|name| service(name)).collect(), Delay(0.5, 3.0)));
    // The text and the view are on stderr, so that the events are the truth to compare them with.
    let log = world.path("events");
    let job = by_hand(&world, &names).args(&["--json"]);
    let terminal = Terminal::start_redirected(&world, job, SIZE, &format!(">'{}'", log.display()));
    let start = Instant::now();
    let mut moments: Vec<String> = Vec::new();
    while moments.last().is_none_or(|last| !last.contains("exit code ")) {
        assert!(start.elapsed() < Duration::from_secs(120), "{:?}", moments.last());
        moments.push(terminal.history());
    }
    assert!(moments.len() > 20, "{} moments", moments.len());
    let events = fs::read_to_string(log).unwrap();
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states = states(&events);
    let line = Regex::new(r"^  (main/service-[0-9]{2})  [█▒×·]{10}  (.*?) +[0-9]+:[0-9]{2}$").unwrap();
    let hidden = Regex::new(r"^  … and ([0-9]+) more: ").unwrap();
    let counts =
        Regex::new(r"^  ([0-9]+) of 30 done(?:, ([0-9]+) in progress)?(?:, ([0-9]+) waiting)? ").unwrap();
    let whole = Regex::new(r" [0-9]+:[0-9]{2}$").unwrap();
    let (mut done_before, mut fullest, mut torn) = (0, 0, 0);
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    for moment in &moments {
        assert!(moment.lines().all(|line| line.chars().count() <= SIZE.0.into()), "{moment}");
        let Some((last, targets)) =
            block(moment).split_last().map(|(last, rest)| (last.clone(), rest.to_vec()))
        else {
            continue;
        };
        // The time is what is drawn last. Tmux may have read only a part of the drawing.
        if !whole.is_match(&last) {
            torn += 1;
            continue;
        }
        let counted = counts.captures(&last).unwrap_or_else(|| panic!("`{last}`\n{moment}"));
        let number =
            |group: usize| counted.get(group).map_or(0, |text| text.as_str().parse::<usize>().unwrap());
        let (done, moving, waiting) = (number(1), number(2), number(3));
        assert_eq!(done + moving + waiting, TARGETS, "{last}");
        assert!(done >= done_before, "{moment}");
        done_before = done;
        // The block can be ahead of the lines above it, which are still to be written.
        assert!(moment.matches("\nVerdict   main/").count() <= done, "{moment}");
        let mut shown = 0;
        for text in &targets {
            if let Some(more) = hidden.captures(text) {
                shown += more[1].parse::<usize>().unwrap();
                continue;
            }
            let target = line.captures(text).unwrap_or_else(|| panic!("`{text}`\n{moment}"));
            let (name, state) = (target[1].to_owned(), &target[2]);
            let position = positions.entry(name.clone()).or_default();
            let later = states[&name][*position..].iter().position(|own| own == state);
            *position += later.unwrap_or_else(|| {
                panic!("{name} is never `{state}` from {position} on: {:?}", states[&name])
            });
            shown += 1;
        }
        assert_eq!(shown, moving, "{moment}");
        fullest = fullest.max(targets.len());
    }
    assert!((10..=18).contains(&fullest), "{fullest}");
    assert!(torn * 4 < moments.len(), "{torn} of {} moments are torn", moments.len());
    let end = moments.last().unwrap();
    assert_eq!(end.matches("\nVerdict   main/").count(), TARGETS, "{end}");
    assert!(!end.contains("in progress"), "{end}");
    assert!(end.contains("Summary   30 deployed"), "{end}");
}
