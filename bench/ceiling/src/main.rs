//! The ceiling: what any server on this HTTP library can reach. It reads each request whole and sends a canned
//! answer of the size that a real one has; with `--work` it also does what no server can leave out, decoding
//! the data from base64 and hashing the body for the signature.
//!
//! It tells the operations apart by their target header, and takes the number of records from a header of the
//! load generator, since parsing the body is what it must not do.

mod canned;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};

use crate::canned::Canned;

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[arg(long)]
    listen: SocketAddr,
    /// Decode the data from base64 and hash the body with SHA-256.
    #[arg(long)]
    work: bool,
}

fn main() -> std::io::Result<()> {
    let cli = Cli::parse();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(cli))
}

async fn serve(cli: Cli) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(cli.listen).await?;
    let canned = Arc::new(Canned::new());
    println!("ready on {}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let canned = canned.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, canned.clone(), cli.work));
            // A client that goes away in the middle is no concern of this server.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    canned: Arc<Canned>,
    work: bool,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if work {
        std::hint::black_box(Sha256::digest(&body));
        std::hint::black_box(decode_all(&body));
    }
    let operation = text("x-amz-target").rsplit('.').next().unwrap_or_default();
    let records = text("x-bench-records").parse().unwrap_or(1);
    let mut response = Response::new(Full::new(canned.answer(operation, records)));
    let content_type = hyper::header::HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, content_type);
    Ok(response)
}

/// Decodes every `Data` member into one buffer, as a server would that copies records once.
fn decode_all(body: &[u8]) -> Vec<u8> {
    const NAME: &[u8] = b"\"Data\":\"";
    let mut decoded = Vec::with_capacity(body.len());
    for at in memchr::memmem::find_iter(body, NAME) {
        let data = &body[at + NAME.len()..];
        let end = memchr::memchr(b'"', data).unwrap_or(data.len());
        let _ = base64_simd::STANDARD.decode_append(&data[..end], &mut decoded);
    }
    decoded
}
