//! A program that says the root key: how its line is read, and what it may take of time and bytes.

use std::io::{self, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use crate::source::TEXT_BYTES_MAX;

/// A program that asks somebody far away has this long.
const TIME_MAX: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A line that is not made of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWords {
    #[error("a quotation mark has no second one")]
    OpenQuote,
    #[error("a backslash stands at the end")]
    OpenEscape,
}

/// Why a program said no root key.
#[derive(Debug, thiserror::Error)]
pub enum CommandFailed {
    #[error("cannot be run: {0}")]
    Run(#[from] io::Error),
    #[error("was not done after {} seconds", TIME_MAX.as_secs())]
    TimedOut,
    #[error("ended with status {0}")]
    Status(i32),
    #[error("was ended by signal {0}")]
    Signal(i32),
}

/// Words between white space. A backslash takes away the meaning of what follows it, and so do single quotation marks of
/// all between them; double ones leave the backslash its. There is no shell: no variables, no patterns, no pipes.
pub(crate) fn words(line: &str) -> Result<Vec<String>, NotWords> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_ascii_whitespace() => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(rest.next().ok_or(NotWords::OpenEscape)?),
            quote @ ('\'' | '"') => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or(NotWords::OpenQuote)? {
                        c if c == quote => break,
                        '\\' if quote == '"' => word.push(rest.next().ok_or(NotWords::OpenQuote)?),
                        c => word.push(c),
                    }
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// What the program writes to its standard output, up to a byte more than a key may have. Its standard error is ours.
pub(crate) fn output(words: &[String]) -> Result<Zeroizing<Vec<u8>>, CommandFailed> {
    output_within(words, TIME_MAX)
}

fn output_within(words: &[String], time: Duration) -> Result<Zeroizing<Vec<u8>>, CommandFailed> {
    let until = Instant::now() + time;
    let (program, arguments) =
        words.split_first().ok_or(io::ErrorKind::InvalidInput).map_err(io::Error::from)?;
    let mut command = Command::new(program);
    // A group of its own, so that what it started ends with it.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    let mut child = command.spawn()?;
    let (say, said) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // Not waited for: somebody else may hold the pipe open.
        std::thread::Builder::new().name("root-key".to_owned()).spawn(move || {
            let mut text = Zeroizing::new(Vec::with_capacity(TEXT_BYTES_MAX + 1));
            let read = stdout.take(TEXT_BYTES_MAX as u64 + 1).read_to_end(&mut text);
            let _ = say.send(read.map(|_| text));
        })?;
    }
    let text = said.recv_timeout(until.saturating_duration_since(Instant::now()));
    let Ok(text) = text else { return Err(end(child)) };
    let text = text?;
    if text.len() > TEXT_BYTES_MAX {
        // It is too long whatever else comes, and the program may wait for a reader.
        end(child);
        return Ok(text);
    }
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() >= until => return Err(end(child)),
            None => std::thread::sleep(LOOK_AGAIN),
        }
    };
    if status.success() { Ok(text) } else { Err(failed(status)) }
}

fn failed(status: ExitStatus) -> CommandFailed {
    match (status.code(), status.signal()) {
        (Some(code), _) => CommandFailed::Status(code),
        (None, signal) => CommandFailed::Signal(signal.unwrap_or_default()),
    }
}

fn end(mut child: Child) -> CommandFailed {
    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    let _ = child.kill();
    let _ = child.wait();
    CommandFailed::TimedOut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Vec<String> {
        words(line).unwrap()
    }

    #[test]
    fn a_line_is_words_without_a_shell() {
        assert_eq!(
            of(r#" vault  read -field=k 'a b' "c \"d\" 'e'" f\ g '' $HOME * "#),
            ["vault", "read", "-field=k", "a b", "c \"d\" 'e'", "f g", "", "$HOME", "*"]
        );
        assert!(of("  ").is_empty());
        assert_eq!(words("a 'b"), Err(NotWords::OpenQuote));
        assert_eq!(words("a \"b\\"), Err(NotWords::OpenQuote));
        assert_eq!(words("a \\"), Err(NotWords::OpenEscape));
    }

    #[test]
    fn what_a_program_writes_is_taken_when_it_succeeds() {
        let text = output(&of("printf %s hello")).unwrap();
        assert_eq!(&text[..], b"hello");
        let failed = |line: &str| output(&of(line)).unwrap_err().to_string();
        assert_eq!(failed("sh -c 'echo secret; exit 3'"), "ended with status 3");
        assert_eq!(failed("sh -c 'kill -9 $$'"), "was ended by signal 9");
        assert!(failed("/absent/program").starts_with("cannot be run: "));
    }

    #[test]
    fn a_program_has_so_many_bytes_and_so_much_time() {
        assert_eq!(output(&of("yes")).unwrap().len(), TEXT_BYTES_MAX + 1);
        let within =
            |line: &str| output_within(&of(line), Duration::from_millis(300)).unwrap_err().to_string();
        assert_eq!(within("sleep 600"), "was not done after 30 seconds");
        // What it leaves behind holds the pipe.
        assert_eq!(within("sh -c 'sleep 600 & exit 0'"), "was not done after 30 seconds");
    }
}
