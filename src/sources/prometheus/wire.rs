//! The answer to an instant query. Numbers are texts in it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::io::Reason;
use crate::sources::reply::Fault;

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// `success` or `error`.
    status: String,
    data: Option<Data>,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Data {
    /// `vector`, `scalar`, `matrix`, `string`.
    #[serde(rename = "resultType")]
    kind: String,
    result: Value,
}

#[derive(Debug, Deserialize)]
struct Sample {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    /// An instant and a number as a text; absent where there is a histogram.
    value: Option<(Value, Value)>,
}

/// One series and its number, which it may not have.
#[derive(Debug)]
pub(super) struct Series {
    /// As a query would name it: `up{job="api"}`.
    pub(super) key: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) number: Option<f64>,
}

impl Answer {
    /// The series, and what the server warns of.
    pub(super) fn series(self) -> Result<(Vec<Series>, Vec<String>), Fault> {
        let fault = |detail: String| Fault::new(Reason::Body, detail);
        if self.status != "success" {
            let words = self.error.as_str().unwrap_or("no reason is given");
            return Err(fault(format!("the query failed: {words}")));
        }
        let Some(data) = self.data else { return Err(fault("the answer has no data".into())) };
        let unread = |error: serde_json::Error| fault(format!("data.result: {error}"));
        let series = match data.kind.as_str() {
            "vector" => {
                let samples: Vec<Sample> = serde_json::from_value(data.result).map_err(unread)?;
                samples.into_iter().map(Sample::series).collect()
            }
            "scalar" => {
                let (_, value): (Value, Value) = serde_json::from_value(data.result).map_err(unread)?;
                vec![Series { key: "scalar".into(), labels: BTreeMap::new(), number: number(&value) }]
            }
            "matrix" => {
                let detail =
                    "the query gives a range: put a function around it, such as rate or max_over_time";
                return Err(fault(detail.into()));
            }
            other => return Err(fault(format!("the query gives a {other}, not a number"))),
        };
        Ok((series, self.warnings.unwrap_or_default()))
    }
}

impl Sample {
    fn series(self) -> Series {
        let name = self.metric.get("__name__").cloned().unwrap_or_default();
        let labels: Vec<String> = self
            .metric
            .iter()
            .filter(|(label, _)| *label != "__name__")
            .map(|(label, value)| format!("{label}={value:?}"))
            .collect();
        Series {
            key: format!("{name}{{{}}}", labels.join(", ")),
            number: self.value.as_ref().and_then(|(_, value)| number(value)),
            labels: self.metric,
        }
    }
}

/// `"0.5"`, `"+Inf"`; `"NaN"` is none.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|number: &f64| !number.is_nan())
}
