use super::glob::MIXED_CHARS_MAX;
use super::positions::GLOBS_MIN;
use super::*;

const WILD: Special = Special { wildcards: true, variables: true };

fn glob(pattern: &str) -> Glob {
    Glob::new(&pieces(pattern, WILD).unwrap()).unwrap()
}

/// The textbook's, which tries everything.
fn slow(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|from| slow(rest, &text[from..])),
        [wanted, rest @ ..] => {
            text.first().is_some_and(|char| wanted == char || *wanted == '?') && slow(rest, &text[1..])
        }
    }
}

#[test]
fn globs_match_what_the_textbook_says() {
    let words = |letters: &[char], longest: u32| -> Vec<Vec<char>> {
        let mut all = vec![vec![]];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|word| letters.iter().map(|letter| [&word[..], &[*letter]].concat()))
                .collect();
            all.extend(last.iter().cloned());
        }
        all
    };
    // Where all is ASCII, and where it is not.
    for letter in ['b', 'é'] {
        let texts = words(&['a', letter], 5);
        for pattern in words(&['a', letter, '*', '?'], 5) {
            let compiled = glob(&pattern.iter().collect::<String>());
            for text in &texts {
                let as_text: String = text.iter().collect();
                let expected = slow(&pattern, text);
                assert_eq!(compiled.matches(&as_text), expected, "{pattern:?} {text:?}");
                assert_eq!(compiled.matches_in(&often_asked(&as_text)), expected, "{pattern:?} {text:?}");
            }
        }
    }
}

/// A text of which the positions are known.
fn often_asked(text: &str) -> Searched<'_> {
    let searched = Searched::new(text);
    searched.asked.set(GLOBS_MIN);
    searched
}

#[test]
fn positions_are_found_across_words() {
    let text = format!("{}abc{}abd{}", "x".repeat(62), "y".repeat(61), "z".repeat(190));
    let searched = often_asked(&text);
    assert!(searched.positions().is_some());
    for (pattern, expected) in [
        ("*abc*", true),
        ("*abd*", true),
        ("*abc*abd*", true),
        ("*abd*abc*", false),
        ("*a?d*", true),
        ("*abe*", false),
        ("x*xabc*", true),
        ("*y*abd*z", true),
        ("*c?*?a*", true),
        ("*?abc?*", true),
        ("*abdz*zz", true),
        ("*zz?*z", true),
    ] {
        let compiled = glob(pattern);
        assert_eq!(compiled.matches_in(&searched), expected, "{pattern}");
        assert_eq!(compiled.matches(&text), expected, "{pattern}");
    }
    // What is found is not what the end takes.
    let end = "z".repeat(190);
    assert!(glob(&format!("*ab*d{end}")).matches_in(&searched));
    assert!(!glob(&format!("*abd*d{end}")).matches_in(&searched));
    let all = format!("*{}*", "?".repeat(63));
    assert!(glob(&format!("*x{all}z*")).matches_in(&searched));
    // Longer ones are searched.
    let long = "x".repeat(321);
    assert!(often_asked(&long).positions().is_none() && glob("*x*x").matches_in(&often_asked(&long)));
}

#[test]
fn a_glob_on_positions_takes_as_many_steps_as_it_has_letters() {
    let text = "a".repeat(64);
    let searched = often_asked(&text);
    for pattern in ["*a*a*a*a*a*a*b*", "*aaaaaaab*aaaaaaab*", "*?a?a?a?b*?"] {
        let compiled = glob(pattern);
        steps::COUNT.set(0);
        assert!(!compiled.matches_in(&searched));
        let steps = steps::COUNT.get();
        assert!((1..=pattern.len()).contains(&steps), "{steps} steps");
    }
}

#[test]
fn a_glob_takes_as_many_steps_as_the_text_is_long() {
    let text = "a".repeat(2000);
    for pattern in
        ["*a*a*a*a*a*a*a*a*b*", "*aaaaaaaaaaaaaaaaaab*", "*?a?a?a?a?a?a?a?a?a?b*", "*a?b*a?b*", "*??????b"]
    {
        let pattern = glob(pattern);
        steps::COUNT.set(0);
        assert!(!pattern.matches(&text));
        let steps = steps::COUNT.get();
        assert!((1..=2 * text.len()).contains(&steps), "{steps} steps");
    }
    // As many stars as a policy has room for.
    let pattern = glob(&("*a".repeat(1900) + "*?b*"));
    steps::COUNT.set(0);
    assert!(!pattern.matches(&text));
    assert!(steps::COUNT.get() <= 2 * text.len(), "{}", steps::COUNT.get());
}

#[test]
fn what_is_between_two_stars_is_bounded_where_it_is_mixed() {
    let most = "?".repeat(MIXED_CHARS_MAX);
    assert!(glob(&format!("*{most}*")).matches(&"x".repeat(64)));
    assert!(!glob(&format!("*{most}*")).matches(&"x".repeat(63)));
    let too_many = pieces(&format!("*{most}?*"), WILD).unwrap();
    let error = Glob::new(&too_many).unwrap_err();
    assert!(error.contains("65") && error.contains("64"), "{error}");
    // Elsewhere there is nothing to search.
    assert!(glob(&format!("{most}?*?{most}")).matches(&"x".repeat(130)));
}

#[test]
fn variables_have_names_defaults_and_ends() {
    let text = |text: &str| Piece::Text(text.to_owned());
    let cut = |text: &str| pieces(text, WILD);
    assert_eq!(cut("a${*}${?}${$}{b}").unwrap(), [text("a*?${b}")]);
    let variable = |key: &str, default: Option<&str>| Piece::Variable {
        key: key.to_owned(),
        default: default.map(str::to_owned),
    };
    assert_eq!(cut("${aws:UserName}").unwrap(), [variable("aws:username", None)]);
    assert_eq!(
        cut("x/${ aws:PrincipalTag/Team , 'it''s {*}' }/*").unwrap(),
        [text("x/"), variable("aws:principaltag/team", Some("it's {*}")), text("/"), Piece::Many]
    );
    for bad in ["${", "${}", "a${aws:username", "${a, b}", "${a, 'b}", "${, 'b'}", "${a*}", "${${a}}"] {
        assert!(cut(bad).is_err(), "{bad}");
    }
    let plain = pieces("${aws:username}*", Special { wildcards: false, variables: false });
    assert_eq!(plain.unwrap(), [text("${aws:username}*")]);
    // Signs of money are none.
    assert_eq!(cut("$5 {x}").unwrap(), [text("$5 {x}")]);
}
