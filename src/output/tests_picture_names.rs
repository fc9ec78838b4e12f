//! Every text becomes a name that every system takes, and two pictures never share one.

use proptest::prelude::*;

use super::*;
use crate::project::testing;

/// Two layers, one of which may be absent, a one-of-one, and the template.
fn project(template: &str) -> Project {
    let mut project = testing::project(&[("Body", &[1, 1]), ("Hat", &[1, 1])]);
    project.layers[1].chance = 500_000;
    project.layers[0].traits[0].name = "Red".into();
    project.layers[0].traits[1].name = "red".into();
    project.layers[1].traits[0].name = "a/b: \"c\"?".into();
    project.layers[1].traits[1].name = "Cafe\u{301}".into();
    project.ones = testing::ones(&[None]);
    project.duplicates = true;
    project.metadata.file_name = template.into();
    project
}

/// Items of these traits, numbered from the project's start.
fn plan(project: &Project, rows: &[[u16; 2]]) -> Plan {
    let rows: Vec<Vec<u16>> = rows.iter().map(|row| row.to_vec()).collect();
    Plan::of_rows(project, &rows).unwrap()
}

#[test]
fn names_are_made_of_traits_and_numbers() {
    for (template, names) in [
        ("", ["1", "2", "3"]),
        ("{edition}", ["1", "2", "3"]),
        ("{edition:04}", ["0001", "0002", "0003"]),
        ("{Body}-{Hat}", ["Red-a_b_ _c__", "red-none", "Red-Caf\u{e9}"]),
        ("{Hat}{Hat} of {edition}", ["a_b_ _c__a_b_ _c__ of 1", "nonenone of 2", "Caf\u{e9}Caf\u{e9} of 3"]),
        ("same", ["same"; 3]),
    ] {
        let project = project(template);
        let plan = plan(&project, &[[0, 0], [1, ABSENT], [0, 1]]);
        let (made, stems) = (PictureNames::new(&project), Stems::of(&project, &plan));
        for (index, name) in names.into_iter().enumerate() {
            assert_eq!(made.stem(&plan, index), name, "{template}");
            let edition = plan.edition(index);
            assert_eq!(stems.image(edition), format!("images/{name}.png"));
            if template != "same" {
                assert_eq!(stems.edition_of(&format!("images/{name}.png")), Some(edition));
            }
            assert_eq!(stems.edition_of(&format!("json/{edition}.json")), Some(edition));
        }
        assert_eq!(stems.are_numbers(), template.is_empty());
        assert_eq!(stems.edition_of("images/7.png"), template.is_empty().then_some(7));
        for other in ["images/x.png", "images/1.jpg", "images/1", "1.png", "images/../1.png"] {
            assert_eq!(stems.edition_of(other), None, "{other} of {template}");
        }
    }
}

#[test]
fn a_one_of_one_has_its_name_where_others_have_traits() {
    for (template, name) in [
        ("{Body}-{Hat}", "One 0"),
        ("{edition:03} {Body} with {Hat}!", "001 One 0!"),
        ("x{Hat}", "xOne 0"),
        ("{edition}", "1"),
    ] {
        let mut project = project(template);
        project.count = Some(1);
        let plan = crate::selection::testing::choose(&project, 7, 1, 1).unwrap();
        assert_eq!(plan.one(0), Some(0));
        assert_eq!(PictureNames::new(&project).stem(&plan, 0), name, "{template}");
    }
}

#[test]
fn what_some_system_does_not_take_is_replaced() {
    for (text, name) in [
        ("plain é 🎩 #1", "plain é 🎩 #1"),
        ("", "_"),
        (".", "_"),
        ("..", "__"),
        (".hidden", "_hidden"),
        ("-rf", "_rf"),
        (" x ", "_x_"),
        ("x.", "x_"),
        ("../../etc", "_._.._etc"),
        ("a\\b|c<d>e*f", "a_b_c_d_e_f"),
        ("a\nb\u{7f}c\u{202e}d", "a_b_c_d"),
        ("con", "_con"),
        ("Con.x", "_Con.x"),
        ("COM1", "_COM1"),
        ("lpt¹", "_lpt¹"),
        ("COM10", "COM10"),
        ("console", "console"),
        ("e\u{301}", "é"),
    ] {
        assert_eq!(clean(text), name, "{text:?}");
        assert!(is_stem(name), "{name:?}");
        assert_eq!(is_stem(text), text == name, "{text:?}");
    }
    assert!(is_stem(&"x".repeat(200)) && !is_stem(&"x".repeat(201)));
}

proptest! {
    #![proptest_config(testing::cases(256))]

    #[test]
    fn whatever_a_text_is_its_name_is_one_part_of_a_path_and_stays(text in "\\PC{0,12}|[./\\\\:\u{0}\u{202e} a-]{0,6}") {
        let name = clean(&text);
        prop_assert_eq!(clean(&name), name.clone());
        let path = std::path::Path::new(&name);
        let parts: Vec<_> = path.components().collect();
        prop_assert!(matches!(parts[..], [std::path::Component::Normal(part)] if part == name.as_str()));
    }
}

#[test]
fn names_that_two_items_would_have_are_refused_with_the_first_two() {
    let found = |template: &str, rows: &[[u16; 2]]| {
        let project = project(template);
        let found = problems(&project, Some(&plan(&project, rows)));
        found.into_iter().map(|(what, remedy)| format!("{what}; {remedy}")).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(found("{Body}", &[[0, 0]]), none);
    assert_eq!(found("{Body}{edition}", &[[0, 0], [1, 0], [0, 0]]), none);
    assert_eq!(found("", &[[0, 0], [0, 0]]), none);
    let remedy = "add {edition} or more layers, or check layers with unique = false";
    assert_eq!(
        found("{Hat}", &[[0, 0], [1, 1], [1, 0], [0, 0]]),
        [format!("\"{{Hat}}\" gives items 1 and 3 the same name, \"a_b_ _c__\", and 1 more; {remedy}")]
    );
    assert_eq!(
        found("{Body}", &[[0, 0], [1, 1]]),
        [format!(
            "\"{{Body}}\" gives items 1 and 2 the names \"Red\" and \"red\", which differ only in case; {remedy}"
        )]
    );
    // As long as one is, and longer.
    for (count, fits) in [(196, true), (197, false)] {
        let template = format!("{}-{{Body}}", "x".repeat(count));
        let found = found(&template, &[[0, 0]]);
        assert_eq!(found.is_empty(), fits, "{found:?}");
        assert!(
            fits || found[0].contains("gives item 1 a name of 201 bytes, and the limit is 200"),
            "{found:?}"
        );
    }
}

#[test]
fn templates_that_cannot_be_are_refused_without_a_plan() {
    for (template, words) in [
        ("{Bdoy}", "contains {Bdoy}, which is not a layer; did you mean {Body}?"),
        ("{Wings}", "contains {Wings}, which is not a layer; write {edition}"),
        ("{edition:4}", "contains {edition:4}"),
        ("{}", "contains {}"),
        ("{Body", "has an unmatched { or }"),
        ("cats/{edition}", "contains \"/\", which is not allowed in file names"),
        ("..\\{edition}", "contains \"\\\""),
        ("{edition}\n", "which is not allowed in file names"),
    ] {
        let project = project(template);
        let found = problems(&project, None);
        let [(what, remedy)] = &found[..] else { panic!("{template}: {found:?}") };
        let said = format!("{what}; {remedy}");
        assert!(said.starts_with('"') && said.contains(words), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}

#[test]
fn names_that_are_read_are_held_to_what_we_write() {
    let read = |json: &str| serde_json::from_str::<Stems>(json).map_err(|error| error.to_string());
    let stems = read("[[1,\"Red-Hat\"],[2,\"2\"]]").unwrap();
    assert_eq!((&*stems.stem(1), &*stems.stem(2)), ("Red-Hat", "2"));
    assert_eq!(serde_json::to_string(&stems).unwrap(), "[[1,\"Red-Hat\"],[2,\"2\"]]");
    for wrong in
        ["../x", "a/b", "/etc/passwd", "..", "", "C:x", "nul", "a\\u0000b", "x\\\\y", &"x".repeat(201)]
    {
        assert!(
            read(&format!("[[1,\"{wrong}\"]]")).unwrap_err().contains("not a valid picture name"),
            "{wrong}"
        );
    }
    for wrong in ["[[1,\"a\"],[2,\"a\"]]", "[[1,\"a\"],[1,\"b\"]]"] {
        assert!(read(wrong).unwrap_err().contains("of two pictures, or the second of one"), "{wrong}");
    }
}
