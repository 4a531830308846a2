//! Files that are no TOML.

use super::*;

#[test]
fn one_mistake_of_the_syntax_is_one_problem() {
    let rules = "expected tables, each beginning with `[[rule]]`: one of them has single brackets";
    let targets = rules.replace("rule", "target");
    let tasks = rules.replace("rule", "target.tasks-before");
    for (text, expected) in [
        ("[rule]\nbranch='a'\nskip='x'\n[rule]\nbranch='b'\nskip='y'\n", &[["4:2: ", rules].concat()][..]),
        ("[[rule]]\nskip='a'\n[rule]\nskip='y'\n", &[["3:2: ", rules].concat()]),
        ("[rule]\nskip='a'\n[[rule]]\nskip='y'\n", &[["3:3: ", rules].concat()]),
        ("[target]\nservice='a'\n[ target ] # x\nservice='b'\n", &[["3:3: ", &targets].concat()]),
        (
            "[[target]]\n[target.tasks-before]\nname='b'\n[target.tasks-before]\nname='y'\n",
            &[["4:9: ", &tasks].concat()],
        ),
        (
            "[images.a]\ncontext='x'\n[images.worker\ncontext='y'\n",
            &["3:15: unclosed table, expected `]`".to_string()],
        ),
        (
            "[images.a]\nx='x'\n[images.a]\nx='y'\n[t]\ny=1\ny=2\n",
            &[
                "3:9: duplicate key `images.a`: the file has this table twice".to_string(),
                "7:1: duplicate key `y`".to_string(),
            ],
        ),
        ("x = main\n", &["1:5: a text is in plain double quotes; write `\"main\"`".to_string()]),
        ("x = “main”\n", &["1:5: a text is in plain double quotes; write `\"main\"`".to_string()]),
        (
            "x = \n",
            &["1:5: a key has no value; a text is in plain double quotes, such as `\"main\"`".to_string()],
        ),
    ] {
        assert_eq!(problems(text), expected, "{text}");
    }
}
