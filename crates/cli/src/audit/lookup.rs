//! LookupEvents of CloudTrail, page by page.

use anyhow::Context as _;
use flumen_client::{Client, ClientSettings};
use serde::Deserialize;
use serde_json::json;

use super::event::Event;
use crate::Target;

const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
const PAGE_MAX: usize = 50;

/// Events of an account in a region.
pub struct Lookup {
    client: Client,
    attribute: Option<(&'static str, String)>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    events: Vec<Told>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    cloud_trail_event: String,
}

impl Lookup {
    pub fn new(target: &Target, attribute: Option<(&'static str, String)>) -> anyhow::Result<Lookup> {
        // It may be asked twice a second; who is too fast waits and asks again.
        let settings = ClientSettings { attempts: 8, ..ClientSettings::default() };
        Ok(Lookup { client: target.client_of("cloudtrail", settings)?, attribute, next: None })
    }

    /// The next page of those from one second to another, the newest first, and whether there are more.
    pub async fn page(&mut self, since_s: i64, until_s: i64) -> anyhow::Result<(Vec<Event>, bool)> {
        let attributes = self
            .attribute
            .iter()
            .map(|(name, value)| json!({ "AttributeKey": name, "AttributeValue": value }));
        let mut asked = json!({ "StartTime": since_s, "EndTime": until_s, "MaxResults": PAGE_MAX });
        asked["LookupAttributes"] = attributes.collect();
        if let Some(next) = self.next.take() {
            asked["NextToken"] = next.into();
        }
        let body = self.client.json(TARGET, asked.to_string()).await?;
        let answer: Answer =
            serde_json::from_slice(&body).context("the response is not a CloudTrail response")?;
        self.next = answer.next_token;
        let events = answer.events.into_iter().filter_map(|told| Event::of(told.cloud_trail_event));
        Ok((events.collect(), self.next.is_some()))
    }
}
