//! What is right up to a moment or a place, and wrong from the next one on.

use super::*;

const SECOND_MS: u64 = 1000;

impl Made {
    /// As a crash between file and chain leaves it, or a stranger: there, and in no digest to come.
    fn lay(&mut self, at_ms: u64) -> String {
        let lines = self.lines(1);
        let file = log_file(&self.location, at_ms, Holds::Events, lines).unwrap();
        self.objects.put(&file.bucket, &file.key, &file.object).unwrap();
        file.key
    }

    /// Delivers a file at that time with one event, of that time.
    fn add(&mut self, at_ms: u64, event_ms: u64) -> String {
        let line = self.lines(1).remove(0).1;
        let file = log_file(&self.location, at_ms, Holds::Events, [(event_ms, line)]).unwrap();
        self.objects.put(&file.bucket, &file.key, &file.object).unwrap();
        self.chain.add(&file);
        file.key
    }

    /// What a chain cannot do by itself, and who has the key and another program can.
    fn edit(&mut self, edit: impl FnOnce(&mut serde_json::Value)) {
        let mut chain = serde_json::to_value(&self.chain).unwrap();
        edit(&mut chain);
        self.chain = serde_json::from_value(chain).unwrap();
    }

    fn is_valid(&self) -> bool {
        self.verify_plain(&self.anchored()).findings.is_empty()
    }

    fn found(&self) -> Vec<(What, String)> {
        let verified = self.verify_plain(&self.anchored());
        whats(&verified).into_iter().map(|(what, file)| (what, file.to_owned())).collect()
    }
}

fn has_note(verified: &Verified, part: &str) -> bool {
    verified.notes.iter().any(|note| note.contains(part))
}

#[test]
fn a_finding_is_a_sentence_that_begins_with_the_file() {
    let made = Made::three();
    let gone = &made.digests[0].1[0];
    fs::remove_file(made.plain(gone)).unwrap();
    let verified = made.verify_plain(&made.anchored());
    let by = &made.digests[0].0;
    assert_eq!(verified.findings[0].to_string(), format!("bucket/{gone} was removed: bucket/{by} names it"));
}

#[test]
fn files_that_are_none_of_a_trails_are_counted() {
    let made = Made::three();
    // Such as somebody may have written, and such as no key has.
    let (foreign, other, unreadable) = ("mine.json.gz", "AWSLogs/mine.json.gz", "100%.json.gz");
    for (names, count) in [
        (&[][..], None),
        (&[foreign], Some("1 files are")),
        (&[unreadable], Some("1 files are")),
        (&[foreign, unreadable], Some("2 files are")),
        (&[foreign, other, unreadable], Some("3 files are")),
    ] {
        names.iter().for_each(|name| fs::write(made.plain(name), "x").unwrap());
        let verified = made.verify_plain(&made.anchored());
        assert_eq!(verified.findings, []);
        let notes: Vec<&String> =
            verified.notes.iter().filter(|note| note.contains("none of a trail's")).collect();
        match count {
            None => assert!(notes.is_empty(), "{notes:?}"),
            Some(count) => assert!(notes.len() == 1 && notes[0].starts_with(count), "{notes:?}"),
        }
        names.iter().for_each(|name| fs::remove_file(made.plain(name)).unwrap());
    }
}

#[test]
fn retention_excuses_what_is_older_than_its_minute_and_not_what_is_of_it() {
    let mut made = Made::three();
    made.hour(3);
    made.hour(0);
    // Of 06:05, 06:10 and 06:15; up to 06:10 it goes.
    let files = made.digests[3].1.clone();
    made.objects.retain(made.now_ms, HOUR_MS + 50 * MINUTE_MS, u64::MAX).unwrap();
    assert!(!made.plain(&files[0]).exists() && made.plain(&files[1]).exists());
    assert!(made.is_valid());
    fs::remove_file(made.plain(&files[1])).unwrap();
    assert_eq!(made.found(), [(What::Removed, files[1].clone())]);
}

#[test]
fn of_what_no_digest_names_retention_excuses_what_it_is_about_to_remove() {
    let mut made = Made::three();
    made.hour(3);
    made.hour(0);
    let floor_ms = AT_MS + 3 * HOUR_MS + 10 * MINUTE_MS;
    made.objects.retain(made.now_ms, made.now_ms - floor_ms, u64::MAX).unwrap();
    for minutes in [1, 2, 30] {
        made.lay(floor_ms - minutes * MINUTE_MS);
    }
    assert!(made.is_valid());
    let strange = made.lay(floor_ms);
    assert_eq!(made.found(), [(What::NotNamed, strange)]);
}

#[test]
fn a_key_that_is_not_known_is_said_to_be_none_of_those_that_lie_there() {
    let made = Made::three();
    let other = SigningKey::generate(0, 1).unwrap();
    made.objects.put_public_keys(&[other.public().clone()]).unwrap();
    let verified = made.verify_plain(&made.anchored());
    assert_eq!(verified.findings.len(), 3);
    for finding in &verified.findings {
        let why =
            format!("is signed with key {}, which is none of public-keys.json", key().public().fingerprint);
        assert_eq!((finding.what, &finding.why), (What::Key, &why));
    }
}

#[test]
fn a_chain_that_does_not_say_what_was_before_is_told_but_for_the_first() {
    let mut made = Made::three();
    let part = "begins a chain, and does not say what was before";
    assert!(!has_note(&made.verify_plain(&made.anchored()), part));
    made.chain = Chain::new(made.now_ms);
    let second = made.hour(0);
    let verified = made.verify_plain(&made.anchored());
    assert_eq!(verified.findings, []);
    assert!(has_note(&verified, &format!("bucket/{second} {part}")), "{:?}", verified.notes);
}

#[test]
fn a_digest_that_was_signed_anew_is_found_by_the_next_one_also_of_another_chain() {
    for is_started_again in [false, true] {
        let mut made = Made::three();
        let before = made.chain.clone();
        let replaced = made.hour(1);
        if is_started_again {
            made.chain = made.chain.started_again(made.now_ms);
        }
        made.hour(0);
        assert!(made.is_valid());
        // By somebody who has the key, and no anchors are there.
        let file = fs::read(made.plain(&made.digests[3].1[0])).unwrap();
        (made.chain, made.now_ms) = (before, made.now_ms - HOUR_MS);
        assert_eq!(made.digest(), replaced);
        let verified = made.verify_plain(&VerifyOptions::default());
        assert!(!file.is_empty() && whats(&verified).contains(&(What::TwoChains, replaced.as_str())));
        let finding =
            verified.findings.iter().find(|finding| finding.file == format!("bucket/{replaced}")).unwrap();
        assert!(finding.why.ends_with("another one was in its place"), "{finding}");
    }
}

#[test]
fn a_digest_that_names_another_hash_of_the_one_before_it_is_found() {
    let mut made = Made::three();
    made.edit(|chain| chain["previous"]["hash"] = "0".repeat(64).into());
    made.hour(0);
    assert_eq!(made.found(), [(What::TwoChains, made.digests[2].0.clone())]);
}

#[test]
fn a_digest_that_begins_before_the_one_before_it_ends_is_found() {
    for (step_ms, is_found) in [(-1000, true), (0, false), (1000, false)] {
        let mut made = Made::three();
        made.edit(|chain| {
            let begin_ms = chain["beginMs"].as_u64().unwrap().checked_add_signed(step_ms).unwrap();
            chain["beginMs"] = begin_ms.into();
        });
        let key = made.hour(0);
        let expected = if is_found { vec![(What::ClockSetBack, key)] } else { Vec::new() };
        assert_eq!(made.found(), expected, "{step_ms} ms");
    }
    let mut made = Made::three();
    made.edit(|chain| chain["beginMs"] = (AT_MS + 3 * HOUR_MS - 1000).into());
    made.hour(0);
    let why = "begins at 2026-11-30T05:59:59Z, and the digest before it ends at 2026-11-30T06:00:00Z: the clock was set \
               back";
    assert_eq!(made.verify_plain(&made.anchored()).findings[0].why, why);
}

#[test]
fn a_log_file_may_be_as_old_as_two_minutes_before_its_digest() {
    for (minutes, is_found) in [(0, false), (1, false), (2, false), (3, true), (60, true)] {
        let mut made = Made::new();
        let key = made.add(AT_MS - minutes * MINUTE_MS, AT_MS);
        made.now_ms += HOUR_MS;
        made.digest();
        let expected = if is_found { vec![(What::ClockSetBack, key)] } else { Vec::new() };
        assert_eq!(made.found(), expected, "{minutes} minutes");
    }
}

#[test]
fn an_event_may_be_as_late_as_a_minute_after_its_digest() {
    for (seconds, is_found) in [(0, false), (59, false), (60, false), (61, true)] {
        let mut made = Made::new();
        let end_ms = AT_MS + HOUR_MS;
        let key = made.add(AT_MS + MINUTE_MS, end_ms + seconds * SECOND_MS);
        made.now_ms = end_ms;
        made.digest();
        let expected = if is_found { vec![(What::ClockSetBack, key)] } else { Vec::new() };
        assert_eq!(made.found(), expected, "{seconds} s");
    }
}

#[test]
fn events_of_a_file_may_be_as_old_as_a_minute_before_those_of_the_file_before() {
    for (seconds, is_found) in [(0, false), (59, false), (60, false), (61, true)] {
        // In one digest, and in two.
        for digests in [1, 2] {
            let mut made = Made::new();
            let event_ms = AT_MS + 30 * MINUTE_MS;
            made.add(event_ms, event_ms);
            made.now_ms = event_ms;
            if digests == 2 {
                made.digest();
            }
            let key = made.add(event_ms + MINUTE_MS, event_ms - seconds * SECOND_MS);
            made.now_ms += 5 * MINUTE_MS;
            made.digest();
            let expected = if is_found { vec![(What::ClockSetBack, key)] } else { Vec::new() };
            assert_eq!(made.found(), expected, "{seconds} s in {digests} digests");
        }
    }
}

#[test]
fn a_log_file_that_two_digests_name_has_one_hash() {
    for (is_same, why) in [(true, None), (false, Some("has one hash in"))] {
        let mut made = Made::new();
        made.deliver();
        let added = serde_json::to_value(&made.chain).unwrap()["files"][0].clone();
        let first = made.hour(0);
        made.edit(|chain| {
            chain["files"] = serde_json::json!([added]);
            if !is_same {
                chain["files"][0]["hash"] = "0".repeat(64).into();
            }
        });
        let second = made.hour(0);
        // It is an hour older than the second digest.
        let verified = made.verify_plain(&made.anchored());
        let findings: Vec<&Finding> =
            verified.findings.iter().filter(|finding| finding.what != What::ClockSetBack).collect();
        match why {
            None => assert!(findings.is_empty(), "{findings:?}"),
            Some(_) => {
                let why = format!("has one hash in bucket/{first} and another one in bucket/{second}");
                assert_eq!((findings.len(), findings[0].what, &findings[0].why), (1, What::TwoChains, &why));
            }
        }
    }
}

#[test]
fn an_anchored_digest_that_was_changed_is_found_once() {
    let made = Made::three();
    let second = &made.digests[1].0;
    let path = made.plain(second);
    let whole = fs::read(&path).unwrap();
    // With a signature that is another digest's.
    let mut content = Vec::new();
    gzip::unpack(&whole, u64::MAX, |part| content.extend_from_slice(part)).unwrap();
    let comment = format!("{}{}", digest::COMMENT, made.anchors[0].signature);
    fs::write(&path, gzip::pack(&content, &comment)).unwrap();
    assert_eq!(made.found(), [(What::Changed, second.clone())]);
    // With what cannot be read.
    fs::write(&path, "x").unwrap();
    assert_eq!(made.found(), [(What::Changed, second.clone())]);
    // Of another one it says nothing.
    let last = &made.digests[2].0;
    fs::remove_file(made.plain(last)).unwrap();
    let found = made.found();
    assert!(found.contains(&(What::Changed, second.clone())), "{found:?}");
    assert!(found.contains(&(What::CutTail, last.clone())), "{found:?}");
}

#[test]
fn an_anchor_of_the_newest_digests_second_elsewhere_is_of_another_chain() {
    let made = Made::three();
    let newest = made.anchors[2].clone();
    // Under another prefix.
    let elsewhere = Anchor { key: format!("p/{}", newest.key), ..newest };
    let anchors = [elsewhere.clone()];
    let verified = made.verify_plain(&VerifyOptions { anchors: &anchors, ..VerifyOptions::default() });
    assert_eq!(whats(&verified), [(What::TwoChains, elsewhere.key.as_str())]);
    assert_eq!(verified.chains[0].anchors, 0);
}

#[test]
fn digests_after_the_newest_anchor_are_told() {
    let made = Made::three();
    let part = "digests after 2026-11-30T05:00:00Z have no anchor";
    for (anchors, is_told) in [(&made.anchors[..2], true), (&made.anchors[..], false)] {
        let verified = made.verify_plain(&VerifyOptions { anchors, ..VerifyOptions::default() });
        assert_eq!(verified.findings, []);
        assert_eq!(has_note(&verified, part), is_told, "{:?}", verified.notes);
        assert_eq!(has_note(&verified, "have no anchor"), is_told, "{:?}", verified.notes);
    }
}

#[test]
fn a_strange_file_is_found_whichever_trail_is_asked_for_if_it_is_that_ones() {
    let mut made = Made::three();
    let strange = made.lay(AT_MS + 30 * MINUTE_MS);
    for (trail, is_found) in [(None, true), (Some("t"), true), (Some("u"), false)] {
        let verified = made.verify_plain(&VerifyOptions { trail, ..made.anchored() });
        let expected = if is_found { vec![(What::NotNamed, strange.as_str())] } else { Vec::new() };
        assert_eq!(whats(&verified), expected, "{trail:?}");
    }
    // It does not say whose it is.
    let path = made.plain(&strange);
    let mut content = Vec::new();
    gzip::unpack(&fs::read(&path).unwrap(), u64::MAX, |part| content.extend_from_slice(part)).unwrap();
    fs::write(&path, gzip::pack(&content, "")).unwrap();
    for (trail, is_found) in [(None, true), (Some("t"), false)] {
        let verified = made.verify_plain(&VerifyOptions { trail, ..made.anchored() });
        assert_eq!(verified.findings.len(), usize::from(is_found), "{trail:?}");
    }
}

#[test]
fn a_log_file_of_the_minute_in_which_the_newest_digest_ended_may_be_in_the_next_one() {
    // The digest ends at 06:00:00, or half a minute later.
    for (seconds, minute_before_is_found) in [(0, true), (30, true)] {
        for (minutes, is_found) in [(-1_i64, minute_before_is_found), (0, false), (1, false)] {
            let mut made = Made::three();
            made.now_ms += seconds * SECOND_MS;
            let end_ms = made.now_ms;
            if seconds > 0 {
                made.digest();
            }
            let minute_ms = end_ms / MINUTE_MS * MINUTE_MS;
            let key = made.lay(minute_ms.checked_add_signed(minutes * 60_000).unwrap());
            let verified = made.verify_plain(&made.anchored());
            let expected = if is_found { vec![(What::NotNamed, key.as_str())] } else { Vec::new() };
            assert_eq!(whats(&verified), expected, "{minutes} minutes, {seconds} s");
            assert_eq!(verified.chains[0].not_yet, u64::from(!is_found));
        }
    }
}

#[test]
fn between_two_chains_is_from_the_one_ones_last_minute_to_the_other_ones_first() {
    // The first chain ends at 06:00 and the second one begins at 07:00.
    for (minutes, is_between) in [(-1_i64, false), (0, true), (30, true), (60, true), (61, false)] {
        let mut made = Made::three();
        let end_ms = made.now_ms;
        made.now_ms += HOUR_MS;
        made.chain = made.chain.started_again(made.now_ms);
        made.hour(0);
        let key = made.lay(end_ms.checked_add_signed(minutes * 60_000).unwrap());
        let verified = made.verify_plain(&made.anchored());
        let expected = if is_between { Vec::new() } else { vec![(What::NotNamed, key.as_str())] };
        assert_eq!(
            (whats(&verified), verified.chains[0].without),
            (expected, u64::from(is_between)),
            "{minutes}"
        );
    }
}

#[test]
fn of_a_file_with_another_ones_content_it_is_said_whose_that_is() {
    let mut made = Made::new();
    made.hour(3);
    let files = made.digests[0].1.clone();
    let whole = fs::read(made.plain(&files[1])).unwrap();
    fs::copy(made.plain(&files[2]), made.plain(&files[1])).unwrap();
    let finding =
        |key: &str, what, why: &str| Finding { what, file: format!("bucket/{key}"), why: why.to_owned() };
    let copied =
        format!("has the content of bucket/{}: it was copied here, or the two were swapped", files[2]);
    assert_eq!(made.verify_plain(&made.anchored()).findings, [finding(&files[1], What::Moved, &copied)]);
    // The first one's content is nobody's.
    let strange = gzip::pack(b"{\"Records\":[]}", "");
    fs::write(made.plain(&files[0]), &strange).unwrap();
    let by = &made.digests[0].0;
    let changed = format!("has changed: the SHA-256 of its content is not the one that bucket/{by} names");
    assert_eq!(
        made.verify_plain(&made.anchored()).findings,
        [finding(&files[0], What::Changed, &changed), finding(&files[1], What::Moved, &copied)]
    );
    fs::write(made.plain(&files[1]), whole).unwrap();
    assert_eq!(made.verify_plain(&made.anchored()).findings, [finding(&files[0], What::Changed, &changed)]);
}

#[test]
fn a_file_that_was_delivered_again_is_known_by_all_its_events_and_by_none_less() {
    // The second event is in no other file.
    for (events, is_found) in [(&[0][..], false), (&[0, 1], true), (&[1], true)] {
        let mut made = Made::new();
        let lines = made.lines(2);
        let known = log_file(&LOCATION, AT_MS + MINUTE_MS, Holds::Events, [lines[0].clone()]).unwrap();
        made.objects.put(&known.bucket, &known.key, &known.object).unwrap();
        made.chain.add(&known);
        made.now_ms += HOUR_MS;
        made.digest();
        let lines: Vec<_> = events.iter().map(|at| lines[*at].clone()).collect();
        let again = log_file(&LOCATION, AT_MS + 2 * MINUTE_MS, Holds::Events, lines).unwrap();
        made.objects.put(&again.bucket, &again.key, &again.object).unwrap();
        let expected = if is_found { vec![(What::NotNamed, again.key)] } else { Vec::new() };
        assert_eq!(made.found(), expected, "{events:?}");
    }
}
