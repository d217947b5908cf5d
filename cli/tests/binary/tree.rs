//! A small kernel tree on disk, and running rculint in it.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

use super::repository::LEFT_BY_HOOKS;

/// A header with an annotated field.
const HEADER: &str = "\
#ifndef _LINUX_PORT_H
#define _LINUX_PORT_H
struct cfg {
	int mtu;
};
struct port {
	struct cfg __rcu *cfg;
};
#endif
";

/// A source with one plain test and one plain load.
pub const SOURCE: &str = "\
#include <linux/port.h>

int port_mtu(struct port *p);
int port_mtu(struct port *p)
{
	if (!p->cfg)
		return 0;
	return p->cfg->mtu;
}
";

/// A source without RCU.
pub const CLEAN: &str = "int answer(void);\nint answer(void)\n{\n\treturn 42;\n}\n";

/// A folder that goes away with the value.
pub struct Tree {
    folder: TempDir,
}

impl Tree {
    /// A kernel tree `linux/` with one header.
    pub fn new() -> Tree {
        let tree = Tree { folder: TempDir::new().unwrap() };
        tree.add("linux/Kconfig", "")
            .add("linux/Makefile", "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n")
            .add("linux/include/linux/port.h", HEADER)
    }

    /// Adds a file.
    pub fn add(self, name: &str, text: impl AsRef<[u8]>) -> Tree {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// rculint with `folder` of the tree as the working directory, in a plain environment.
    pub fn rculint(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rculint"));
        command.current_dir(self.folder.path().join(folder)).args(arguments);
        // Each tree has a cache of its own.
        command.env("XDG_CACHE_HOME", self.folder.path().join(".cache"));
        let colors = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"];
        for variable in colors.iter().chain(&LEFT_BY_HOOKS) {
            command.env_remove(variable);
        }
        command
    }

    /// Exit status, stdout and stderr.
    pub fn run(&self, folder: &str, arguments: &[&str]) -> (i32, String, String) {
        let output = self.rculint(folder, arguments).output().unwrap();
        (
            output.status.code().expect("an exit status"),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }
}
