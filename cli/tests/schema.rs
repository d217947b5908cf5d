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
