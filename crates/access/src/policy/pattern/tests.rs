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

/// The textbook's for long texts, by a table: `None` is `?`, and an outer `None` is `*`.
fn by_table(pattern: &[Option<Option<char>>], text: &[char]) -> bool {
    let mut fits = vec![false; text.len() + 1];
    fits[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match wanted {
                None => fits[at] || at > 0 && next[at - 1],
                Some(wanted) => at > 0 && fits[at - 1] && wanted.is_none_or(|wanted| wanted == text[at - 1]),
            };
        }
        fits = next;
    }
    fits[text.len()]
}

/// Texts and segments whose lengths are about those of a word and of all words; with characters that codes use for themselves,
/// and with others than ASCII.
#[test]
fn globs_match_across_words_what_the_textbook_says() {
    let mut seed = 1u64;
    let mut draw = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let mut matched = 0;
    for round in 0..3000 {
        let letters = [['a', 'b'], ['a', 'a'], ['a', '\0'], ['a', '\u{1}'], ['a', 'é']][round % 5];
        let length =
            [1, 5, 62, 63, 64, 65, 66, 127, 128, 129, 130, 191, 192, 193, 318, 319, 320, 321][draw(18)];
        // Mostly the first of the two, so that long segments are found.
        let text: Vec<char> = (0..length).map(|_| letters[usize::from(draw(8) == 0)]).collect();
        // Pieces of the text with `*` between them, at times changed, at times with `?` in them.
        let (mut pattern, mut at) = (Vec::new(), 0);
        while at <= length && pattern.len() < 400 {
            let end = length.min(at + [0, 1, 2, 3, 30, 62, 63, 64, 65, 66, 128][draw(11)]);
            pattern.extend(text[at..end].iter().map(|char| Some((draw(40) != 0).then_some(*char))));
            if let (0, Some(last)) = (draw(6), pattern.last_mut()) {
                *last = Some(Some(letters[1]));
            }
            if end < length || draw(2) == 0 {
                pattern.push(None);
            }
            at = end + [0, 1, 1, 2, 40, 64][draw(6)] + usize::from(end == length);
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for wanted in &pattern {
            match (wanted, pieces.last_mut()) {
                (Some(Some(char)), Some(Piece::Text(text))) => text.push(*char),
                (Some(Some(char)), _) => pieces.push(Piece::Text(char.to_string())),
                (Some(None), _) => pieces.push(Piece::One),
                (None, _) => pieces.push(Piece::Many),
            }
        }
        // Too many characters between two `*` with a `?` among them.
        let Ok(glob) = Glob::new(&pieces) else { continue };
        let (expected, text): (bool, String) = (by_table(&pattern, &text), text.iter().collect());
        assert_eq!(glob.matches(&text), expected, "{pieces:?} {text:?}");
        assert_eq!(glob.matches_in(&often_asked(&text)), expected, "{pieces:?} {text:?}");
        matched += usize::from(expected);
    }
    assert!((500..2500).contains(&matched), "{matched} of them match");
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

/// A request of which each key has a list of one value.
struct ListOfOne([String; 1]);

impl Facts for ListOfOne {
    fn get(&self, _: &str) -> Option<Fact<'_>> {
        Some(Fact::Many(&self.0))
    }
}

#[test]
fn a_list_of_one_value_is_put_in_for_a_variable() {
    let facts = ListOfOne(["red".to_owned()]);
    let resolved = resolved(&pieces("${aws:PrincipalTag/Team}-*", WILD).unwrap(), &facts);
    let red = [Piece::Text("red".to_owned()), Piece::Text("-".to_owned()), Piece::Many];
    assert_eq!(resolved.as_deref(), Some(&red[..]));
}
