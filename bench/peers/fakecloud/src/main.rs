//! fakecloud as shipped holds a hundred services; this is its Kinesis alone behind its own dispatcher, so that
//! what is measured is that and not the rest.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Extension, Router};
use fakecloud_core::dispatch::{DispatchConfig, dispatch};
use fakecloud_core::multi_account::MultiAccountState;
use fakecloud_core::registry::ServiceRegistry;
use fakecloud_kinesis::KinesisService;

const REGION: &str = "us-east-1";
const ACCOUNT: &str = "000000000000";

fn main() -> std::io::Result<()> {
    let address: SocketAddr = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| std::io::Error::other("usage: fakecloud-peer ADDRESS:PORT"))?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(address))
}

async fn serve(address: SocketAddr) -> std::io::Result<()> {
    let state = MultiAccountState::new(ACCOUNT, REGION, &format!("http://{address}"));
    let mut registry = ServiceRegistry::new();
    registry.register(Arc::new(KinesisService::new(Arc::new(parking_lot::RwLock::new(state)))));
    let app = Router::new()
        .fallback(dispatch)
        .layer(Extension(Arc::new(registry)))
        .layer(Extension(Arc::new(DispatchConfig::new(REGION, ACCOUNT))));
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
}
