//! ListMetrics: which metrics have points.

use flumen_access::{Caller, Denied};
use flumen_protocol::Refusal;
use flumen_protocol::cloudwatch::{
    Dimension, ListMetricsCode, ListMetricsInput, ListMetricsOutput, Metric, Operation, RecentlyActive,
};

use crate::store::SeriesName;
use crate::{MINUTE_MS, Watch, door};

const PAGE: usize = 500;
const RECENT_MINUTES: u64 = 3 * 60;

impl Watch {
    pub fn list_metrics(
        &self,
        caller: &Caller,
        input: &ListMetricsInput<'_>,
    ) -> Result<ListMetricsOutput<'static>, ListMetricsError> {
        let target = door::own(caller, Operation::ListMetrics)?;
        let skipped: usize = match input.next_token.as_deref() {
            Some(token) => token.parse().map_err(|_| ListMetricsError::Token)?,
            None => 0,
        };
        let now_ms = self.clock.now_ms();
        let recent = (now_ms / MINUTE_MS).saturating_sub(RECENT_MINUTES);
        let store = self.store.lock();
        let mut last: Option<&SeriesName> = None;
        let metrics = store.of_realm(target.realm, now_ms).filter(|(name, series)| {
            let is_asked = matches(name, input)
                && (input.recently_active != Some(RecentlyActive::Pt3h)
                    || series.newest_minute().is_some_and(|minute| minute >= recent));
            // Units of one metric follow each other.
            let is_new = last.is_none_or(|last| !same_metric(last, name));
            if is_asked {
                last = Some(name);
            }
            is_asked && is_new
        });
        let mut page: Vec<Metric<'static>> =
            metrics.skip(skipped).take(PAGE + 1).map(|(name, _)| metric(name)).collect();
        let more = page.len() > PAGE;
        page.truncate(PAGE);
        Ok(ListMetricsOutput {
            metrics: Some(page),
            next_token: more.then(|| skipped.saturating_add(PAGE).to_string().into()),
        })
    }
}

/// Why ListMetrics lists nothing.
#[derive(Debug, thiserror::Error)]
pub enum ListMetricsError {
    #[error(transparent)]
    Denied(#[from] Box<Denied>),
    #[error("The value for parameter NextToken is invalid: it is none that an answer of this call gave.")]
    Token,
}

impl Refusal for ListMetricsError {
    type Code = ListMetricsCode;

    fn code(&self) -> ListMetricsCode {
        use ListMetricsCode::*;
        match self {
            Self::Denied(_) => AccessDeniedException,
            Self::Token => InvalidParameterValue,
        }
    }
}

fn same_metric(a: &SeriesName, b: &SeriesName) -> bool {
    a.namespace == b.namespace && a.metric == b.metric && a.dimensions == b.dimensions
}

fn matches(name: &SeriesName, input: &ListMetricsInput<'_>) -> bool {
    input.namespace.as_ref().is_none_or(|asked| *asked == name.namespace)
        && input.metric_name.as_ref().is_none_or(|asked| *asked == name.metric)
        && input.dimensions.iter().flatten().all(|filter| {
            name.dimensions.iter().any(|(dimension, value)| {
                filter.name == *dimension && filter.value.as_ref().is_none_or(|asked| asked == value)
            })
        })
}

fn metric(name: &SeriesName) -> Metric<'static> {
    let dimension = |(name, value): &(String, String)| Dimension {
        name: name.clone().into(),
        value: value.clone().into(),
    };
    Metric {
        namespace: Some(name.namespace.clone().into()),
        metric_name: Some(name.metric.clone().into()),
        dimensions: Some(name.dimensions.iter().map(dimension).collect()),
    }
}
