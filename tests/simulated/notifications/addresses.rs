//! The addresses: which are accepted and where, and that nothing repeats them.

use super::{NO_PATH, OK, Receiver, TOKEN};
use crate::app::App;
use crate::world::{World, scenario};

#[test]
fn an_invalid_address_is_a_usage_error_that_does_not_repeat_it() {
    let world = World::new(&scenario());
    for (address, expected) in [
        (format!("http://hooks.example.com{TOKEN}"), "expected `https://`"),
        (format!("hooks.slack.com{TOKEN}"), "expected a URL such as"),
        (format!("https://me:you@hooks.slack.com{TOKEN}"), "expected a URL such as"),
    ] {
        for arguments in [vec!["--notify", &address], vec![&format!("--notify={address}") as &str]] {
            let ended = world.run().args(&arguments).exits(2);
            ended.prints(expected).does_not_print("T0123");
            assert!(ended.calls.is_empty(), "{}", ended.transcript());
        }
    }
}

#[test]
fn no_error_repeats_a_short_address() {
    let world = World::new(&scenario());
    for address in ["/k7x", "ftp://k7x", "k7x", "http://a.example/k7x"] {
        for arguments in [vec!["--notify", address], vec![&format!("--notify={address}") as &str]] {
            world.run().args(&arguments).exits(2).prints("--notify <URL>").does_not_print("k7x");
        }
    }
    // What the server answers.
    let receiver = Receiver::answering(&[NO_PATH]);
    let ended = world.run().args(&["--notify", &format!("http://127.0.0.1:{}/k7x", receiver.port)]).exits(0);
    ended.prints("it returned HTTP status 404: no hook ***, only ***").does_not_print("k7x");
    assert!(!ended.json().contains("k7x"), "{}", ended.json());
}

#[test]
fn a_verb_that_deploys_nothing_rejects_an_address() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[OK]));
    for verb in ["plan", "decide", "verify"] {
        let ended = world.verb(verb).args(&["--notify", &receiver.url()]).exits(2);
        ended.prints(&format!(
            "--notify posts the verdicts of a deployment, and `{verb}` deploys nothing: remove it"
        ));
        ended.does_not_print("T0123");
    }
    // The address of the operator's file is for the runs that deploy.
    let app = App::new("notify-plan");
    app.write("operator/ecs-host.toml", &format!("notify = [\"{}\"]\n", receiver.url()));
    app.start("plan").exits(0);
    assert!(receiver.bodies().is_empty());
}

#[test]
fn the_operator_s_file_names_addresses_and_a_checkout_does_not() {
    let (receiver, app) = (Receiver::answering(&[OK]), App::new("notify-operator"));
    app.write("project/ecs-host.toml", &format!("timeout = 60\nnotify = [\"{}\"]\n", receiver.url()));
    let run = app.run().exits(2);
    run.prints("ecs-host.toml:2: `notify`: a project's file cannot send what a run has done to an address");
    run.does_not_print("T0123");
    app.write("project/ecs-host.toml", "timeout = 60\n");
    app.write("operator/ecs-host.toml", &format!("notify = [\"http://example.com{TOKEN}\"]\n"));
    app.run()
        .exits(2)
        .prints("ecs-host.toml:1: `notify`: invalid value: expected `https://`")
        .does_not_print("T0123");
    app.write("operator/ecs-host.toml", &format!("notify = [\"{}\"]\n", receiver.url()));
    app.start("config").exits(0).prints("notify = [\"***\"]").does_not_print("T0123");
    app.run().unset("ECS_CLUSTER_MASTER").exits(3).does_not_print("T0123");
    assert_eq!(receiver.only_body()["exit_code"], 3);
}
