use super::*;

/// `code` has «» around what becomes `content`; the text after the edit.
fn after(code: &str, content: &str) -> String {
    let (head, rest) = code.split_once('«').unwrap();
    let (old, tail) = rest.split_once('»').unwrap();
    let source = SourceFile::new(format!("{head}{old}{tail}").into_bytes());
    let span = Span::new(head.len(), head.len() + old.len());
    let (to, text) = wrapped(&source, span, content.to_owned());
    assert!(to.contains(span));
    let bytes = source.bytes();
    let parts = [&bytes[..to.range().start], text.as_bytes(), &bytes[to.range().end..]];
    String::from_utf8(parts.concat()).unwrap()
}

#[test]
fn short_lines_stay() {
    assert_eq!(
        after("\tcfg = «port->cfg»;\n", "rcu_dereference(port->cfg)"),
        "\tcfg = rcu_dereference(port->cfg);\n"
    );
}

#[test]
fn breaks_behind_the_accessors_own_comma() {
    assert_eq!(
        after(
            "{\n\tstruct cfg *cfg = «port->config»;\n}\n",
            "rcu_dereference_protected(port->config, lockdep_is_held(&port->lock))"
        ),
        "{\n\tstruct cfg *cfg = rcu_dereference_protected(port->config,\n\
         \t\t\t\t\t\t    lockdep_is_held(&port->lock));\n}\n"
    );
}

#[test]
fn the_outermost_call_breaks_first() {
    assert_eq!(
        after(
            "\terr = port_configure(port, index, «port->config»);\n",
            "rcu_dereference_protected(port->config, lockdep_is_held(&port->lock))"
        ),
        "\terr = port_configure(port, index,\n\
         \t\t\t     rcu_dereference_protected(port->config,\n\
         \t\t\t\t\t\t       lockdep_is_held(&port->lock)));\n"
    );
}

#[test]
fn breaks_before_and_behind_the_edit() {
    assert_eq!(
        after(
            "\terror = port_set(«port->configuration», first_argument, the_second_one);\n",
            "rcu_dereference(port->configuration)"
        ),
        "\terror = port_set(rcu_dereference(port->configuration), first_argument,\n\
         \t\t\t the_second_one);\n"
    );
}

#[test]
fn conditions_break_behind_their_operators() {
    assert_eq!(
        after(
            "\t\tif (port->is_up && port->has_configuration && «port->configuration») {\n",
            "rcu_access_pointer(port->configuration)"
        ),
        "\t\tif (port->is_up && port->has_configuration &&\n\
         \t\t    rcu_access_pointer(port->configuration)) {\n"
    );
}

#[test]
fn continuation_lines_go_on_below_themselves() {
    assert_eq!(
        after(
            "\tport_warn(port,\n\t\t  \"configuration %p and index %d\", «port->configuration», 1);\n",
            "rcu_dereference(port->configuration)"
        ),
        "\tport_warn(port,\n\t\t  \"configuration %p and index %d\",\n\
         \t\t  rcu_dereference(port->configuration), 1);\n"
    );
}

#[test]
fn no_break_inside_braces_literals_and_comments() {
    for code in [
        "\tstruct pair pair = { .the_first_of_them = first, .second = «port->configuration» };\n",
        "\tprintk(\"a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s %p\" «port->cfg»);\n",
        "\treturn «port->configuration»->the_mtu_of_a_port; /* one, two, three, four, five */\n",
        "\t * ends, here */ f(first_argument, second_argument, third, «port->configuration»);\n",
    ] {
        let after = after(code, "rcu_dereference(port->configuration)");
        assert_eq!(after.lines().count(), 1, "{after}");
    }
}

#[test]
fn comments_at_the_end_do_not_count() {
    let line = "\terror = port_set(port, «port->cfg»); /* the configuration, and no other one */\n";
    assert_eq!(after(line, "rcu_dereference(port->cfg)").lines().count(), 1);
}

#[test]
fn what_fits_nowhere_breaks_where_it_helps() {
    let pointer = "the_quite_long_name_of_some_list_of_notifiers_in_a_driver.head";
    let lock = "lockdep_is_held(&the_lock_of_it)";
    assert_eq!(
        after(
            &format!("\tfirst = «{pointer}»;\n"),
            &format!("rcu_dereference_protected({pointer}, {lock})")
        ),
        format!(
            "\tfirst = rcu_dereference_protected({pointer},\n{}{lock});\n",
            "\t".repeat(5) + "  "
        )
    );
    // No room: the line would go on far right.
    let far = format!("\tx = {}->f(«a->b», b);\n", "y".repeat(50));
    assert_eq!(after(&far, "rcu_dereference(a->b)").lines().count(), 1);
}

#[test]
fn no_break_in_preprocessor_lines() {
    for code in [
        "#define SET(port) port_set(port, the_first_argument, the_second, «port->configuration»)\n",
        "#define SET(port) \\\n\tport_set(port, the_first_argument, the_second, «port->configuration»)\n",
        "\tport_set(port, the_first_argument, the_second_argument, «port->configuration») \\\n\tx\n",
    ] {
        let after = after(code, "rcu_dereference(port->configuration)");
        assert_eq!(after.lines().count(), code.lines().count(), "{after}");
    }
}

#[test]
fn wide_code_may_be_wide() {
    let line = "\terror = port_set(port, «port->configuration», the_third_argument, 4);";
    let content = "rcu_dereference(port->configuration)";
    let lines = |text: &str| after(text, content).lines().count();
    assert_eq!(lines(line), 2);
    // A wide line in three.
    let wide = format!("/* {} */\n\n{line}", "x".repeat(80));
    assert_eq!(lines(&wide), 3);
    // A wide line in many.
    let once = format!("/* {} */{}{line}", "x".repeat(80), "\n".repeat(99));
    assert_eq!(lines(&once), 101);
    // A line that was wide itself, and one that gets wider than wide.
    let itself = "\terror = port_set(port, «port->configuration», the_third_argument, a_fourth);";
    assert_eq!(lines(itself), 1);
    let wider = "\terror = port_set(port, «port->configuration», the_third_argument, the_fourth_one_of_them);";
    assert_eq!(lines(wider), 2);
}

#[test]
fn line_breaks_keep_their_form() {
    assert_eq!(
        after(
            "\tport_set_configuration(port, «port->configuration», the_third);\r\n",
            "rcu_dereference(port->configuration)"
        ),
        "\tport_set_configuration(port, rcu_dereference(port->configuration),\r\n\
         \t\t\t       the_third);\r\n"
    );
}

#[test]
fn lines_of_the_edit_that_were_there_stay() {
    let old = "port->configuration =\n\t\tfind_the_one(port, some_argument, another_argument, one_more_argument, last)";
    let new = "rcu_assign_pointer(port->configuration,\n\t\tfind_the_one(port, some_argument, another_argument, one_more_argument, last))";
    assert_eq!(
        after(&format!("\t«{old}»;\n"), new),
        "\trcu_assign_pointer(port->configuration,\n\
         \t\tfind_the_one(port, some_argument, another_argument, one_more_argument, last));\n"
    );
}

#[test]
fn lines_below_a_parenthesis_follow_it() {
    assert_eq!(
        after(
            "\t«root->node = read_block(fs, bytenr(&root->item),\n\t\t\t\tlevel(&root->item,\n\t\t\t\t      0))»;\n",
            "rcu_assign_pointer(root->node, read_block(fs, bytenr(&root->item),\n\t\t\t\tlevel(&root->item,\n\t\t\t\t      0)))"
        ),
        "\trcu_assign_pointer(root->node, read_block(fs, bytenr(&root->item),\n\
         \t\t\t\t\t\t  level(&root->item,\n\
         \t\t\t\t\t\t\t0)));\n"
    );
    // With a break of ours above them.
    assert_eq!(
        after(
            "\t«root->the_node = read_block(fs, bytenr(&root->item), and_more,\n\t\t\t\t    level(&root->item))»;\n",
            "rcu_assign_pointer(root->the_node, read_block(fs, bytenr(&root->item), and_more,\n\t\t\t\t    level(&root->item)))"
        ),
        "\trcu_assign_pointer(root->the_node,\n\
         \t\t\t   read_block(fs, bytenr(&root->item), and_more,\n\
         \t\t\t\t      level(&root->item)));\n"
    );
}

#[test]
fn text_that_is_not_utf8_stays() {
    let source = SourceFile::new(
        b"\tf(\"\xe9\", p->cfg, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa);\n"
            .to_vec(),
    );
    let span = Span::new(8, 14);
    let content = "rcu_dereference(p->cfg)".to_owned();
    assert_eq!(wrapped(&source, span, content.clone()), (span, content));
}
