// Names of crates that people ask about and that the installed documentation says nothing of. Those that are also words of
// Rust or English (time, log, bytes, url, image) are left out: they would refuse what is known.

const names = new Set(
  `serde serde_json serde_yaml tokio async_std smol hyper reqwest axum actix actix_web actix-web warp rocket tonic prost tower clap structopt argh anyhow thiserror eyre
  color_eyre miette snafu tracing env_logger log4rs slog rayon crossbeam parking_lot dashmap itertools indexmap petgraph ndarray nalgebra polars
  rand rand_distr thread_rng chrono regex nom pest winnow lalrpop logos syn quote proc_macro2 darling strum derive_more diesel sqlx sea_orm seaorm rusqlite redis
  mongodb tokio_postgres rocksdb sled bevy wgpu winit egui iced druid gtk tauri leptos yew dioxus wasm_bindgen wasm-bindgen web_sys js_sys pyo3 neon napi cxx bindgen
  cbindgen autocxx criterion proptest quickcheck insta rstest mockall wiremock lazy_static once_cell bitflags smallvec arrayvec tinyvec hashbrown uuid
  base64 rustls openssl ring native_tls lettre askama tera handlebars minijinja pulldown_cmark syntect crossterm ratatui termion indicatif dialoguer
  tempfile walkdir globset notify rayon flume async_trait async-trait async_graphql async-graphql juniper graphql utoipa schemars jsonschema validator embassy
  embedded_hal rtic defmt probe-rs cortex_m heapless smoltcp abi_stable libloading inventory ctor rkyv bincode postcard ciborium candle burn tch linfa
  tantivy datafusion arrow parquet kube aws_sdk opentelemetry metrics prometheus grpc protobuf flatbuffers capnp zerocopy bytemuck nix rustix libc winapi
  mio tungstenite quinn libp2p solana substrate ethers cargo-expand cargo_expand cargo-make nextest cargo-nextest trybuild miniz flate2 zstd lz4 memmap2 backtrace
  futures_util futures-util tokio_util tokio_stream pin_project pin-project derivative educe typetag dyn_clone dyn-clone erased_serde object_store rust_decimal`
    .split(/\s+/)
    .filter(Boolean),
);

/** Names of such crates in a question, in its order. A path of std (`std::x`) is none. */
export function crateNamesIn(question: string): string[] {
  return (question.toLowerCase().match(/[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*/g) ?? []).filter((word) => names.has(word));
}
