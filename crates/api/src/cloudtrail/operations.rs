//! The table of CloudTrail's operations: what is known of each before it runs. Source: AWS's reference of actions.

use flumen_access::{Action, Level, Published};
use flumen_protocol::cloudtrail::Operation;

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub served: bool,
    /// What policies call it.
    pub actions: &'static [Action],
    pub level: Level,
    /// What its resources are of, as AWS's authorization reference calls it; nothing for what is the account's.
    pub resources: &'static [&'static str],
}

/// Needed as well where a trail is made with tags.
pub(super) const ADD_TAGS: Action = Action("cloudtrail:AddTags");

impl Row {
    pub fn is_command(&self) -> bool {
        matches!(self.level, Level::Write | Level::Tagging | Level::Permissions)
    }
}

/// The row of an operation.
pub(super) const fn row(operation: Operation) -> &'static Row {
    macro_rules! rows {
        ($($name:ident: $served:literal, $level:ident $(, $resource:literal)*;)*) => {
            match operation {
                $(Operation::$name => const {
                    const ACTIONS: &[Action] = &[Action(concat!("cloudtrail:", stringify!($name)))];
                    &Row { served: $served, actions: ACTIONS, level: Level::$level, resources: &[$($resource),*] }
                },)*
            }
        };
    }
    rows! {
        AddTags: true, Tagging, "channel", "dashboard", "eventdatastore", "trail";
        CancelQuery: false, Write, "eventdatastore";
        CreateChannel: false, Write, "channel", "eventdatastore";
        CreateDashboard: false, Write, "dashboard";
        CreateEventDataStore: false, Write, "eventdatastore";
        CreateTrail: true, Write, "trail";
        DeleteChannel: false, Write, "channel";
        DeleteDashboard: false, Write, "dashboard";
        DeleteEventDataStore: false, Write, "eventdatastore";
        DeleteResourcePolicy: false, Write, "channel", "dashboard", "eventdatastore";
        DeleteTrail: true, Write, "trail";
        DeregisterOrganizationDelegatedAdmin: false, Write;
        DescribeQuery: false, Read, "eventdatastore";
        DescribeTrails: true, Read;
        DisableFederation: false, Write, "eventdatastore";
        EnableFederation: false, Write, "eventdatastore";
        GenerateQuery: false, Write, "eventdatastore";
        GetChannel: false, Read, "channel";
        GetDashboard: false, Read, "dashboard";
        GetEventConfiguration: false, Read, "eventdatastore", "trail";
        GetEventDataStore: false, Read, "eventdatastore";
        GetEventSelectors: true, Read, "trail";
        GetImport: false, Read;
        GetInsightSelectors: true, Read, "eventdatastore", "trail";
        GetQueryResults: false, Read, "eventdatastore";
        GetResourcePolicy: false, Read, "channel", "dashboard", "eventdatastore";
        GetTrail: true, Read, "trail";
        GetTrailStatus: true, Read, "trail";
        ListChannels: false, List;
        ListDashboards: false, List;
        ListEventDataStores: false, List;
        ListImportFailures: false, Read;
        ListImports: false, List;
        ListInsightsData: false, List, "trail";
        ListInsightsMetricData: false, Read;
        ListPublicKeys: true, Read;
        ListQueries: false, List, "eventdatastore";
        ListTags: true, Read, "channel", "dashboard", "eventdatastore", "trail";
        ListTrails: true, List;
        LookupEvents: true, Read;
        PutEventConfiguration: false, Write, "eventdatastore", "trail";
        PutEventSelectors: true, Write, "trail";
        PutInsightSelectors: false, Write, "eventdatastore", "trail";
        PutResourcePolicy: false, Write, "channel", "dashboard", "eventdatastore";
        RegisterOrganizationDelegatedAdmin: false, Write;
        RemoveTags: true, Tagging, "channel", "dashboard", "eventdatastore", "trail";
        RestoreEventDataStore: false, Write, "eventdatastore";
        SearchSampleQueries: false, Read;
        StartDashboardRefresh: false, Write, "dashboard";
        StartEventDataStoreIngestion: false, Write, "eventdatastore";
        StartImport: false, Write;
        StartLogging: true, Write, "trail";
        StartQuery: false, Write, "eventdatastore";
        StopEventDataStoreIngestion: false, Write, "eventdatastore";
        StopImport: false, Write;
        StopLogging: true, Write, "trail";
        UpdateChannel: false, Write, "channel";
        UpdateDashboard: false, Write, "dashboard";
        UpdateEventDataStore: false, Write, "eventdatastore";
        UpdateTrail: true, Write, "trail";
    }
}

/// All of them, as they are published.
pub fn published() -> impl Iterator<Item = Published> {
    Operation::ALL.iter().map(|&operation| {
        let Row { served, actions, level, resources } = row(operation);
        Published {
            service: "cloudtrail",
            operation: operation.as_str(),
            actions,
            actions_with_tags: if operation == Operation::CreateTrail { &[ADD_TAGS] } else { &[] },
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
    fn what_is_served_is_what_has_types() {
        assert!(Operation::ALL.iter().all(|operation| row(*operation).served == operation.is_served()));
    }
}
