//! The table of operations: what is known of each before it runs. Of those that are served none names a resource:
//! they are about what is the account's.

use flumen_access::{Action, Level, Published};
use flumen_protocol::cloudwatch::Operation;

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    pub served: bool,
    /// What policies call it. All of them must be allowed.
    pub actions: &'static [Action],
    pub level: Level,
    /// What its resources are of, as AWS's authorization reference calls it; nothing for what is the account's.
    pub resources: &'static [&'static str],
}

/// The row of an operation.
pub const fn row(operation: Operation) -> &'static Row {
    macro_rules! rows {
        ($($name:ident: $served:literal, $level:ident $(, $resource:literal)*;)*) => {
            match operation {
                $(Operation::$name => const {
                    const ACTIONS: &[Action] = &[Action(concat!("cloudwatch:", stringify!($name)))];
                    &Row { served: $served, actions: ACTIONS, level: Level::$level, resources: &[$($resource),*] }
                },)*
            }
        };
    }
    rows! {
        DeleteAlarmMuteRule: false, Write, "alarm-mute-rule";
        DeleteAlarms: false, Write, "alarm";
        DeleteAnomalyDetector: false, Write;
        DeleteDashboards: false, Write, "dashboard";
        DeleteInsightRules: false, Write, "insight-rule";
        DeleteMetricStream: false, Write, "metric-stream";
        DescribeAlarmContributors: false, Read, "alarm";
        DescribeAlarmHistory: false, Read, "alarm";
        DescribeAlarms: false, Read, "alarm";
        DescribeAlarmsForMetric: false, Read;
        DescribeAnomalyDetectors: false, Read;
        DescribeInsightRules: false, Read;
        DisableAlarmActions: false, Write, "alarm";
        DisableInsightRules: false, Write, "insight-rule";
        EnableAlarmActions: false, Write, "alarm";
        EnableInsightRules: false, Write, "insight-rule";
        GetAlarmMuteRule: false, Read, "alarm-mute-rule";
        GetDashboard: false, Read, "dashboard";
        GetInsightRuleReport: false, Read, "insight-rule";
        GetMetricData: true, Read;
        GetMetricStatistics: true, Read;
        GetMetricStream: false, Read, "metric-stream";
        GetMetricWidgetImage: false, Read;
        GetOTelEnrichment: false, Read;
        ListAlarmMuteRules: false, List, "alarm-mute-rule";
        ListDashboards: false, List;
        ListManagedInsightRules: false, Read;
        ListMetricStreams: false, List;
        ListMetrics: true, List;
        ListTagsForResource: false, List, "alarm", "alarm-mute-rule", "insight-rule", "slo";
        PutAlarmMuteRule: false, Write, "alarm", "alarm-mute-rule";
        PutAnomalyDetector: false, Write;
        PutCompositeAlarm: false, Write, "alarm";
        PutDashboard: false, Write, "dashboard";
        PutInsightRule: false, Write, "insight-rule";
        PutManagedInsightRules: false, Write;
        PutMetricAlarm: false, Write, "alarm";
        PutMetricData: true, Write;
        PutMetricStream: false, Write, "metric-stream";
        SetAlarmState: false, Write, "alarm";
        StartMetricStreams: false, Write, "metric-stream";
        StartOTelEnrichment: false, Write;
        StopMetricStreams: false, Write, "metric-stream";
        StopOTelEnrichment: false, Write;
        TagResource: false, Tagging, "alarm", "alarm-mute-rule", "insight-rule", "slo";
        UntagResource: false, Tagging, "alarm", "alarm-mute-rule", "insight-rule", "slo";
    }
}

/// All of them, as they are published.
pub fn published() -> impl Iterator<Item = Published> {
    Operation::ALL.iter().map(|&operation| {
        let Row { served, actions, level, resources } = row(operation);
        Published {
            service: "cloudwatch",
            operation: operation.as_str(),
            actions,
            actions_with_tags: &[],
            level: *level,
            resource_types: resources.to_vec(),
            served: *served,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_is_what_has_methods() {
        let served = Operation::ALL.iter().filter(|operation| row(**operation).served);
        let served: Vec<_> =
            served.map(|operation| (row(*operation).actions[0].0, row(*operation).level)).collect();
        assert_eq!(
            served,
            [
                ("cloudwatch:GetMetricData", Level::Read),
                ("cloudwatch:GetMetricStatistics", Level::Read),
                ("cloudwatch:ListMetrics", Level::List),
                ("cloudwatch:PutMetricData", Level::Write),
            ]
        );
        assert!(Operation::ALL.iter().all(|operation| row(*operation).served == operation.is_served()));
    }
}
