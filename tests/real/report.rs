//! The page of `--report` in a browser: it fits a phone and a desktop, and loads nothing.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use ecs_simulator::{Scenario, TaskBehaviour, TaskFilter, TaskRule};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{REGION, World, enable_circuit_breaker, failing_tasks, service, serving};

/// The widths of a phone and of a desktop, in CSS pixels.
const WIDTHS: [u32; 2] = [390, 1280];

/// The page of a run.
fn page(scenario: &Scenario, services: &str, code: i32) -> String {
    let world = World::new(scenario);
    let run = world.run().args(&["--report", "deploy.html"]).set("ECS_SERVICE_MASTER", services);
    run.set("TRAVIS_REPO_SLUG", &format!("example/{}", "long-name".repeat(12))).exits(code);
    fs::read_to_string(world.path("project/deploy.html")).expect("a page")
}

/// The page of a deployment to thirty services.
fn many() -> String {
    let names: Vec<String> =
        (0..30).map(|number| format!("service-with-quite-a-long-name-{number}")).collect();
    page(&serving(names.iter().map(|name| service(name)).collect()), &names.join(" "), 0)
}

/// The page of a rollback, whose log has lines without a blank and in other directions of reading.
fn failed() -> String {
    let mut scenario = serving(vec![service("web")]);
    enable_circuit_breaker(&mut scenario, true);
    let options =
        json!({"awslogs-group": "/ecs/web", "awslogs-region": REGION, "awslogs-stream-prefix": "web"});
    scenario.resources.services[0].task_definition["containerDefinitions"][0]["logConfiguration"] =
        json!({"logDriver": "awslogs", "options": options});
    let image = "<img src='http://127.0.0.1:9/a.png'><link rel=stylesheet href='http://127.0.0.1:9/a.css'>";
    let logs = vec!["x".repeat(3000), "\u{5e9}\u{5dc}\u{5d5}\u{5dd} ".repeat(90), image.to_owned()];
    let behaviour = TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: BTreeMap::new(),
        after: 1.0,
        logs: BTreeMap::from([("web".to_owned(), logs)]),
    };
    let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    scenario.task_rules.push(TaskRule { filter, behaviour, ..failing_tasks() });
    page(&scenario, "web", 1)
}

/// A script that measures each page in frames of all widths, and writes the results as the title of the document.
const MEASURE: &str = r"
addEventListener('load', () => {
  const results = [...document.querySelectorAll('iframe')].map(frame => {
    const page = frame.contentDocument.documentElement;
    return {
      width: frame.contentWindow.innerWidth,
      needed: page.scrollWidth,
      height: page.scrollHeight,
      loaded: frame.contentWindow.performance.getEntriesByType('resource').length,
      ground: frame.contentWindow.getComputedStyle(frame.contentDocument.body).backgroundColor,
      policy: !!frame.contentDocument.querySelector('meta[http-equiv=Content-Security-Policy]'),
    };
  });
  document.title = JSON.stringify(results);
});
";

/// Measures pages in Chromium, with a dark or a light scheme: for each page, a result for each width.
fn measure(pages: &[&str], is_dark: bool) -> Vec<Value> {
    let folder = TempDir::with_prefix_in("browser-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let frames = pages.iter().flat_map(|page| WIDTHS.map(|width| (page, width)));
    let frames = frames.map(|(page, width)| {
        let source = page.replace('&', "&amp;").replace('"', "&quot;");
        format!("<iframe style='border:0;width:{width}px;height:800px' srcdoc=\"{source}\"></iframe>")
    });
    let frames: String = frames.collect();
    let wrapper = format!("<!DOCTYPE html><meta charset=utf-8><script>{MEASURE}</script>{frames}");
    let file = folder.path().join("wrapper.html");
    fs::write(&file, wrapper).expect("a file");
    let mut chromium = Command::new("chromium");
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--virtual-time-budget=10000",
        "--dump-dom",
    ]);
    chromium.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    // 0 is dark, 1 is light.
    chromium.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!is_dark)));
    chromium.arg(format!("file://{}", file.display()));
    chromium.env("HOME", folder.path()).stdin(Stdio::null());
    let output = chromium.output().expect("Chromium starts: `make test` installs it");
    let document = String::from_utf8_lossy(&output.stdout);
    let title = document.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let (title, _) =
        title.unwrap_or_else(|| panic!("no result: {}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(title).unwrap_or_else(|error| panic!("{error}: {title}"))
}

#[test]
fn a_page_fits_a_phone_and_a_desktop_and_loads_nothing() {
    let (many, failed) = (many(), failed());
    let pages = [many.as_str(), failed.as_str()];
    let [light, dark] = [false, true].map(|is_dark| measure(&pages, is_dark));
    for (results, other) in [(&light, &dark), (&dark, &light)] {
        assert_eq!(results.len(), pages.len() * WIDTHS.len());
        for ((result, other), width) in results.iter().zip(other).zip(WIDTHS.into_iter().cycle()) {
            assert_eq!((&result["width"], &result["policy"]), (&json!(width), &json!(true)), "{result}");
            assert!(result["needed"].as_u64() <= Some(u64::from(width)), "{result}");
            assert!(result["height"].as_u64() > Some(1000), "{result}");
            assert_eq!(result["loaded"], 0, "{result}");
            assert_ne!(result["ground"], other["ground"]);
        }
    }
}

#[test]
fn what_the_test_looks_for_is_found() {
    let wide =
        "<!DOCTYPE html><img src='http://127.0.0.1:9/a.png' style='display:block;width:2000px;height:1px'>";
    for result in measure(&[wide], false) {
        assert_eq!((&result["needed"], &result["loaded"]), (&json!(2008), &json!(1)), "{result}");
    }
}
