//! The runbooks of the simulated company: everything in them that can be run is run, in the order of the file, against
//! the company, and does what its step says.

use crate::support::night::Night;

/// What stands for their placeholders.
const FILLED: [(&str, &str); 5] = [
    ("<order-id>", "order-id=LF-20711"),
    ("<release>", "release=97c0de"),
    ("[circleId]", "circleId=C-7"),
    ("[listId]", "listId=L-1"),
    ("{{mail}}", "mail=The \"long\" night"),
];

const BOOKS: [&str; 6] = [
    "lanternfish-incident.md",
    "lanternfish-release.md",
    "lanternfish-golive.md",
    "lanternfish-operations.md",
    "lanternfish-pilot.md",
    "lanternfish-security.md",
];

/// A command of a runbook.
struct Known {
    /// `FILE#STEP.N`.
    what: String,
    /// The step's anchor.
    id: String,
    text: String,
    /// What is to be filled in.
    holes: Vec<String>,
    /// Whether its step, or one before it in its phase, wants an approval.
    waits: bool,
}

/// The commands of a runbook.
fn commands(night: &Night, file: &str) -> Vec<Known> {
    let (code, document) = night.json(&["runbook", "show", file, "--json"]);
    assert_eq!(code, Some(0), "{file}");
    let mut found = Vec::new();
    for phase in document["runbooks"][0]["phases"].as_array().unwrap() {
        let mut waits = false;
        for step in phase["steps"].as_array().unwrap() {
            let id = step["id"].as_str().unwrap();
            waits |= !step["rules"]["approve"].is_null();
            for (at, command) in step["commands"].as_array().unwrap().iter().enumerate() {
                let holes = command["placeholders"].as_array().unwrap();
                found.push(Known {
                    what: format!("{file}#{id}.{}", at + 1),
                    id: id.to_owned(),
                    text: command["text"].as_str().unwrap().to_owned(),
                    holes: holes.iter().map(|hole| hole.as_str().unwrap().to_owned()).collect(),
                    waits,
                });
            }
        }
    }
    found
}

#[test]
fn every_command_of_the_companys_runbooks_runs_and_ends_well() {
    let night = Night::of("quiet");
    let books: Vec<String> = BOOKS.iter().map(|book| format!("\"{book}\"")).collect();
    let configuration = format!(
        "[console]\nname = \"lanternfish\"\nenvironment = \"drill\"\nrunbooks = [{}]\n[requests]\nbase_url = \"{}\"\n",
        books.join(", "),
        night.company.base(),
    );
    night.write("company/midwatch.toml", &configuration);
    let config = ["--config", "company/midwatch.toml"];
    night.look_at(&config);
    let mut ran = 0;
    for book in BOOKS {
        for Known { what, id, text, holes, waits } in commands(&night, &format!("company/{book}")) {
            // Nobody waits two minutes here.
            if text.starts_with("sleep ") {
                continue;
            }
            let yes = format!("step:{id}");
            let mut arguments = vec!["run", what.as_str(), "--yes", yes.as_str()];
            arguments.extend(config);
            // A key is made, and not asked for.
            for hole in holes.iter().filter(|hole| *hole != "{{key}}") {
                let (_, value) = FILLED.iter().find(|(token, _)| token == hole).expect("it can be filled in");
                arguments.extend(["--set", value]);
            }
            let done = night.run(&arguments);
            // Nobody is there to approve, so what waits for that is refused.
            let code = if waits { 4 } else { 0 };
            assert_eq!(done.code, Some(code), "{what}: {text}\n{done:?}");
            ran += 1;
        }
    }
    assert!(ran > 20, "only {ran} commands were run");
}
