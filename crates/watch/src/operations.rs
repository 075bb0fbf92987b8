//! The table of operations: what is known of each before it runs. None names a resource: all are the account's.

use flumen_access::{Action, Level};
use flumen_protocol::cloudwatch::Operation;

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    pub served: bool,
    /// What policies call it. All of them must be allowed.
    pub actions: &'static [Action],
    pub level: Level,
}

/// The row of an operation.
pub const fn row(operation: Operation) -> &'static Row {
    macro_rules! rows {
        ($($name:ident: $served:literal, $level:ident;)*) => {
            match operation {
                $(Operation::$name => const {
                    const ACTIONS: &[Action] = &[Action(concat!("cloudwatch:", stringify!($name)))];
                    &Row { served: $served, actions: ACTIONS, level: Level::$level }
                },)*
            }
        };
    }
    rows! {
        DeleteAlarmMuteRule: false, Write;
        DeleteAlarms: false, Write;
        DeleteAnomalyDetector: false, Write;
        DeleteDashboards: false, Write;
        DeleteInsightRules: false, Write;
        DeleteMetricStream: false, Write;
        DescribeAlarmContributors: false, Read;
        DescribeAlarmHistory: false, Read;
        DescribeAlarms: false, Read;
        DescribeAlarmsForMetric: false, Read;
        DescribeAnomalyDetectors: false, Read;
        DescribeInsightRules: false, Read;
        DisableAlarmActions: false, Write;
        DisableInsightRules: false, Write;
        EnableAlarmActions: false, Write;
        EnableInsightRules: false, Write;
        GetAlarmMuteRule: false, Read;
        GetDashboard: false, Read;
        GetInsightRuleReport: false, Read;
        GetMetricData: true, Read;
        GetMetricStatistics: true, Read;
        GetMetricStream: false, Read;
        GetMetricWidgetImage: false, Read;
        GetOTelEnrichment: false, Read;
        ListAlarmMuteRules: false, List;
        ListDashboards: false, List;
        ListManagedInsightRules: false, List;
        ListMetricStreams: false, List;
        ListMetrics: true, List;
        ListTagsForResource: false, List;
        PutAlarmMuteRule: false, Write;
        PutAnomalyDetector: false, Write;
        PutCompositeAlarm: false, Write;
        PutDashboard: false, Write;
        PutInsightRule: false, Write;
        PutManagedInsightRules: false, Write;
        PutMetricAlarm: false, Write;
        PutMetricData: true, Write;
        PutMetricStream: false, Write;
        SetAlarmState: false, Write;
        StartMetricStreams: false, Write;
        StartOTelEnrichment: false, Write;
        StopMetricStreams: false, Write;
        StopOTelEnrichment: false, Write;
        TagResource: false, Tagging;
        UntagResource: false, Tagging;
    }
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
