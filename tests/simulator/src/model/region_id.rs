//! Accounts and regions, and the names that contain them.

/// An account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RegionId {
    pub(crate) account: String,
    pub(crate) region: String,
}

impl RegionId {
    pub(crate) fn new(account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned() }
    }

    fn partition(&self) -> &'static str {
        match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// The ARN of an ECS resource, such as `arn:aws:ecs:us-east-1:123456789012:cluster/main`.
    pub(crate) fn ecs_arn(&self, resource_type: &str, name: &str) -> String {
        self.arn("ecs", &format!("{resource_type}/{name}"))
    }

    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account)
    }

    /// The host of the account's ECR registry.
    pub(crate) fn registry_host(&self) -> String {
        let suffix = if self.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("{}.dkr.ecr.{}.{suffix}", self.account, self.region)
    }
}

/// The text after the last slash: the name in an ARN, or the whole of a name.
pub(crate) fn short_name(arn_or_name: &str) -> &str {
    arn_or_name.rsplit('/').next().unwrap_or(arn_or_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_in_china_has_its_own_partition_and_domain() {
        let region = RegionId::new("1", "cn-north-1");
        assert_eq!(region.ecs_arn("cluster", "c"), "arn:aws-cn:ecs:cn-north-1:1:cluster/c");
        assert_eq!(region.registry_host(), "1.dkr.ecr.cn-north-1.amazonaws.com.cn");
    }
}
