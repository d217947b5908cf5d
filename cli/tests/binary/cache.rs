//! Results that are kept: what comes of them is what comes of a run without, whatever was edited.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tree::{CLEAN, SOURCE, Tree};

/// The runs of this file have a cache of their own, so that those of others do not matter.
const CACHE: [&str; 2] = ["--cache-dir", "../kept"];

fn with_cache(tree: &Tree, more: &[&str]) -> (i32, String, String) {
    tree.run("linux", &[&["check", "--format", "json"][..], &CACHE, more].concat())
}

fn small() -> Tree {
    Tree::new().add("linux/fs/a.c", SOURCE).add("linux/fs/b.c", CLEAN)
}

/// What `-v` says of the cache.
fn said(tree: &Tree) -> String {
    let (_, _, err) = with_cache(tree, &["-v", "fs"]);
    let line = err.lines().find(|line| line.contains("cache"));
    line.unwrap_or("all checked").to_owned()
}

#[test]
fn only_what_changed_is_checked() {
    let tree = small();
    assert_eq!(said(&tree), "all checked");
    assert_eq!(said(&tree), "0 files checked, 2 of the cache");
    let tree = tree.add("linux/fs/b.c", format!("{CLEAN}\n"));
    assert_eq!(said(&tree), "1 file checked, 1 of the cache");
    assert_eq!(said(&tree), "0 files checked, 2 of the cache");
    let tree = tree.add("linux/Makefile", "VERSION = 5\nPATCHLEVEL = 4\n");
    assert_eq!(said(&tree), "the cache is of no use: more than source files changed");
    assert_eq!(said(&tree), "0 files checked, 2 of the cache");
    // Another file to be checked.
    let tree = tree.add("linux/fs/c.c", CLEAN);
    assert_eq!(said(&tree), "all checked");
    // A header that was looked for.
    let tree = tree.add("linux/fs/linux/port.h", "");
    assert_eq!(said(&tree), "all checked");
}

#[test]
fn the_findings_are_the_same() {
    let tree = small();
    let (status, first, _) = with_cache(&tree, &["fs"]);
    let (again, second, _) = with_cache(&tree, &["fs"]);
    assert_eq!((status, again), (1, 1));
    assert_eq!(first, second);
    // In the other formats as well, which show more.
    for format in ["human", "sarif", "junit"] {
        let run = |more: &[&str]| {
            tree.run("linux", &[&["check", "--format", format, "fs"][..], more].concat())
        };
        assert_eq!(run(&CACHE), run(&["--no-cache"]), "{format}");
    }
    // Other rules are other runs.
    let (_, other, _) = with_cache(&tree, &["--select", "RCU104", "fs"]);
    assert!(other.contains("RCU104") && !other.contains("RCU101"));
    // A finding that is fixed is gone.
    let (_, _, _) = with_cache(&tree, &["--fix", "--unsafe-fixes", "fs"]);
    let (_, fixed, _) = with_cache(&tree, &["fs"]);
    assert_eq!(fixed, tree.run("linux", &["check", "--no-cache", "--format", "json", "fs"]).1);
    assert_ne!(fixed, first);
}

/// The files in the folder of a kind of run, of which there must be one.
fn kept(tree: &Tree) -> Vec<PathBuf> {
    let folders =
        fs::read_dir(tree.path().join("kept")).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    assert_eq!(folders.len(), 1);
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folders[0]).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_is_broken_is_as_if_absent() {
    let tree = small();
    let (_, found, _) = with_cache(&tree, &["fs"]);
    let files = kept(&tree);
    let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap()).collect();
    let wanted =
        ["code-0", "files-0", "headers-0", "kept-0", "links", "record", "rests-0", "tables"];
    assert_eq!(names, wanted);
    for file in &files {
        let good = fs::read(file).unwrap();
        let mut flipped = good.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        let swapped = fs::read(files.iter().find(|other| *other != file).unwrap()).unwrap();
        for bad in [&flipped[..], &good[..good.len() / 2], b"", b"garbage", &swapped] {
            fs::write(file, bad).unwrap();
            // A call more in a file, so that all parts are needed.
            let edited = format!("{CLEAN}int more(void)\n{{\n\treturn answer();\n}}\n");
            let edit = tree.path().join("linux/fs/b.c");
            fs::write(&edit, edited).unwrap();
            let (status, again, err) = with_cache(&tree, &["-v", "fs"]);
            assert_eq!((status, &again), (1, &found), "{}", file.display());
            assert!(err.contains(": what is kept cannot be read\n"), "{}: {err}", file.display());
            fs::write(&edit, CLEAN).unwrap();
            assert_eq!(with_cache(&tree, &["fs"]).1, found);
        }
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_none() {
    let tree = small().add("file", "");
    let with = |more: &[&str]| {
        let cache = ["check", "-q", "--cache-dir", "../file/cache", "fs"];
        tree.run("linux", &[&cache[..], more].concat())
    };
    let (status, _, err) = with(&[]);
    assert_eq!((status, err.as_str()), (1, ""));
    let cache = ["check", "-v", "--cache-dir", "../file/cache", "fs"];
    let (_, _, err) = tree.run("linux", &cache);
    assert!(err.contains("the cache cannot be written: "), "{err}");
}

#[test]
fn no_cache() {
    let tree = small();
    let (_, _, _) = tree.run("linux", &["check", "--no-cache", "fs"]);
    assert!(!tree.path().join(".cache").exists());
    let (_, _, _) = tree.run("linux", &["check", "fs"]);
    assert!(tree.path().join(".cache/rculint/CACHEDIR.TAG").exists());
    let (status, _, err) = with_cache(&tree, &["--no-cache", "fs"]);
    assert_eq!(status, 2);
    assert!(err.contains("cannot be used with"), "{err}");
}

#[test]
fn several_at_a_time() {
    let mut tree = related();
    for round in 0..3 {
        let more = format!("void more{round}(struct port2 *p)\n{{\n\tget(p);\n\tnap();\n}}\n");
        tree = tree.add(&format!("linux/drivers/own/more{}.c", round / 2), more);
        let wanted = tree.run("linux", &["check", "--format", "json", "--no-cache"]);
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| with_cache(&tree, &[]))).collect();
            for run in runs {
                assert_eq!(run.join().unwrap(), wanted);
            }
        });
    }
}

#[test]
fn what_is_kept_is_shown_and_removed() {
    let tree = small();
    let cache = |what: &str| tree.run("linux", &["cache", what, "--cache-dir", "../kept"]);
    assert_eq!(cache("info"), (0, "../kept: 0 kB of 0 kinds of run\n".into(), String::new()));
    with_cache(&tree, &["fs"]);
    with_cache(&tree, &["--select", "RCU1", "fs"]);
    // What is not ours stays.
    let tree = tree.add("kept/notes/mine", "");
    let cache = |what: &str| tree.run("linux", &["cache", what, "--cache-dir", "../kept"]);
    let (status, out, err) = cache("info");
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("../kept: ") && out.ends_with(" kB of 2 kinds of run\n"), "{out}");
    let (status, out, _) = cache("clean");
    assert!(status == 0 && out.starts_with("../kept: removed "), "{out}");
    assert_eq!(cache("info").1, "../kept: 0 kB of 0 kinds of run\n");
    assert!(tree.path().join("kept/notes/mine").is_file());
    assert_eq!(said(&tree), "all checked");
}

/// A fixed sequence of numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// Files that have to do with each other: functions that sleep, take and call across files, members
/// for grace periods, pointers that nobody annotated, a module, files beside each other.
fn related() -> Tree {
    let head = "#include <linux/rcupdate.h>\n#include <linux/slab.h>\n#include \"own.h\"\n";
    let code = |text: &str| format!("{head}{text}");
    Tree::new()
        .add(
            "linux/drivers/own/own.h",
            "struct thing { int x; struct rcu_head rcu; struct list_head node; };\n\
             struct port2 { struct thing __rcu *thing; struct thing *bare; spinlock_t lock; };\n\
             int get(struct port2 *p);\nvoid nap(void);\nvoid hold(struct port2 *p);\n",
        )
        .add("linux/drivers/own/Makefile", "obj-m += own.o\nown-y := get.o use.o end.o\n")
        .add(
            "linux/drivers/own/get.c",
            code("int get(struct port2 *p)\n{\n\treturn rcu_dereference(p->thing)->x;\n}\n\
                  int get_bare(struct port2 *p)\n{\n\tint x;\n\n\trcu_read_lock();\n\
                  \tx = p->bare->x;\n\trcu_read_unlock();\n\treturn x;\n}\n"),
        )
        .add(
            "linux/drivers/own/use.c",
            code("int enter(struct port2 *p)\n{\n\tint x;\n\n\trcu_read_lock();\n\tx = get(p);\n\
                  \tnap();\n\trcu_read_unlock();\n\treturn x;\n}\n\
                  SYSCALL_DEFINE1(own, struct port2 *, p)\n{\n\treturn get(p);\n}\n\
                  int plain(struct port2 *p)\n{\n\treturn p->thing->x;\n}\n"),
        )
        .add(
            "linux/drivers/own/nap.c",
            code("#include <linux/delay.h>\nvoid nap(void)\n{\n\tmsleep(1);\n}\n\
                  void hold(struct port2 *p)\n{\n\tspin_lock(&p->lock);\n}\n"),
        )
        .add(
            "linux/drivers/own/end.c",
            code("static void done(struct rcu_head *head)\n{\n\
                  \tkfree(container_of(head, struct thing, rcu));\n}\n\
                  void change(struct port2 *p, struct thing *new)\n{\n\tstruct thing *old = p->bare;\n\n\
                  \tspin_lock(&p->lock);\n\tp->bare = new;\n\tspin_unlock(&p->lock);\n\
                  \tkfree_rcu(old, rcu);\n}\n\
                  void post(struct thing *old)\n{\n\tcall_rcu(&old->rcu, done);\n}\n\
                  static void __exit own_exit(void)\n{\n}\nmodule_exit(own_exit);\n"),
        )
        .add(
            "linux/drivers/own/free.c",
            code("void drop(struct port2 *p)\n{\n\thold(p);\n\tkfree(p->bare);\n\
                  \tspin_unlock(&p->lock);\n}\n"),
        )
}

/// The findings of one file, as JSON says them.
fn of_file(json: &str, name: &str) -> Vec<String> {
    let all: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
    let own = all.into_iter().filter(|found| found["filename"].as_str().unwrap().ends_with(name));
    own.map(|found| found.to_string()).collect()
}

/// Edits a file of a tree: what is found in another must change, and be found with a cache as well.
fn matters(tree: Tree, paths: &[&str], edited: (&str, &str), to: &str) -> Tree {
    let without = [&["check", "--format", "json", "--no-cache"][..], paths].concat();
    let (file, text) = edited;
    with_cache(&tree, paths);
    let before = tree.run("linux", &without).1;
    let tree = tree.add(&format!("linux/{file}"), text);
    let after = tree.run("linux", &without).1;
    assert_ne!(of_file(&before, to), of_file(&after, to), "{file} matters to {to}");
    let (_, with, said) = with_cache(&tree, &[paths, &["-v"]].concat());
    assert_eq!(with, after, "{file} matters to {to}");
    // Not only because all was checked.
    assert!(said.contains(" of the cache"), "{said}");
    tree
}

const HEAD: &str = "#include <linux/rcupdate.h>\n#include <linux/slab.h>\n#include \"own.h\"\n";

/// The headers that the cases of rules use, and one of a folder.
fn with_headers(own: &str) -> Tree {
    let mut tree = Tree::new().add("linux/drivers/own/own.h", own);
    // Where most files see a change, all are checked.
    for number in 0..8 {
        tree = tree.add(&format!("linux/drivers/more/{number}.c"), CLEAN);
    }
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    copy(&testdata.join("include"), &tree.path().join("linux/include"));
    tree
}

const OWN: &str = "struct thing { int x; struct rcu_head rcu; };\n\
     struct shop { struct thing __rcu *thing; struct mutex lock; };\n\
     int get(struct shop *p);\nvoid nap(void);\n";

#[test]
fn callers_in_other_files_matter() {
    let get = "int get(struct shop *p)\n{\n\treturn rcu_dereference(p->thing)->x;\n}\n";
    let call = |around: &str, behind: &str| {
        format!(
            "{HEAD}SYSCALL_DEFINE1(own, struct shop *, p)\n{{\n\tint x;\n\n\t{around};\n\tx = get(p);\n\t{behind};\n\treturn x;\n}}\n"
        )
    };
    let held = call("rcu_read_lock()", "rcu_read_unlock()");
    let tree = with_headers(OWN)
        .add("linux/drivers/own/get.c", format!("{HEAD}{get}"))
        .add("linux/drivers/own/use.c", &held);
    let tree = matters(tree, &["drivers"], ("drivers/own/use.c", &call("", "")), "get.c");
    // The same calls, in another order.
    let late = call("rcu_read_lock()", "rcu_read_unlock()").replace("\tx = get(p);\n", "");
    let late = late.replace("\treturn x;", "\treturn get(p);");
    let tree = matters(tree, &["drivers"], ("drivers/own/use.c", &held), "get.c");
    matters(tree, &["drivers"], ("drivers/own/use.c", &late), "get.c");
}

#[test]
fn what_sleeps_in_another_file_matters() {
    let nap = |body: &str| format!("#include <linux/delay.h>\nvoid nap(void)\n{{\n\t{body};\n}}\n");
    let tree = with_headers(OWN).add("linux/drivers/own/nap.c", nap("cpu_relax()")).add(
        "linux/drivers/own/use.c",
        format!("{HEAD}void f(void)\n{{\n\trcu_read_lock();\n\tnap();\n\trcu_read_unlock();\n}}\n"),
    );
    let tree = matters(tree, &["drivers"], ("drivers/own/nap.c", &nap("msleep(1)")), "use.c");
    matters(tree, &["drivers"], ("drivers/own/nap.c", &nap("cpu_relax()")), "use.c");
}

#[test]
fn what_files_beside_call_matters() {
    let beside =
        |load: &str| format!("{HEAD}int other(struct shop *p)\n{{\n\treturn {load}->x;\n}}\n");
    let tree = with_headers(OWN)
        .add("linux/drivers/own/other.c", beside("rcu_dereference(p->thing)"))
        .add(
            "linux/drivers/own/use.c",
            format!("{HEAD}int another(struct shop *p)\n{{\n\treturn p->thing->x;\n}}\n"),
        );
    let other = beside("rcu_dereference_protected(p->thing, lockdep_is_held(&p->lock))");
    matters(tree, &["drivers"], ("drivers/own/other.c", &other), "use.c");
}

#[test]
fn what_files_beside_put_behind_grace_periods_matters() {
    let beside = |call: &str| format!("{HEAD}void other(struct thing *x)\n{{\n\t{call};\n}}\n");
    let tree = with_headers(OWN).add("linux/drivers/own/other.c", beside("kfree_rcu(x, rcu)")).add(
        "linux/drivers/own/use.c",
        format!("{HEAD}void change(struct shop *p, struct thing *new)\n{{\n\tstruct thing *old;\n\n\
                 \told = rcu_replace_pointer(p->thing, new, lockdep_is_held(&p->lock));\n\tkfree(old);\n}}\n\
                 void drop(struct thing *x)\n{{\n\tkfree(x);\n}}\n"),
    );
    matters(tree, &["drivers"], ("drivers/own/other.c", &beside("kfree(x)")), "use.c");
}

#[test]
fn files_of_a_module_matter() {
    let post = |call: &str| {
        format!(
            "{HEAD}static void done(struct rcu_head *head)\n{{\n\tkfree(container_of(head, struct thing, rcu));\n\
                 \tprintk(\"gone\");\n}}\nvoid post(struct thing *x)\n{{\n\t{call};\n}}\n"
        )
    };
    let tree = with_headers(OWN)
        .add("linux/drivers/own/Makefile", "obj-m += own.o\nown-y := post.o end.o\n")
        .add("linux/drivers/own/post.c", post("done(&x->rcu)"))
        .add(
            "linux/drivers/own/end.c",
            "#include <linux/module.h>\nstatic void __exit own_exit(void)\n{\n}\nmodule_exit(own_exit);\n",
        );
    matters(tree, &["drivers"], ("drivers/own/post.c", &post("call_rcu(&x->rcu, done)")), "end.c");
}

#[test]
fn a_file_that_includes_another_beside_it_matters() {
    let whole = |first: &str| {
        format!("{first}#include \"part.h\"\nint answer(void)\n{{\n\treturn 42;\n}}\n")
    };
    let tree = with_headers(OWN)
        .add(
            "linux/drivers/own/part.h",
            "static inline int part(struct shop *p)\n{\n\treturn p->thing->x;\n}\n",
        )
        .add("linux/drivers/own/other.c", HEAD)
        .add("linux/drivers/own/whole.c", whole(""));
    let seen = whole("#include \"own.h\"\n");
    matters(tree, &["drivers"], ("drivers/own/whole.c", &seen), "part.h");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "c" || end == "h" || end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// One edit of a file, the `at`th of them.
fn edit(at: usize, numbers: &mut Numbers, files: &[PathBuf], original: &[Vec<u8>]) -> String {
    let which = numbers.below(files.len());
    let path = &files[which];
    let text = String::from_utf8(fs::read(path).unwrap_or_default()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = numbers.below(lines.len());
    let kind = numbers.below(10);
    match kind {
        0 => lines.push("/* more */".to_owned()),
        1 if !lines.is_empty() => drop(lines.remove(line)),
        2 if !lines.is_empty() => lines.insert(line, lines[line].clone()),
        3 => {
            let other = fs::read_to_string(&files[numbers.below(files.len())]).unwrap_or_default();
            lines.extend(other.lines().map(str::to_owned));
        }
        4 => lines
            .push(format!("struct more{at} {{ struct thing __rcu *cfg; struct rcu_head rcu; }};")),
        5 => lines.insert(0, "#include <linux/delay.h>".to_owned()),
        6 => lines.iter_mut().for_each(|line| *line = line.replace("static ", "")),
        7 => lines.iter_mut().for_each(|line| {
            *line = line
                .replace("rcu_dereference(", "rcu_access_pointer(")
                .replace("kfree_rcu", "kfree");
        }),
        8 => lines.push(format!("void more{at}(struct port2 *p)\n{{\n\thold(p);\n\tget(p);\n}}")),
        _ => lines = String::from_utf8_lossy(&original[which]).lines().map(str::to_owned).collect(),
    }
    fs::write(path, lines.join("\n") + "\n").unwrap();
    format!("edit {at}: {kind} of {}", path.display())
}

#[test]
fn whatever_is_edited() {
    let tree = related();
    let linux = tree.path().join("linux");
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    copy(&testdata.join("include"), &linux.join("include"));
    copy(&testdata.join("rust"), &linux.join("rust"));
    for rule in ["RCU101", "RCU108", "RCU304", "RCU502", "RCU601"] {
        for case in sources(&testdata.join("rules").join(rule)).into_iter().take(2) {
            fs::create_dir_all(linux.join("fs").join(rule)).unwrap();
            fs::copy(&case, linux.join("fs").join(rule).join(case.file_name().unwrap())).unwrap();
        }
    }
    let mut numbers = Numbers(8);
    let files = sources(&linux);
    let original: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let both = |what: &str| {
        let with = with_cache(&tree, &["--statistics"]);
        let without =
            tree.run("linux", &["check", "--format", "json", "--no-cache", "--statistics"]);
        assert_eq!(with, without, "{what}");
        without.1
    };
    let first = both("nothing edited");
    for code in ["RCU101", "RCU108", "RCU304", "RCU301"] {
        assert!(first.contains(code), "no {code} to begin with");
    }
    let (mut parts, mut others) = (0, 0);
    for at in 0..EDITS {
        let mut what = edit(at, &mut numbers, &files, &original);
        // Sometimes two at once.
        if numbers.below(4) == 0 {
            what += &format!(", {}", edit(at, &mut numbers, &files, &original));
        }
        // `-v` says what became of the cache; the second run finds everything there.
        let (_, _, err) = with_cache(&tree, &["-v", "--statistics"]);
        parts += usize::from(err.contains("of the cache"));
        others += usize::from(!err.contains("of the cache"));
        both(&what);
    }
    assert!(parts > EDITS / 2, "{parts} of {EDITS} runs used what was kept, {others} did not");
}

const EDITS: usize = 30;
