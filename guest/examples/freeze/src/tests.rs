use super::*;

/// An inner policy with one answer, and a setting of its own.
struct Inner(Result<Selection, String>);

impl Policy for Inner {
    fn describe(&self) -> Manifest {
        Manifest {
            name: "inner".into(),
            version: "1.4.0".into(),
            description: "Deploys.".into(),
            settings: vec![SettingDeclaration::required("CLUSTER", "the cluster")],
        }
    }

    fn select(&self, _: &Build) -> Result<Selection, String> {
        self.0.clone()
    }

    fn images(&self, _: &Build) -> Result<Vec<Image>, String> {
        Ok(vec![])
    }

    fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
        let cluster = build.setting("CLUSTER").ok_or("Set CLUSTER.")?;
        Ok(vec![Target::service(cluster, "web")])
    }
}

const DEPLOYS: Freeze<Inner> = Freeze(Inner(Ok(Selection::Deploy)));

/// A build on 2026-01-01, in a freeze.
fn frozen() -> Build {
    Build::on_branch("main").with_setting("CLUSTER", "shop").with_setting(PERIODS, "2025-12-18/2026-01-01")
}

#[test]
fn a_deployment_in_a_freeze_is_an_error() {
    let error = DEPLOYS.select(&frozen()).unwrap_err();
    assert!(error.contains("service `shop/web` are frozen until the end of 2026-01-01"), "{error}");
}

#[test]
fn a_deployment_outside_of_a_freeze_is_that_of_the_inner_policy() {
    let build = Build { started_at: frozen().started_at + 86_400, ..frozen() };
    assert_eq!(DEPLOYS.select(&build), Ok(Selection::Deploy));
    assert_eq!(DEPLOYS.targets(&build), DEPLOYS.0.targets(&build));
}

#[test]
fn a_skip_and_an_error_of_the_inner_policy_are_returned_in_a_freeze() {
    let skip = Selection::Skip("Nothing to deploy.".into());
    assert_eq!(Freeze(Inner(Ok(skip.clone()))).select(&frozen()), Ok(skip));
    let error = "Set CLUSTER.".to_owned();
    assert_eq!(Freeze(Inner(Err(error.clone()))).select(&frozen()), Err(error.clone()));
    assert_eq!(DEPLOYS.select(&frozen().with_setting("CLUSTER", "")), Err(error));
}

#[test]
fn an_exempt_cluster_is_deployed_by_name_or_arn() {
    let arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/staging";
    for (cluster, is_deployed) in [("staging", true), (arn, true), ("shop", false), ("shop/staging2", false)]
    {
        let build = frozen().with_setting(EXEMPT_CLUSTERS, "dev, staging").with_setting("CLUSTER", cluster);
        assert_eq!(DEPLOYS.select(&build).is_ok(), is_deployed, "{cluster}");
    }
}

#[test]
fn what_is_not_a_service_is_never_exempt() {
    let build = frozen().with_setting(EXEMPT_CLUSTERS, "shop");
    for target in [Target::family("job"), Target::schedule("a/b"), Target::event_rule("a/b")] {
        assert!(is_frozen(&target, &build), "{target:?}");
    }
}

#[test]
fn a_reason_overrides_the_freeze() {
    assert_eq!(DEPLOYS.select(&frozen().with_setting(OVERRIDE, "fixes the checkout")), Ok(Selection::Deploy));
}

#[test]
fn missing_periods_are_an_error_of_a_build_that_deploys() {
    let build = frozen().with_setting(PERIODS, "");
    assert!(DEPLOYS.select(&build).unwrap_err().starts_with("Set FREEZE_PERIODS"));
    let skip = Selection::Skip("Nothing to deploy.".into());
    assert_eq!(Freeze(Inner(Ok(skip.clone()))).select(&build), Ok(skip));
}

#[test]
fn the_manifest_is_the_inner_one_with_the_settings_of_the_wrapper() {
    let manifest = DEPLOYS.describe();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("inner", "1.4.0+freeze.0.1.0"));
    let settings: Vec<_> = manifest.settings.iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(settings, ["CLUSTER", PERIODS, EXEMPT_CLUSTERS, OVERRIDE]);
}
