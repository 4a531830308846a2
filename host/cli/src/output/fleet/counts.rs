//! The numbers of services, for people.

use model::status::{ServiceCondition, ServiceCounts};

/// `32 services in 3 clusters: 30 steady, 2 rolling out; 1 drifted`.
pub(in crate::output) fn counts_text(counts: &ServiceCounts) -> String {
    use ServiceCondition as Condition;
    let number = |count: usize, singular: &str| match count {
        1 => format!("1 {singular}"),
        count => format!("{count} {singular}s"),
    };
    let conditions = [
        Condition::Steady,
        Condition::RollingOut,
        Condition::Paused,
        Condition::Failed,
        Condition::Unsteady,
        Condition::Inactive,
    ];
    let conditions = conditions.into_iter().map(|condition| (counts.of(condition), condition.as_str()));
    let conditions: Vec<String> = conditions
        .filter(|(count, _)| *count > 0)
        .map(|(count, condition)| format!("{count} {condition}"))
        .collect();
    let mut text =
        format!("{} in {}", number(counts.services, "service"), number(counts.clusters, "cluster"));
    if !conditions.is_empty() {
        text += &format!(": {}", conditions.join(", "));
    }
    if counts.drifted > 0 {
        text += &format!("; {} drifted", counts.drifted);
    }
    if !counts.unread.is_empty() {
        text += &format!("; {} could not be read", counts.unread.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conditions_add_up_and_drifts_count_beside_them() {
        assert_eq!(counts_text(&ServiceCounts::default()), "0 services in 0 clusters");
        let one = ServiceCounts { services: 1, clusters: 1, steady: 1, ..ServiceCounts::default() };
        assert_eq!(counts_text(&one), "1 service in 1 cluster: 1 steady");
        let many = ServiceCounts {
            services: 32,
            clusters: 3,
            steady: 30,
            rolling_out: 1,
            failed: 1,
            drifted: 2,
            unread: vec!["a".to_owned()],
            ..ServiceCounts::default()
        };
        assert_eq!(
            counts_text(&many),
            "32 services in 3 clusters: 30 steady, 1 rolling out, 1 failed; 2 drifted; 1 could not be read"
        );
    }
}
