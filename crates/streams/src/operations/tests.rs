use expect_test::expect_file;

use super::*;

#[test]
fn every_operation_has_the_row_that_it_should() {
    let mut rows = String::new();
    for &operation in Operation::ALL {
        let Row { served, actions, with_tags, resources, level, rate, page, a_day } = row(operation);
        assert_eq!(*served, operation.is_served(), "{operation:?}");
        rows += &format!("{}: {}{level:?}", operation.as_str(), if *served { "" } else { "absent " });
        actions.iter().for_each(|action| rows += &format!(" {action}"));
        with_tags.iter().for_each(|action| rows += &format!(" (with tags {action})"));
        resources.iter().for_each(|kind| rows += &format!(" {kind:?}"));
        match rate {
            Some(Rate::Account(rate)) => rows += &format!(", {rate}/s an account"),
            Some(Rate::Stream(rate)) => rows += &format!(", {rate}/s a stream"),
            None => {}
        }
        page.iter().for_each(|Page { default, max }| rows += &format!(", {default} of {max} a page"));
        a_day.iter().for_each(|times| rows += &format!(", {times} a day"));
        rows.push('\n');
    }
    expect_file!["rows.txt"].assert_eq(&rows);
}
