//! How many lines of data an output is: by what a database's tool says of it, as a JSON list, as CSV with a heading, else
//! line by line.

/// Lines of an output that are looked at; what is beyond counts a line each.
const FIELDS: usize = 200;

/// How many rows `output` holds.
pub(super) fn rows(output: &str) -> usize {
    if let Some(said) = said(output) {
        return said;
    }
    let trimmed = output.trim();
    if trimmed.starts_with('[')
        && let Ok(serde_json::Value::Array(list)) = serde_json::from_str(trimmed)
    {
        return list.len();
    }
    match records(trimmed) {
        Some(records) => records - 1,
        None => trimmed.lines().filter(|line| !line.trim().is_empty()).count(),
    }
}

/// What psql and mysql say at the end of a table: `(0 rows)`, `Empty set`, `3 rows in set`. Several tables are
/// counted together.
fn said(output: &str) -> Option<usize> {
    let counts = output.lines().filter_map(|line| {
        let line = line.trim();
        let psql = line
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(" rows)").or(rest.strip_suffix(" row)")));
        if let Some(number) = psql {
            return number.parse::<usize>().ok();
        }
        if line.starts_with("Empty set") {
            return Some(0);
        }
        let (number, rest) = line.split_once(' ')?;
        (rest.starts_with("rows in set") || rest.starts_with("row in set"))
            .then(|| number.parse().ok())
            .flatten()
    });
    counts.fold(None, |sum: Option<usize>, count| Some(sum.unwrap_or(0).saturating_add(count)))
}

/// How many records CSV with a heading has, that among them; `None` where it is not one beyond doubt. The
/// careful side: what is no CSV never loses its first line.
fn records(text: &str) -> Option<usize> {
    let (mut records, mut fields, mut wanted) = (0_usize, 1_usize, 0_usize);
    let (mut quoted, mut written) = (false, false);
    let mut heading = true;
    let mut word = String::new();
    let mut plain = true;
    let mut end_field = |word: &mut String, was_quoted: bool, heading: bool| {
        let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c) || (was_quoted && c == ' '));
        plain &= !heading || is_name;
        word.clear();
    };
    let mut was_quoted = false;
    for c in text.chars().chain(std::iter::once('\n')) {
        match c {
            '"' => {
                quoted = !quoted;
                (written, was_quoted) = (true, true);
            }
            ',' if !quoted => {
                end_field(&mut word, was_quoted, heading);
                (fields, written, was_quoted) = (fields + 1, true, false);
            }
            '\n' if !quoted => {
                if written {
                    end_field(&mut word, was_quoted, heading);
                    wanted = if heading { fields } else { wanted };
                    if fields != wanted || !(2..=FIELDS).contains(&wanted) {
                        return None;
                    }
                    records += 1;
                    heading = false;
                }
                (fields, written, was_quoted) = (1, false, false);
            }
            '\r' if !quoted => {}
            c => {
                written = true;
                if heading {
                    word.push(c);
                }
            }
        }
    }
    (records > 0 && !quoted && plain).then_some(records)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn outputs_are_counted_as_their_tools_mean_them() {
        for (output, count) in [
            ("", 0),
            ("\n\n", 0),
            (" id | name \n----+------\n(0 rows)\n\n", 0),
            (" id \n----\n  1\n(1 row)\n", 1),
            (" id \n----\n(2 rows)\n id \n----\n(3 rows)\n", 5),
            ("Empty set (0.00 sec)\n", 0),
            ("+--+\n| a |\n+--+\n3 rows in set (0.01 sec)\n", 3),
            ("id,email\n", 0),
            ("id,email\r\n1,ann@example.com\r\n", 1),
            ("\"first name\",id\n\"a\nb, c\",2\n\"d\"\"e\",3\n", 2),
            ("[]", 0),
            ("[{\"a\": 1}, {\"a\": 2}]\n", 2),
            ("one\n", 1),
            ("one\ntwo\n\n", 2),
            // None of these is a heading: a line that is data is never taken for one.
            ("error: a, b\n", 1),
            ("12,13\n", 1),
            ("a, b\n", 1),
            ("a,b\nc\n", 2),
            ("a,\"b\n", 1),
            ("[1, 2\n", 1),
        ] {
            assert_eq!(rows(output), count, "{output:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_counted(output in "([a-z,\"(){}\\[\\]\n\r 0-9]|rows|\\(0 rows\\)|é){0,60}") {
            prop_assert!(rows(&output) <= output.len() || output.contains("row"));
        }
    }
}
