//! The event log: a hash of the day, and the day as a Parquet table.

use super::{Event, Kind, Sink};
use crate::disk;
use crate::error::{Error, Fault, Result};
use crate::id::{LinkId, PersonId};
use crate::table;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Bytes of an event in the hash: time (4), person (4), kind (1), link (4), little-endian.
pub const HASHED_BYTES: usize = 13;

/// Events of a row group on disk: 4 MiB in memory.
const BATCH: usize = 1 << 18;
/// Batches that may wait for the disk before the day waits too.
const BACKLOG: usize = 4;
/// Bytes gathered before they are hashed; blake3 is fastest on long pieces.
const HASH_BUFFER: usize = 1 << 16;

/// What a day's events came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// blake3 over the [`HASHED_BYTES`] bytes of each event in the total order, in hexadecimal.
    pub hash: String,
    /// Number of events.
    pub n_events: u64,
}

/// A [`Sink`] that hashes the events and, if asked, writes them as Parquet (zstd; columns `time_s`,
/// `person`, `kind` by number, `link`) on a thread of its own, in pieces of 2^18 events. Until
/// [`Log::finish`] only a temporary file exists; without it nothing stays.
#[derive(Debug)]
pub struct Log {
    hasher: blake3::Hasher,
    bytes: Vec<u8>,
    n_events: u64,
    table: Option<Table>,
}

#[derive(Debug)]
struct Table {
    path: PathBuf,
    batch: Vec<Event>,
    /// An empty batch ends the table; a closed channel without one means that the day failed.
    sender: SyncSender<Vec<Event>>,
    /// Batches that were written and can be filled again.
    returned: Receiver<Vec<Event>>,
    thread: JoinHandle<Result<()>>,
}

impl Log {
    /// A log that only hashes.
    pub fn hash_only() -> Self {
        Self {
            hasher: blake3::Hasher::new(),
            bytes: Vec::with_capacity(HASH_BUFFER + HASHED_BYTES),
            n_events: 0,
            table: None,
        }
    }

    /// A log that hashes and writes the table `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when no thread can be started. What the disk says comes later, from the sink's
    /// methods or from [`Log::finish`].
    pub fn to_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let (sender, receiver) = sync_channel::<Vec<Event>>(BACKLOG);
        let (give_back, returned) = sync_channel(BACKLOG + 2);
        let target = path.clone();
        let thread = std::thread::Builder::new()
            .name("event log".into())
            .spawn(move || disk::write(&target, |writer| write_batches(writer, &receiver, &give_back)))
            .map_err(|e| Error::io(&path, e))?;
        let table = Table { path, batch: Vec::with_capacity(BATCH), sender, returned, thread };
        Ok(Self { table: Some(table), ..Self::hash_only() })
    }

    /// Ends the log: the table is complete, on disk and under its name when this returns.
    ///
    /// # Errors
    /// Whatever stopped the table from being written (disk full, no such folder); no file stays then.
    pub fn finish(mut self) -> Result<Summary> {
        self.hasher.update(&self.bytes);
        let hash = self.hasher.finalize().to_hex().to_string();
        if let Some(mut table) = self.table.take() {
            let rest = std::mem::take(&mut table.batch);
            // A send fails only when the thread is gone; then it has the reason.
            let sent = rest.is_empty() || table.sender.send(rest).is_ok();
            if sent {
                let _ = table.sender.send(Vec::new());
            }
            table.join()?;
        }
        Ok(Summary { hash, n_events: self.n_events })
    }
}

impl Sink for Log {
    fn second(&mut self, events: &[Event]) -> Result<()> {
        for event in events {
            self.bytes.extend_from_slice(&hashed(event));
            if self.bytes.len() >= HASH_BUFFER {
                self.hasher.update(&self.bytes);
                self.bytes.clear();
            }
        }
        self.n_events += events.len() as u64;
        let Some(table) = &mut self.table else { return Ok(()) };
        table.batch.extend_from_slice(events);
        if table.batch.len() < BATCH {
            return Ok(());
        }
        let empty = table.returned.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        let full = std::mem::replace(&mut table.batch, empty);
        if table.sender.send(full).is_ok() {
            return Ok(());
        }
        match self.table.take() {
            Some(table) => table.join(),
            None => Ok(()),
        }
    }
}

impl Table {
    /// Waits for the thread and hands on what it says.
    fn join(self) -> Result<()> {
        drop(self.sender);
        self.thread.join().unwrap_or_else(|_| {
            Err(Error::Other(format!("{}: the thread that writes the events broke off", self.path.display())))
        })
    }
}

/// The bytes of an event that go into the hash.
#[inline]
fn hashed(event: &Event) -> [u8; HASHED_BYTES] {
    let mut bytes = [0; HASHED_BYTES];
    bytes[..4].copy_from_slice(&event.time_s.to_le_bytes());
    bytes[4..8].copy_from_slice(&event.person.0.to_le_bytes());
    bytes[8] = event.kind as u8;
    bytes[9..].copy_from_slice(&event.link.0.to_le_bytes());
    bytes
}

fn write_batches(
    writer: &mut impl Write,
    batches: &Receiver<Vec<Event>>,
    give_back: &SyncSender<Vec<Event>>,
) -> Result<()> {
    let schema = frame(&[])?.schema().as_ref().clone();
    let parquet = ParquetWriter::new(writer).with_compression(ParquetCompression::Zstd(None));
    let mut parquet: BatchedWriter<_> = parquet.batched(&schema)?;
    loop {
        let Ok(mut batch) = batches.recv() else {
            return Err(Error::Other("the day ended before its events were complete".into()));
        };
        if batch.is_empty() {
            parquet.finish()?;
            return Ok(());
        }
        parquet.write_batch(&frame(&batch)?)?;
        batch.clear();
        // Nobody takes it back when the day is over.
        let _ = give_back.try_send(batch);
    }
}

fn frame(events: &[Event]) -> Result<DataFrame> {
    fn column<T: NumericNative>(name: &str, values: impl Iterator<Item = T>) -> Column
    where
        Series: NamedFrom<Vec<T>, [T]>,
    {
        Series::new(name.into(), values.collect::<Vec<T>>()).into()
    }
    Ok(DataFrame::new(
        events.len(),
        vec![
            column("time_s", events.iter().map(|event| event.time_s)),
            column("person", events.iter().map(|event| event.person.0)),
            column("kind", events.iter().map(|event| event.kind as u8)),
            column("link", events.iter().map(|event| event.link.0)),
        ],
    )?)
}

/// Reads a table of events.
///
/// # Errors
/// A [`Fault`] when the file is missing or damaged, lacks a column, or holds a kind that does not exist.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Event>> {
    let path = path.as_ref();
    let frame = table::read(path)?;
    let bad = |e: PolarsError| Error::from(Fault::new(path, "", format!("is no table of events ({e})")));
    let column = |name: &str| frame.column(name).map_err(bad);
    let u32s = |name: &str| -> Result<Vec<u32>> {
        let values = column(name)?.u32().map_err(bad)?;
        Ok(values.iter().map(|value| value.unwrap_or(u32::MAX)).collect())
    };
    let kinds = column("kind")?.u8().map_err(bad)?;
    let (times, persons, links) = (u32s("time_s")?, u32s("person")?, u32s("link")?);
    let mut events = Vec::with_capacity(times.len());
    for (row, kind) in kinds.iter().enumerate() {
        let kind = kind.and_then(|number| Kind::ALL.get(usize::from(number)).copied()).ok_or_else(|| {
            Fault::new(path, row, "has an unknown kind of event").expected("a number from 0 to 7")
        })?;
        events.push(Event {
            time_s: times[row],
            person: PersonId(persons[row]),
            kind,
            link: LinkId(links[row]),
        });
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_events(n: u32) -> Vec<Event> {
        let event = |i: u32| Event {
            time_s: i / 7,
            person: PersonId(i % 7),
            kind: Kind::ALL[i as usize % 8],
            link: if i.is_multiple_of(5) { LinkId::NONE } else { LinkId(i) },
        };
        (0..n).map(event).collect()
    }

    fn log(mut log: Log, events: &[Event]) -> Result<Summary> {
        for second in events.chunk_by(|a, b| a.time_s == b.time_s) {
            log.second(second)?;
        }
        log.finish()
    }

    #[test]
    fn the_hash_is_blake3_of_thirteen_bytes_an_event() {
        let events = some_events(20_000);
        let plain: Vec<u8> = events.iter().flat_map(hashed).collect();
        assert_eq!(plain[..13], [0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]);
        let summary = log(Log::hash_only(), &events).unwrap();
        assert_eq!(summary.hash, blake3::hash(&plain).to_hex().to_string());
        assert_eq!(summary.n_events, 20_000);
        assert_ne!(log(Log::hash_only(), &events[1..]).unwrap().hash, summary.hash);
    }

    #[test]
    fn a_table_of_several_batches_reads_back_the_same() {
        let folder = std::env::temp_dir().join(format!("wayfare-log-{}", std::process::id()));
        disk::make_folder(&folder).unwrap();
        let path = folder.join("events.parquet");
        for n in [0, 1, BATCH as u32 * 2 + 77] {
            let events = some_events(n);
            let summary = log(Log::to_file(&path).unwrap(), &events).unwrap();
            assert_eq!(summary.n_events, u64::from(n));
            assert!(read(&path).unwrap() == events);
        }
        // A day that breaks off leaves the old table and no other file.
        let mut broken = Log::to_file(&path).unwrap();
        broken.second(&some_events(5)).unwrap();
        let thread = broken.table.take().unwrap();
        assert!(thread.join().is_err());
        assert_eq!(disk::list(&folder).unwrap(), [path]);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_disk_that_says_no_is_an_error() {
        let nowhere = Log::to_file("/no/such/folder/events.parquet").unwrap();
        assert!(log(nowhere, &some_events(BATCH as u32 * 8)).is_err());
        let Ok(mut full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
        let (sender, receiver) = sync_channel(4);
        let (give_back, _returned) = sync_channel(4);
        sender.send(some_events(100_000)).unwrap();
        sender.send(Vec::new()).unwrap();
        assert!(write_batches(&mut full, &receiver, &give_back).is_err());
    }
}
