//! `doc/rculint.schema.json` is the schema of what is read.

use std::path::Path;

#[test]
fn the_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../doc/rculint.schema.json");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        text == rculint::config::schema(),
        "put the output of `rculint config --format schema` into doc/rculint.schema.json"
    );
}

/// What the README shows is valid by the schema, and what is refused is not.
#[test]
fn the_schema_says_what_is_read() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let (_, example) = text.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let schema = serde_json::from_str(&rculint::config::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let valid = |text: &str| {
        let table: toml::Table = text.parse().unwrap();
        validator.is_valid(&serde_json::to_value(table).unwrap())
    };
    assert!(valid(example));
    for refused in ["selct = []", "level = 'warn'", "[[suppress]]\npath = 'x'", "arch = 'x86'"] {
        assert!(!valid(refused), "{refused}");
    }
}
