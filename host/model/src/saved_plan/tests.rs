use super::*;

fn options() -> SavedOptions {
    SavedOptions {
        allow_older: false,
        force: false,
        rebuild: false,
        base: RevisionBase::Running,
        on_failure: FailureAction::Leave,
        timeout_seconds: None,
        no_wait: false,
        wait_until: WaitUntil::Deployed,
        max_parallel: None,
        fail_fast: false,
        keep: None,
    }
}

#[test]
fn the_flags_are_those_that_are_not_the_defaults() {
    assert_eq!(options().flags(), [""; 0]);
    let all = SavedOptions {
        allow_older: true,
        force: true,
        rebuild: true,
        base: RevisionBase::Latest,
        on_failure: FailureAction::RollBack,
        timeout_seconds: Some(60),
        no_wait: true,
        wait_until: WaitUntil::Paused,
        max_parallel: Some(2),
        fail_fast: true,
        keep: Some(3),
    };
    assert_eq!(
        all.flags().join(" "),
        "--allow-older --force --rebuild --base latest --on-failure roll-back --timeout 60 --no-wait --wait-until paused \
         --max-parallel 2 --fail-fast --keep 3"
    );
    assert_eq!(all.plan_options().on_failure, None);
    let document = serde_json::to_value(all).unwrap();
    assert_eq!(serde_json::from_value::<SavedOptions>(document).unwrap(), all);
}
