// Names of crates that people ask about and that the installed documentation says nothing of. Those that are also words of
// Rust or English (time, log, bytes, url, image) are left out: they would refuse what is known.
import { readFileSync } from 'node:fs';
import { termsOf } from './index/terms.ts';

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

/** Crates of the training snapshot's lock file (`npm run eval -- namesakes`): names that come to nobody's mind. */
let locked: ReadonlySet<string> | null = null;
/** Such a name is taken for a word where more sections use it. */
const mostSections = 2;

/**
 * Names of such crates in a question, in its order. `frequency` says how many sections of the documentation hold a word: a
 * crate of the long list counts where hardly any do.
 */
export function crateNamesIn(question: string, frequency: (term: string) => number): string[] {
  locked ??= new Set(JSON.parse(readFileSync(new URL('crates.json', import.meta.url), 'utf8')) as string[]);
  const long = locked;
  return (question.toLowerCase().match(/[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*/g) ?? []).filter((word) => {
    if (names.has(word)) return true;
    const known = long.has(word) || long.has(word.replaceAll('_', '-')) || long.has(word.replaceAll('-', '_'));
    const terms = termsOf(word);
    // A word that is no term (`which`, `either`) names nothing.
    return known && word.length > 3 && terms.length > 0 && terms.every((term) => frequency(term) <= mostSections);
  });
}
