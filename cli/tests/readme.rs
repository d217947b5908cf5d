//! README.md's table of rules is the one that `rculint rules --format markdown` prints.

use std::path::Path;

#[test]
fn table_of_rules_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("<!-- rules:begin -->").expect("a marker where rules begin");
    let (table, _) = rest.split_once("<!-- rules:end -->").expect("a marker where rules end");
    assert_eq!(
        table.trim(),
        rculint_rules::docs::markdown_table().trim(),
        "put the output of `rculint rules --format markdown` between the markers in README.md"
    );
}
