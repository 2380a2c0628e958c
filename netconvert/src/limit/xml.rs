//! XML as a cursor over opening tags, closing tags and text. A DTD is never read, entities other than
//! XML's own five are refused, and depth, attributes and sizes have limits.
//!
//! Readers move with [`Xml::advance`] and know an element by its name and its parent ([`Xml::parent`]); no tree
//! is built, so the memory does not grow with the file. Every fault names the line of the tag.

use super::{Budget, Input, MOST_LINE_BYTES, open, read_error};
use engine::{Error, Fault, Result};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Deepest nesting of elements.
pub const MOST_DEPTH: usize = 64;
/// Most attributes of one element.
pub const MOST_ATTRIBUTES: usize = 256;

/// Where the cursor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// An element begins: see [`Xml::name`] and [`Xml::get`].
    Open,
    /// The element [`Xml::name`] ends; [`Xml::text`] is the text directly before the tag.
    Close,
}

/// An XML file being read.
pub struct Xml {
    /// The file, for messages.
    path: PathBuf,
    reader: Reader<Budget<Input>>,
    /// Bytes of the event being read, kept from one to the next.
    buffer: Vec<u8>,
    /// Line at which the tag at the cursor begins.
    line: u64,
    /// Names of the open elements, the outermost first.
    open: Vec<String>,
    /// Name of the element at the cursor.
    name: String,
    /// Unescaped attribute values, one after the other, and where each name and value lies.
    values: String,
    attributes: Vec<(Range<usize>, Range<usize>)>,
    /// Text since the last tag.
    text: String,
    /// The element was written `<a/>`: its closing is still to be told.
    closing: bool,
}

/// Opens an XML file (UTF-8, compressed or not).
///
/// # Errors
/// As [`super::open`].
pub fn xml(path: impl AsRef<Path>) -> Result<Xml> {
    let path = path.as_ref();
    let mut reader = Reader::from_reader(Budget::new(open(path)?));
    reader.config_mut().check_end_names = true;
    Ok(Xml {
        path: path.to_path_buf(),
        reader,
        buffer: Vec::new(),
        line: 1,
        open: Vec::new(),
        name: String::new(),
        values: String::new(),
        attributes: Vec::new(),
        text: String::new(),
        closing: false,
    })
}

impl Xml {
    /// Moves to the next tag; `None` at the end of the file.
    ///
    /// # Errors
    /// A [`Fault`] for XML that is not well-formed or not whole, an entity, or a limit that is passed.
    pub fn advance(&mut self) -> Result<Option<Token>> {
        if self.closing {
            self.closing = false;
            self.text.clear();
            self.open.pop();
            return Ok(Some(Token::Close));
        }
        self.text.clear();
        // The buffer leaves `self` for the call, so that the event does not borrow all of it.
        let mut buffer = std::mem::take(&mut self.buffer);
        let outcome = loop {
            buffer.clear();
            self.line = self.reader.get_mut().line;
            self.reader.get_mut().refill();
            match self.reader.read_event_into(&mut buffer) {
                Ok(event) => match take(&mut self.scene(), &event) {
                    Ok(Taken::Nothing) => {}
                    Ok(Taken::Token(token)) => break Ok(Some(token)),
                    Ok(Taken::End) => break self.at_end(),
                    Err(what) => break Err(self.fault(what).into()),
                },
                Err(error) => break Err(self.xml_error(error)),
            }
        };
        self.buffer = buffer;
        outcome
    }

    /// What an event may change, apart from the reader that the event borrows from.
    fn scene(&mut self) -> Scene<'_> {
        Scene {
            open: &mut self.open,
            name: &mut self.name,
            values: &mut self.values,
            attributes: &mut self.attributes,
            text: &mut self.text,
            closing: &mut self.closing,
        }
    }

    /// The end of the file, which must not come inside an element.
    fn at_end(&self) -> Result<Option<Token>> {
        match self.open.last() {
            None => Ok(None),
            Some(name) => Err(self
                .fault(format!("ends inside <{name}>"))
                .expected(format!("</{name}>"))
                .advice("the file is truncated: fetch it again")
                .into()),
        }
    }

    /// What the parser could not read, as a fault; an error of the disk or of a limit goes through
    /// [`read_error`].
    fn xml_error(&self, error: quick_xml::Error) -> Error {
        if let quick_xml::Error::Io(error) = error {
            let kind = error.kind();
            return read_error(&self.path, self.line, std::io::Error::new(kind, error.to_string()));
        }
        self.fault(format!("is not well-formed XML ({error})")).into()
    }

    /// Name of the element at the cursor.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Line at which the tag begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Name of the element around the one at the cursor; empty at the root. At [`Token::Open`] the
    /// element itself is already open, at [`Token::Close`] no longer: both give the same answer.
    pub fn parent(&self, token: Token) -> &str {
        let above = match token {
            Token::Open => 2,
            Token::Close => 1,
        };
        self.open.len().checked_sub(above).map_or("", |i| &self.open[i])
    }

    /// Number of elements that are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Text between the last tag and this one, entities resolved.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names and values of the attributes of the element at [`Token::Open`].
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (&self.values[name.clone()], &self.values[value.clone()]))
    }

    /// The attribute `name` of the element at [`Token::Open`].
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The attribute `name`, which must be there.
    ///
    /// # Errors
    /// A [`Fault`] naming element and attribute.
    pub fn need(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| {
            let found: Vec<&str> = self.attributes().map(|(n, _)| n).collect();
            self.fault(format!("<{}> has no attribute \"{name}\"", self.name))
                .expected(format!("it among those found: {}", found.join(", ")))
                .into()
        })
    }

    /// The attribute `name` read as any type; `None` when it is not there.
    ///
    /// # Errors
    /// A [`Fault`] naming element, attribute and text.
    pub fn parse<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.trim().parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(self.value_fault(name, expected).into()),
        }
    }

    /// The attribute `name` as a finite number; `None` when it is not there.
    ///
    /// # Errors
    /// As [`Xml::parse`].
    pub fn number_if(&self, name: &str) -> Result<Option<f64>> {
        match self.parse::<f64>(name, "a number")? {
            Some(number) if !number.is_finite() => Err(self.value_fault(name, "a finite number").into()),
            number => Ok(number),
        }
    }

    /// The attribute `name` as a finite number, which must be there.
    ///
    /// # Errors
    /// As [`Xml::need`] and [`Xml::parse`].
    pub fn number(&self, name: &str) -> Result<f64> {
        self.need(name)?;
        self.number_if(name)?.ok_or_else(|| self.value_fault(name, "a number").into())
    }

    /// A fault about the value of an attribute.
    pub fn value_fault(&self, name: &str, expected: &str) -> Fault {
        let value: String = self.get(name).unwrap_or("").chars().take(80).collect();
        let id = self.get("id").map(|id| format!(" id=\"{id}\"")).unwrap_or_default();
        self.fault(format!("<{}{id}> has {name}=\"{value}\"", self.name)).expected(expected)
    }

    /// A fault at the cursor's line.
    pub fn fault(&self, what: impl Into<String>) -> Fault {
        Fault::new(&self.path, self.line, what)
    }
}

/// The parts of [`Xml`] that an event changes.
struct Scene<'a> {
    open: &'a mut Vec<String>,
    name: &'a mut String,
    values: &'a mut String,
    attributes: &'a mut Vec<(Range<usize>, Range<usize>)>,
    text: &'a mut String,
    closing: &'a mut bool,
}

/// What an event of the parser comes to.
enum Taken {
    /// Text, a comment or a declaration: go on.
    Nothing,
    Token(Token),
    End,
}

/// Takes one event of the parser into the cursor. The error is what is wrong, in words.
fn take(scene: &mut Scene<'_>, event: &Event<'_>) -> Result<Taken, String> {
    match event {
        Event::Start(tag) => take_tag(scene, tag)?,
        Event::Empty(tag) => {
            take_tag(scene, tag)?;
            *scene.closing = true;
        }
        Event::End(tag) => {
            scene.name.clear();
            scene.name.push_str(tag.name().as_ref());
            if scene.open.pop().is_none() {
                return Err(format!("</{}> closes nothing", scene.name));
            }
            return Ok(Taken::Token(Token::Close));
        }
        Event::Text(text) => {
            add_text(scene.text, text)?;
            return Ok(Taken::Nothing);
        }
        Event::CData(text) => {
            add_text(scene.text, text)?;
            return Ok(Taken::Nothing);
        }
        Event::GeneralRef(reference) => {
            add_reference(scene.text, reference)?;
            return Ok(Taken::Nothing);
        }
        Event::DocType(text) if text.contains("<!ENTITY") => {
            return Err("declares entities of its own, which are never resolved".into());
        }
        Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => return Ok(Taken::Nothing),
        Event::Eof => return Ok(Taken::End),
    }
    Ok(Taken::Token(Token::Open))
}

/// Takes name and attributes of an opening tag, within the limits.
fn take_tag(scene: &mut Scene<'_>, tag: &BytesStart<'_>) -> Result<(), String> {
    if scene.open.len() >= MOST_DEPTH {
        return Err(format!("nests elements deeper than {MOST_DEPTH}"));
    }
    scene.name.clear();
    scene.name.push_str(tag.name().as_ref());
    scene.open.push(scene.name.clone());
    scene.values.clear();
    scene.attributes.clear();
    // Checking for twins costs a quadratic walk or a hash set for each element; the limit bounds it.
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|e| format!("<{}>: {e}", scene.name))?;
        if scene.attributes.len() >= MOST_ATTRIBUTES {
            return Err(format!("<{}> has more than {MOST_ATTRIBUTES} attributes", scene.name));
        }
        let value = quick_xml::escape::unescape(&attribute.value)
            .map_err(|e| format!("<{}>: entities other than XML's five are refused ({e})", scene.name))?;
        let start = scene.values.len();
        scene.values.push_str(attribute.key.as_ref());
        let middle = scene.values.len();
        scene.values.push_str(&value);
        scene.attributes.push((start..middle, middle..scene.values.len()));
    }
    Ok(())
}

/// Adds text, which may come in several events, up to the limit of one piece.
fn add_text(text: &mut String, more: &str) -> Result<(), String> {
    if (text.len() + more.len()) as u64 > MOST_LINE_BYTES {
        return Err(format!("one text is longer than {MOST_LINE_BYTES} bytes"));
    }
    text.push_str(more);
    Ok(())
}

/// Adds the character of `&#…;` or of one of XML's five entities.
fn add_reference(text: &mut String, reference: &quick_xml::events::BytesRef<'_>) -> Result<(), String> {
    let mut bytes = [0; 4];
    if let Some(character) = reference.resolve_char_ref().map_err(|e| e.to_string())? {
        return add_text(text, character.encode_utf8(&mut bytes));
    }
    match quick_xml::escape::resolve_predefined_entity(reference) {
        Some(resolved) => add_text(text, resolved),
        None => Err(format!("uses the entity &{};, which is never resolved", &**reference)),
    }
}
