//! Pictures that can be used, but of which the artist may think something else.

use crate::util::{Dir, RED};

#[test]
fn of_animated_pictures_the_first_frame_is_used_and_each_is_named() {
    let dir = Dir::with_case("case-11");
    for command in ["check", "generate"] {
        let ran = dir.run([command, "p"]);
        for name in ["bounce.gif", "roll.png", "spin.webp"] {
            ran.ok().warns(&format!("Ball/{name}: the picture is animated, and only the first of its "));
        }
        assert_eq!(ran.stderr().matches("is animated").count(), 3);
    }
}

#[test]
fn an_animated_one_of_one_is_named_and_still_pictures_are_not() {
    let dir = Dir::with_project();
    let moving = Dir::with_case("case-11").read("p/layers/Ball/bounce.gif");
    let still = image::load_from_memory(&moving).unwrap().into_rgba8();
    dir.sized("p/layers/Back/Red.png", [still.width(), still.height()], RED);
    dir.write(
        "p/collection.toml",
        "seed = 1\ncount = 3\nfit = \"place\"\n[[ones]]\nname = \"King\"\nimage = \"ones/King.gif\"\n",
    );
    dir.write("p/ones/King.gif", moving);
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("ones/King.gif: the picture is animated");
    assert_eq!(ran.stderr().matches("is animated").count(), 1);
}
