//! Formats that have a schema are valid by it, on findings of every rule.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What a check of the rules' cases and the example prints: all codes, levels and kinds of fixes.
fn printed(format: &str) -> String {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(assert_cmd::cargo::cargo_bin!("rculint"))
        .current_dir(top)
        .args(["check", "--level", "note", "--select", "RCU", "--format", format])
        .args(["testdata/rules", "testdata/example"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(format: &str) -> Value {
    serde_json::from_str(&printed(format)).unwrap()
}

/// The complaints of a schema in `schemas/`, at most a few.
fn complaints(schema: &str, value: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas").join(schema);
    let text = std::fs::read_to_string(path).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // SARIF's has a pattern that is no regular expression: a bracket is not escaped.
    for object in ["run", "toolComponent"] {
        if let Some(language) =
            schema.pointer_mut(&format!("/definitions/{object}/properties/language"))
        {
            *language = Value::Bool(true);
        }
    }
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors = validator.iter_errors(value).take(5);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn sarif() {
    let log = json("sarif");
    assert_eq!(complaints("sarif-2.1.0.json", &log), [""; 0]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    for part in ["relatedLocations", "codeFlows", "fixes"] {
        assert!(results.iter().any(|result| result.get(part).is_some()), "{part}");
    }
    let suppressed = |result: &&Value| result["suppressions"][0]["kind"] == "inSource";
    assert!(results.iter().any(|result| suppressed(&result)));
    assert!(results.iter().all(|result| result["suppressions"].is_array()));
    // A broken one would not pass.
    let mut broken = log;
    broken["runs"][0]["results"][0]["level"] = "fatal".into();
    assert_ne!(complaints("sarif-2.1.0.json", &broken), [""; 0]);
}

#[test]
fn gitlab() {
    let report = json("gitlab");
    let issues = report.as_array().unwrap();
    for issue in issues {
        assert_eq!(complaints("gitlab-codeclimate.json", issue), [""; 0]);
    }
    let mut fingerprints: Vec<_> =
        issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), issues.len());
}

#[test]
fn rdjson() {
    let result = json("rdjson");
    assert_eq!(complaints("rdjson.json", &result), [""; 0]);
    let diagnostics = result["diagnostics"].as_array().unwrap();
    assert!(diagnostics.iter().any(|one| one.get("suggestions").is_some()));
    // reviewdog refuses what it does not know, which the schema would take.
    let known = ["message", "location", "severity", "code", "suggestions"];
    for one in diagnostics {
        assert!(one.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())));
    }
}

/// Services differ in what they take; the counts must be those of the cases.
#[test]
fn junit() {
    use quick_xml::events::Event;
    let text = printed("junit");
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut told, mut cases) = (0, 0);
    let mut names = std::collections::HashSet::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                let value = |name: &str| {
                    let value = tag.try_get_attribute(name).unwrap()?;
                    Some(String::from_utf8(value.value.into_owned()).unwrap())
                };
                match tag.name().as_ref() {
                    b"testsuite" => told += value("tests").unwrap().parse::<usize>().unwrap(),
                    b"testcase" => {
                        cases += 1;
                        assert!(names.insert((value("classname"), value("name"))));
                    }
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(told, cases);
    assert!(cases > 50);
}
