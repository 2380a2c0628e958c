//! The event log: a hash of the day, and the day as a Parquet table.
//!
//! Events come second by second. Each goes into the hash at once and, where a table is wanted, into a batch; full
//! batches go to a thread that compresses and writes, so the day does not wait for the disk unless it is much
//! slower. What a change must keep: hash and file depend on the events alone, not on pauses, parts or the speed of
//! the disk (a day cut into pieces ends in the same bytes: see `join`).

use super::{Event, Kind, RESERVED, VERSION};
use crate::disk;
use crate::error::{Error, Fault, Result};
use crate::id::{LinkId, PersonId};
use crate::table::{self, Schema, Type, column};
use polars::io::parquet::write::{BatchedWriter, KeyValueMetadata};
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
/// Bytes of the events that are hashed together: 5,041 events; blake3 is fastest on long pieces.
const PIECE: usize = HASHED_BYTES * 5041;

/// What the table of events holds.
pub const TABLE: Schema = Schema {
    name: "events",
    rows: "time (s), person, kind, link; in the total order that `hash.events` is made over",
    columns: &[
        column("time_s", Type::U32, "s since midnight", "when"),
        column("person", Type::U32, "", "number of the person; a vehicle has that of its driver"),
        column(
            "kind",
            Type::Text,
            "",
            "`enter_link`: leaves a link and enters this one; `push_link`: the same, pushed onto a full link by the stuck rule; \
             `arrive`, `depart`: by a vehicle of one's own; `arrive_teleported`, `depart_teleported`: without one; \
             `enter_traffic`: gets from the parking place into the traffic; `abort`: is still on the way when the day ends",
        ),
        column("link", Type::U32, "", "number of the link; null where there is none"),
    ],
};

/// What a day's events came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Hash over the [`HASHED_BYTES`] bytes of each event in the total order, in hexadecimal: a chain, so that a day
    /// can be stopped and resumed. The first link is 32 bytes, all [`VERSION`], each further one blake3 (link before, next 5,041
    /// events), the last with what remains.
    pub hash: String,
    /// Number of events.
    pub n_events: u64,
}

/// A log between two seconds: with it a day that is resumed ends in the same hash and the same table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenLog {
    /// Hash of all whole pieces.
    pub link: [u8; 32],
    /// Bytes of events that wait for the rest of their piece.
    pub bytes: Vec<u8>,
    /// Number of events.
    pub n_events: u64,
    /// Tables written so far, see [`Log::freeze`].
    pub n_tables: u32,
}

/// Hashes the events and, if asked, writes them as Parquet (zstd; columns `time_s`,
/// `person`, `kind`, `link`) on a thread of its own, in pieces of 2^18 events. Until
/// [`Log::finish`] only a temporary file exists, and the tables of [`Log::freeze`].
#[derive(Debug)]
pub struct Log {
    state: FrozenLog,
    path: Option<PathBuf>,
    /// Folder of the tables of [`Log::freeze`].
    pieces: PathBuf,
    table: Option<Table>,
}

/// The table as the day sees it: the batch being filled, and the thread that writes.
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
        let state = FrozenLog {
            link: [VERSION; 32],
            bytes: Vec::with_capacity(PIECE + HASHED_BYTES),
            n_events: 0,
            n_tables: 0,
        };
        Self { state, path: None, pieces: PathBuf::new(), table: None }
    }

    /// A log that hashes and writes the table `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when no thread can be started. What the disk says comes later, from the sink's
    /// methods or from [`Log::finish`].
    pub fn to_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let table = Table::open(&path)?;
        let mut log = Self::hash_only();
        (log.path, log.table) = (Some(path), Some(table));
        Ok(log)
    }

    /// The log that goes on where `state` ended. With a `path` the tables that [`Log::freeze`] left in `pieces` are
    /// part of it.
    ///
    /// # Errors
    /// A [`Fault`] for a state that no log froze, or as [`Log::to_file`].
    pub fn thaw(state: FrozenLog, path: Option<PathBuf>, pieces: &Path) -> Result<Self> {
        let rest = state.n_events % (PIECE / HASHED_BYTES) as u64 * HASHED_BYTES as u64;
        if state.bytes.len() as u64 != rest {
            return Err(Fault::new("event log", "", "is not between two events").into());
        }
        let table = path.as_deref().map(Table::open).transpose()?;
        Ok(Self { state, path, pieces: pieces.to_path_buf(), table })
    }

    /// The state between two seconds. A log with a table first brings its events to the disk, as
    /// `events.parquet.0` and so on in the folder `pieces`; [`Log::finish`] puts them together. It leaves them there:
    /// until the run is finished, the state may be needed again.
    ///
    /// # Errors
    /// What the disk says.
    pub fn freeze(&mut self, pieces: &Path) -> Result<FrozenLog> {
        self.pieces = pieces.to_path_buf();
        if let (Some(table), Some(path)) = (self.table.take(), &self.path) {
            disk::make_folder(pieces)?;
            table.close(&numbered(pieces, path, self.state.n_tables))?;
            self.state.n_tables += 1;
            self.table = Some(Table::open(path)?);
        }
        Ok(self.state.clone())
    }

    /// Ends the log: the table is complete, on disk and under its name when this returns.
    ///
    /// # Errors
    /// Whatever stopped the table from being written (disk full, no such folder); no file stays then.
    pub fn finish(mut self) -> Result<Summary> {
        self.state.close_piece();
        let hash = blake3::Hash::from_bytes(self.state.link).to_hex().to_string();
        if let (Some(table), Some(path)) = (self.table.take(), &self.path) {
            match self.state.n_tables {
                0 => table.close(path)?,
                n => {
                    table.close(&numbered(&self.pieces, path, n))?;
                    join(path, &self.pieces, n + 1)?;
                }
            }
        }
        Ok(Summary { hash, n_events: self.state.n_events })
    }
}

impl FrozenLog {
    /// Makes the next link of the chain from the one before and the bytes that wait.
    fn close_piece(&mut self) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.link).update(&self.bytes);
        self.link = *hasher.finalize().as_bytes();
        self.bytes.clear();
    }
}

/// The table of events before the `number`-th pause.
fn numbered(pieces: &Path, path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{number}"));
    pieces.join(name)
}

/// Writes the numbered tables as one.
fn join(path: &Path, pieces: &Path, n_tables: u32) -> Result<()> {
    let tables: Vec<PathBuf> = (0..n_tables).map(|number| numbered(pieces, path, number)).collect();
    disk::write(path, |writer| {
        let mut parquet = parquet(writer)?;
        // Row groups as in a table that was never cut, so that the files are the same to the byte.
        let mut rest: Vec<Event> = Vec::new();
        for table in &tables {
            rest.extend(read(table)?);
            let n_whole = rest.len() / BATCH * BATCH;
            for events in rest[..n_whole].chunks(BATCH) {
                parquet.write_batch(&frame(events)?)?;
            }
            rest.drain(..n_whole);
        }
        if !rest.is_empty() {
            parquet.write_batch(&frame(&rest)?)?;
        }
        parquet.finish()?;
        Ok(())
    })
}

impl Log {
    /// Takes all events of one second, in the total order.
    ///
    /// # Errors
    /// What the disk says of the table.
    pub fn second(&mut self, events: &[Event]) -> Result<()> {
        for event in events {
            self.state.bytes.extend_from_slice(&hashed(event));
            if self.state.bytes.len() == PIECE {
                self.state.close_piece();
            }
        }
        self.state.n_events += events.len() as u64;
        if self.table.as_mut().is_none_or(|table| table.take(events)) {
            return Ok(());
        }
        self.table.take().map_or(Ok(()), Table::join)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // A log that is not finished leaves nothing; its thread is gone before another log takes its place.
        if let Some(table) = self.table.take() {
            let _ = table.join();
        }
    }
}

impl Table {
    /// A table on a thread of its own, which learns its name in the end.
    fn open(path: &Path) -> Result<Self> {
        let (sender, receiver) = sync_channel::<Vec<Event>>(BACKLOG);
        let (give_back, returned) = sync_channel(BACKLOG + 2);
        let target = disk::unnamed(path);
        let to = target.clone();
        let thread = std::thread::Builder::new()
            .name("event log".into())
            .spawn(move || disk::write(&to, |writer| write_batches(writer, &receiver, &give_back)))
            .map_err(|e| Error::io(path, e))?;
        Ok(Self { path: target, batch: Vec::with_capacity(BATCH), sender, returned, thread })
    }

    /// Takes events; `false` when the thread is gone.
    fn take(&mut self, mut events: &[Event]) -> bool {
        while !events.is_empty() {
            let (now, later) = events.split_at(events.len().min(BATCH - self.batch.len()));
            self.batch.extend_from_slice(now);
            events = later;
            if self.batch.len() == BATCH {
                let empty = self.returned.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
                if self.sender.send(std::mem::replace(&mut self.batch, empty)).is_err() {
                    return false;
                }
            }
        }
        true
    }

    /// Writes the rest and gives the table its name.
    fn close(mut self, name: &Path) -> Result<()> {
        let rest = std::mem::take(&mut self.batch);
        // A send fails only when the thread is gone; then it has the reason.
        if rest.is_empty() || self.sender.send(rest).is_ok() {
            let _ = self.sender.send(Vec::new());
        }
        let path = self.path.clone();
        self.join()?;
        disk::rename(&path, name)
    }

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

/// The thread of a table: writes batches until an empty one, and gives each back to be filled again.
fn write_batches(
    writer: &mut impl Write,
    batches: &Receiver<Vec<Event>>,
    give_back: &SyncSender<Vec<Event>>,
) -> Result<()> {
    let mut parquet = parquet(writer)?;
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

/// A Parquet writer with the columns of [`TABLE`], compressed with zstd.
fn parquet<W: Write>(writer: W) -> Result<BatchedWriter<W>> {
    let schema = frame(&[])?.schema().as_ref().clone();
    let metadata = KeyValueMetadata::from_static(vec![(table::METADATA.to_string(), TABLE.metadata())]);
    let writer = ParquetWriter::new(writer).with_compression(ParquetCompression::Zstd(None));
    Ok(writer.with_key_value_metadata(Some(metadata)).batched(&schema)?)
}

/// Events as columns.
fn frame(events: &[Event]) -> Result<DataFrame> {
    fn values<T: NumericNative>(name: &str, values: impl Iterator<Item = T>) -> Column
    where
        Series: NamedFrom<Vec<T>, [T]>,
    {
        Series::new(name.into(), values.collect::<Vec<T>>()).into()
    }
    Ok(DataFrame::new(
        events.len(),
        vec![
            values("time_s", events.iter().map(|event| event.time_s)),
            values("person", events.iter().map(|event| event.person.0)),
            StringChunked::from_iter_values("kind".into(), events.iter().map(|event| event.kind.name()))
                .into_series()
                .into(),
            Series::new("link".into(), events.iter().map(|event| event.link.known()).collect::<Vec<_>>())
                .into(),
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
    let kinds = column("kind")?.str().map_err(bad)?;
    let (times, persons, links) = (u32s("time_s")?, u32s("person")?, u32s("link")?);
    let mut events = Vec::with_capacity(times.len());
    for (row, kind) in kinds.iter().enumerate() {
        let kind = kind_of(kind)
            .map_err(|what| Fault::new(path, row, what).expected("a kind of event of this version"))?;
        events.push(Event {
            time_s: times[row],
            person: PersonId(persons[row]),
            kind,
            link: LinkId(links[row]),
        });
    }
    Ok(events)
}

/// The kind of a word on disk.
fn kind_of(word: Option<&str>) -> std::result::Result<Kind, String> {
    let Some(word) = word else { return Err("has no kind of event".into()) };
    Kind::ALL.into_iter().find(|kind| kind.name() == word).ok_or_else(|| match RESERVED.contains(&word) {
        true => format!("has the kind \"{word}\", which is reserved and not yet in use"),
        false => format!("has an unknown kind of event (\"{word}\")"),
    })
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
    fn the_hash_is_a_chain_over_thirteen_bytes_an_event() {
        let events = some_events(20_000);
        let plain: Vec<u8> = events.iter().flat_map(hashed).collect();
        assert_eq!(plain[..13], [0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]);
        let summary = log(Log::hash_only(), &events).unwrap();
        let link = |before: [u8; 32], piece: &[u8]| *blake3::hash(&[&before, piece].concat()).as_bytes();
        let wanted = plain.chunks(13 * 5041).fold([2; 32], link);
        assert_eq!(summary.hash, blake3::Hash::from_bytes(wanted).to_hex().to_string());
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
    fn a_log_that_is_frozen_ends_the_same() {
        let folder = std::env::temp_dir().join(format!("wayfare-frozen-log-{}", std::process::id()));
        disk::make_folder(&folder).unwrap();
        let path = folder.join("events.parquet");
        let events = some_events(BATCH as u32 + 30_000);
        let whole = log(Log::to_file(&path).unwrap(), &events).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let pieces = folder.join("pieces");
        for cuts in [vec![0], vec![7 * 5041], vec![10, 20, BATCH + 5]] {
            let mut part = Log::to_file(&path).unwrap();
            let mut from = 0;
            for cut in cuts {
                part.second(&events[from..cut]).unwrap();
                let state = part.freeze(&pieces).unwrap();
                // What comes after the pause is lost with the machine.
                part.second(&some_events(99)).unwrap();
                drop(part);
                part = Log::thaw(state, Some(path.clone()), &pieces).unwrap();
                from = cut;
            }
            part.second(&events[from..]).unwrap();
            assert_eq!(part.finish().unwrap(), whole);
            assert!(read(&path).unwrap() == events);
            assert!(std::fs::read(&path).unwrap() == bytes, "same events, another file");
        }
        let damaged = FrozenLog { link: [0; 32], bytes: vec![1], n_events: 3, n_tables: 0 };
        assert!(Log::thaw(damaged, None, &pieces).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn reserved_and_unknown_kinds_are_refused_by_name() {
        assert_eq!(kind_of(Some("abort")), Ok(Kind::Abort));
        assert_eq!(
            kind_of(Some("board")).unwrap_err(),
            "has the kind \"board\", which is reserved and not yet in use"
        );
        assert!(Kind::ALL.iter().all(|kind| kind_of(Some(kind.name())) == Ok(*kind)));
        assert!(kind_of(Some("leave vehicle")).unwrap_err().contains("leave vehicle"));
        assert_eq!(kind_of(Some("hover")).unwrap_err(), "has an unknown kind of event (\"hover\")");
        assert!(kind_of(None).is_err());
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
