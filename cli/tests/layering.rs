//! Dependencies point one way: cli → rules → analyzer. Only cli prints.

use std::fs;
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

fn dependencies(package: &str) -> Vec<String> {
    let text = fs::read_to_string(top().join(package).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let names = |section: &str| match manifest.get(section) {
        Some(toml::Value::Table(table)) => table.keys().cloned().collect(),
        _ => Vec::new(),
    };
    [names("dependencies"), names("build-dependencies")].concat()
}

#[test]
fn dependencies_point_one_way() {
    let has = |package: &str, name: &str| dependencies(package).iter().any(|found| found == name);
    assert!(has("cli", "rculint-rules") && has("cli", "rculint-analyzer"));
    assert!(has("rules", "rculint-analyzer"));
    assert!(!has("rules", "rculint"));
    for above in ["rculint", "rculint-rules"] {
        assert!(!has("analyzer", above), "analyzer depends on {above}");
    }
}

#[test]
fn only_the_command_line_knows_of_users() {
    for package in ["analyzer", "rules"] {
        for name in dependencies(package) {
            let of_users =
                ["clap", "codespan-reporting", "indicatif", "anstream", "termcolor", "ignore"];
            assert!(!of_users.contains(&name.as_str()), "{package} depends on {name}");
        }
    }
}

#[test]
fn only_the_command_line_prints() {
    let mut seen = 0;
    for package in ["analyzer", "rules"] {
        for file in sources(&top().join(package).join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            seen += 1;
            for print in ["println!", "print!", "dbg!", "io::stdout", "io::stderr"] {
                assert!(!text.contains(print), "{} uses {print}", file.display());
            }
        }
    }
    assert!(seen > 5);
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}
