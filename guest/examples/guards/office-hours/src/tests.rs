use super::*;

/// 2026-11-27 is a Friday.
const FRIDAY_NOON_UTC: u32 = 1_795_780_800;

fn review(started_at: u32, cluster: &str) -> Result<Vec<Finding>, String> {
    let plan = Plan::of([PlannedTarget::service(cluster, "web")])
        .with_setting(ZONE, "Europe/Amsterdam")
        .with_setting(CLUSTERS, "production production-*");
    OfficeHours.review(&Plan { started_at, ..plan })
}

#[test]
fn friday_afternoon_and_the_weekend_are_closed_in_the_zone() {
    let hour = 3600;
    // Noon in Amsterdam is 11:00 in UTC in November.
    let noon = FRIDAY_NOON_UTC - hour;
    for (started_at, is_closed) in [
        (noon - 1, false),
        (noon, true),
        (noon + 48 * hour, true),
        (noon + 60 * hour - 1, true),
        (noon + 60 * hour, false),
    ] {
        assert_eq!(review(started_at, "production").unwrap().len(), usize::from(is_closed), "{started_at}");
    }
}

#[test]
fn a_finding_names_the_target_the_time_and_what_to_do() {
    let findings = review(FRIDAY_NOON_UTC + 30 * 60, "production-eu").unwrap();
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.target.as_deref(), Some("production-eu/web"));
    assert_eq!(
        finding.message,
        "It is Friday 13:30 in Europe/Amsterdam, and production is deployed again on Monday. Start the build again \
         then."
    );
}

#[test]
fn other_clusters_and_what_does_not_change_are_open() {
    assert_eq!(review(FRIDAY_NOON_UTC, "staging"), Ok(Vec::new()));
    let unchanged = PlannedTarget { is_unchanged: true, ..PlannedTarget::service("production", "web") };
    let plan = Plan::of([unchanged]).with_setting(ZONE, "UTC").with_setting(CLUSTERS, "*");
    assert_eq!(OfficeHours.review(&Plan { started_at: FRIDAY_NOON_UTC, ..plan }), Ok(Vec::new()));
}

#[test]
fn a_zone_that_does_not_exist_is_an_error() {
    let plan = Plan::of([]).with_setting(ZONE, "Mars/Olympus").with_setting(CLUSTERS, "*");
    assert!(OfficeHours.review(&plan).unwrap_err().contains("`Mars/Olympus` is not the name of a time zone"));
    let plan = plan.with_setting(ZONE, "UTC").with_setting(FROM, "noon");
    assert!(OfficeHours.review(&plan).unwrap_err().contains("`noon` is not a time"));
}
