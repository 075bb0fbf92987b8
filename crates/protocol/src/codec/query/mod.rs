//! AWS's query protocol: a form whose names are paths (`MetricData.member.1.MetricName`) in, XML out.

mod read;
mod write;

pub use read::QueryReader;
pub use write::XmlWriter;
