//! The region of the verbs that name services by ARN.

use model::names::Region;

/// Two regions that one run cannot use together.
#[derive(Debug, thiserror::Error)]
#[error(
    "the ARN's region {arn} conflicts with the run's region {run}; name it in a run of its own, without --region"
)]
pub(super) struct RegionConflict {
    pub(super) run: Region,
    pub(super) arn: Region,
}

/// Resolves the region that the command line names: that of `--region`, which the ARNs must match, or the one
/// region of all ARNs.
pub(super) fn resolve<'r>(
    flag: Option<&'r Region>,
    arns: impl IntoIterator<Item = &'r Region>,
) -> Result<Option<&'r Region>, RegionConflict> {
    let mut run = flag;
    for arn in arns {
        let run = *run.get_or_insert(arn);
        if run != arn {
            return Err(RegionConflict { run: run.clone(), arn: arn.clone() });
        }
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_arns_and_the_flag_name_one_region() {
        let [a, b] = ["eu-central-1", "us-east-1"].map(|name| Region::parse(name).unwrap());
        assert_eq!(resolve(None, []).unwrap(), None);
        assert_eq!(resolve(None, [&a, &a]).unwrap(), Some(&a));
        assert_eq!(resolve(Some(&a), []).unwrap(), Some(&a));
        let message = "the ARN's region us-east-1 conflicts with the run's region eu-central-1; ";
        for (flag, arns) in [(Some(&a), vec![&b]), (None, vec![&a, &b])] {
            assert!(resolve(flag, arns).unwrap_err().to_string().starts_with(message));
        }
    }
}
