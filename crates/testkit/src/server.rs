//! The program of the crate that is tested: as a server, and as commands that are tried on it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use flumen_client::{Answered, Client, ClientSettings, Environment};
use flumen_protocol::kinesis::{CreateStreamInput, MergeShardsInput, SplitShardInput};
use flumen_protocol::{Encode, Input, Operation};

/// A running server, killed when it is dropped.
pub struct Server {
    child: Child,
    pub endpoint: String,
    /// With `--tls`.
    pub secure_endpoint: Option<String>,
    /// All, in the order of its listeners.
    pub endpoints: Vec<String>,
}

impl Server {
    /// In memory, without limits.
    pub fn start() -> Self {
        Self::start_with(&["--ephemeral"])
    }

    /// Without limits, unless the settings say otherwise.
    pub fn start_with(settings: &[&str]) -> Self {
        Self::start_logging(settings, "error", Stdio::inherit())
    }

    /// Which logs what the filter lets pass.
    pub fn start_logging(settings: &[&str], filter: &str, log: Stdio) -> Self {
        let limits = if settings.contains(&"--limits") { &[][..] } else { &["--limits", "off"] };
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--log", filter])
            .args(limits)
            .args(settings)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with("ready "), "{ready:?}");
        let endpoints = ready.split_whitespace().filter(|word| word.starts_with("http")).map(str::to_owned);
        let endpoints: Vec<String> = endpoints.collect();
        let secure_endpoint = endpoints.iter().find(|endpoint| endpoint.starts_with("https:")).cloned();
        Server { child, endpoint: endpoints[0].clone(), secure_endpoint, endpoints }
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    /// What of its memory is resident.
    pub fn resident_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// A command that knows nothing but this server.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        command.args(args).env_clear().env("FLUMEN_ENDPOINT", &self.endpoint);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Done {
        Done::of(self.command(args).output().unwrap())
    }

    pub fn run_with(&self, args: &[&str], input: impl AsRef<[u8]>) -> Done {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // A command that fails at once does not read.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        Done::of(child.wait_with_output().unwrap())
    }

    pub fn client(&self) -> Client {
        let environment = Environment { variable: &|_| None, file: &|_| None };
        Client::new(&environment, Some(&self.endpoint), None, ClientSettings::default()).unwrap()
    }

    pub fn call<'i, I: Input<'i, Operation = Operation> + Encode>(&self, input: &I) -> Answered<I::Static> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.client().call(input)).unwrap()
    }

    pub fn create(&self, name: &str, shards: i32) {
        let input = CreateStreamInput {
            stream_name: name.into(),
            shard_count: Some(shards),
            ..CreateStreamInput::default()
        };
        self.call(&input);
    }

    pub fn split(&self, name: &str, shard: &str, at: u128) {
        let input = SplitShardInput {
            stream_name: Some(name.into()),
            shard_to_split: shard.into(),
            new_starting_hash_key: at.to_string().into(),
            stream_arn: None,
        };
        self.call(&input);
    }

    pub fn merge(&self, name: &str, shard: &str, adjacent: &str) {
        let input = MergeShardsInput {
            stream_name: Some(name.into()),
            shard_to_merge: shard.into(),
            adjacent_shard_to_merge: adjacent.into(),
            ..MergeShardsInput::default()
        };
        self.call(&input);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `flumen` as cargo built it for the tests that run, which are those of its own crate.
pub fn program() -> Command {
    Command::new(
        std::env::var_os("CARGO_BIN_EXE_flumen").expect("cargo names the program to its crate's tests"),
    )
}

/// What the program makes of these arguments, without a server.
pub fn flumen(args: &[&str]) -> Done {
    Done::of(program().args(args).env_clear().output().unwrap())
}

/// What a command has left behind.
#[derive(Debug)]
pub struct Done {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Done { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Of standard output, of a success.
    #[track_caller]
    pub fn lines(&self) -> Vec<&str> {
        assert_eq!(self.status, Some(0), "{self:?}");
        self.stdout.lines().collect()
    }

    #[track_caller]
    pub fn sorted(&self) -> Vec<&str> {
        let mut lines = self.lines();
        lines.sort_unstable();
        lines
    }

    #[track_caller]
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.lines().into_iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    pub fn fails(&self, status: i32, with: &str) {
        assert_eq!(self.status, Some(status), "{self:?}");
        assert!(self.stderr.contains(with), "{self:?}");
    }
}

/// Waits until the child is done, and kills it when that takes too long.
pub fn finish(mut child: Child) -> Done {
    for _ in 0..600 {
        if child.try_wait().unwrap().is_some() {
            return Done::of(child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    panic!("not done after 30 s: {:?}", Done::of(child.wait_with_output().unwrap()));
}
