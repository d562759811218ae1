//! Events that wait, in the order in which they came: one record behind the other in chunks of memory that never move.
//!
//! A record is a header of 8 bytes, then tags, each of 8 bytes and only those that it needs, then the payload as it is. A record
//! takes up a multiple of 16 bytes, so that payloads of alignment 16 find their place. Writing and reading touch two counters of
//! a chunk; whole chunks go from one log to another by a change of owner.
//!
//! What is in a record that is read in place stays where it is until the record is popped, whatever is written meanwhile.

use std::alloc::{self, handle_alloc_error};
use std::any::{Any, TypeId};
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, needs_drop};
use std::ptr::NonNull;
use std::sync::Arc;

use super::Member;
use crate::boundary::Way;
use crate::event::{Event, Kind, NamedEvent, WHOLE, kind};

/// Records take up multiples of it.
const UNIT: usize = 16;
/// Larger payloads do not lie in records.
const MOST: usize = 4096;
/// The first chunk of a log, in bytes; each further one is twice as large as the last, up to the largest.
const FIRST_CHUNK: usize = 1024;
const LARGEST_CHUNK: usize = 64 * 1024;
/// So far the ids of a chunk's events lie from that of its first, and those of two chunks that are joined from each other: a
/// record is joined twice at most, into the intake and out of it, so that what stands in its header fits.
const MOST_IDS: u32 = 1 << 30;

/// What stands before a payload.
#[derive(Clone, Copy)]
#[repr(C)]
struct Header {
    /// Added to the id of its chunk.
    id: u32,
    /// Its type and its shape: what records of one type with the same tags have in common, which are of one size.
    like: u32,
}

impl Header {
    /// `shape` says which tags it has, and its size in units.
    #[inline]
    fn new(id: u32, number: u16, shape: u16) -> Self {
        Self { id, like: u32::from(shape) << 16 | u32::from(number) }
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "it is the lower half")]
    fn number(self) -> u16 {
        self.like as u16
    }

    #[inline]
    fn shape(self) -> u16 {
        (self.like >> 16) as u16
    }
}

/// The size of a tag, and of the header.
const TAG: usize = size_of::<Header>();

const TREE: u16 = 0x1000;
const TIME: u16 = 0x2000;
const CAUSE: u16 = 0x4000;
const WAY: u16 = 0x8000;
const TAGS: u16 = 0xf000;

/// What a record can have besides its payload.
#[derive(Debug, Default)]
pub struct Tags {
    /// Its membership of a tree, if somebody waits for it.
    pub(crate) tree: Option<Member>,
    /// When it was accepted, in nanoseconds.
    pub(crate) time: Option<u64>,
    /// The id of the event that it arose from.
    pub(crate) cause: Option<i64>,
    /// The way back, if it came through a boundary.
    pub(crate) way: Option<Way>,
}

impl Tags {
    #[inline]
    fn shape(&self) -> u16 {
        let flag = |there: bool, flag: u16| if there { flag } else { 0 };
        flag(self.tree.is_some(), TREE)
            | flag(self.time.is_some(), TIME)
            | flag(self.cause.is_some(), CAUSE)
            | flag(self.way.is_some(), WAY)
    }
}

/// Where the payload begins in a record of this shape.
#[inline]
fn offset(shape: u16, align: usize) -> usize {
    let tags = (shape & TAGS).count_ones() as usize;
    (size_of::<Header>() * (1 + tags)).next_multiple_of(align)
}

/// How the values of one type lie in records.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) id: TypeId,
    size: usize,
    align: usize,
    drop: Option<unsafe fn(NonNull<u8>)>,
    share: unsafe fn(NonNull<u8>) -> Arc<dyn Any + Send + Sync>,
    lend: unsafe fn(NonNull<u8>) -> NonNull<dyn Any + Send + Sync>,
}

unsafe fn drop_value<T>(at: NonNull<u8>) {
    // SAFETY: the caller says that a `T` is there, and does not use it again.
    unsafe { at.cast::<T>().drop_in_place() }
}

unsafe fn share_value<T: Any + Send + Sync>(at: NonNull<u8>) -> Arc<dyn Any + Send + Sync> {
    // SAFETY: the caller says that a `T` is there, and does not use it again.
    Arc::new(unsafe { at.cast::<T>().read() })
}

unsafe fn lend_value<T: Any + Send + Sync>(at: NonNull<u8>) -> NonNull<dyn Any + Send + Sync> {
    at.cast::<T>()
}

impl Layout {
    /// Whether values of this type lie in records; all others travel as whole events.
    #[inline]
    pub(crate) const fn fits<T>() -> bool {
        size_of::<T>() <= MOST && align_of::<T>() <= UNIT
    }

    /// Whether anything is to be done to drop a value.
    pub(crate) fn needs_drop(&self) -> bool {
        self.drop.is_some()
    }

    /// Drops a value in its place.
    ///
    /// # Safety
    ///
    /// A value of this type is there, and is not used again.
    pub(crate) unsafe fn drop_at(&self, at: NonNull<u8>) {
        if let Some(drop) = self.drop {
            // SAFETY: as the caller says.
            unsafe { drop(at) }
        }
    }

    pub(crate) const fn of<T: Any + Send + Sync>() -> Self {
        Self {
            id: TypeId::of::<T>(),
            size: size_of::<T>(),
            align: align_of::<T>(),
            drop: if needs_drop::<T>() { Some(drop_value::<T>) } else { None },
            share: share_value::<T>,
            lend: lend_value::<T>,
        }
    }
}

/// Memory for records, never moved.
struct Chunk {
    base: NonNull<u8>,
    capacity: usize,
    read: usize,
    write: usize,
    /// The id of its first event, when ids have been given.
    id: i64,
    /// Its events have been given their ids already, by another domain: they keep them.
    given: bool,
}

impl Chunk {
    const NONE: Self =
        Self { base: NonNull::dangling(), capacity: 0, read: 0, write: 0, id: 0, given: false };

    fn layout(capacity: usize) -> alloc::Layout {
        alloc::Layout::from_size_align(capacity, UNIT).expect("chunks are small")
    }

    #[cold]
    fn new(capacity: usize) -> Self {
        let layout = Self::layout(capacity);
        // SAFETY: no capacity is zero.
        let base = unsafe { alloc::alloc(layout) };
        let Some(base) = NonNull::new(base) else { handle_alloc_error(layout) };
        Self { base, capacity, read: 0, write: 0, id: 0, given: false }
    }

    fn is_read(&self) -> bool {
        self.read == self.write
    }

    fn used(&self) -> usize {
        self.write - self.read
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        self.capacity - self.write >= bytes
    }

    /// Whether the ids of another one's events can be written here.
    fn is_near(&self, other: &Self) -> bool {
        self.given == other.given && (0..=i64::from(MOST_IDS)).contains(&other.id.wrapping_sub(self.id))
    }

    fn reset(&mut self) {
        (self.read, self.write) = (0, 0);
        self.given = false;
    }

    /// Adds a number to the ids of its events, unless they have theirs already.
    fn shift_ids(&mut self, by: i64) {
        if !self.given {
            self.id = self.id.wrapping_add(by);
        }
    }

    /// The place of a record that begins here.
    fn at(&self, position: usize) -> NonNull<u8> {
        debug_assert!(position <= self.capacity);
        // SAFETY: positions lie within the chunk.
        unsafe { self.base.add(position) }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        if self.capacity > 0 {
            // SAFETY: it was made with this layout. The log has dropped what was in it.
            unsafe { alloc::dealloc(self.base.as_ptr(), Self::layout(self.capacity)) }
        }
    }
}

// SAFETY: a chunk is memory with one owner.
unsafe impl Send for Chunk {}
// SAFETY: through a shared chunk, records are only read, and payloads are `Sync`.
unsafe impl Sync for Chunk {}

/// The first record of a log, to be read in place.
#[derive(Clone, Copy)]
pub(crate) struct Front<'a> {
    at: NonNull<u8>,
    header: Header,
    id: i64,
    log: PhantomData<&'a Log>,
}

impl<'a> Front<'a> {
    #[inline]
    pub(crate) fn number(&self) -> u16 {
        self.header.number()
    }

    /// Its id; 0 unless ids have been given.
    #[inline]
    pub(crate) fn id(&self) -> i64 {
        match self.whole() {
            Some(event) => event.id(),
            None => self.id + i64::from(self.header.id),
        }
    }

    #[inline]
    pub(crate) fn has_tags(&self) -> bool {
        self.header.shape() & TAGS != 0
    }

    #[inline]
    fn tag(&self, tag: u16) -> Option<NonNull<u64>> {
        if self.header.shape() & tag == 0 {
            return None;
        }
        let before = (self.header.shape() & TAGS & (tag - 1)).count_ones() as usize;
        // SAFETY: the shape says that the tag is there.
        Some(unsafe { self.at.add(size_of::<Header>() * (1 + before)) }.cast())
    }

    /// Its membership of a tree.
    #[inline]
    pub(crate) fn tree(&self) -> Option<&'a Member> {
        // SAFETY: a `Member` was written there, which lives as long as the record.
        self.tag(TREE).map(|at| unsafe { at.cast().as_ref() })
    }

    pub(crate) fn time(&self) -> Option<u64> {
        // SAFETY: a number was written there.
        self.tag(TIME).map(|at| unsafe { at.read() })
    }

    pub(crate) fn cause(&self) -> Option<i64> {
        // SAFETY: a number was written there.
        self.tag(CAUSE).map(|at| unsafe { at.cast().read() })
    }

    /// The way back that it has itself.
    pub(crate) fn own_way(&self) -> Option<&'a Way> {
        // SAFETY: a `Way` was written there, which lives as long as the record.
        self.tag(WAY).map(|at| unsafe { at.cast().as_ref() })
    }

    /// The way back: its own, or that of all its tree.
    pub(crate) fn way(&self) -> Option<&'a Way> {
        self.own_way().or_else(|| self.tree()?.tree().way.as_ref())
    }

    /// The event, if it lies there as a whole.
    #[inline]
    pub(crate) fn whole(&self) -> Option<&'a Event> {
        // SAFETY: records of this number hold an `Event`.
        (self.header.number() == WHOLE).then(|| unsafe { self.payload(align_of::<Event>()).cast().as_ref() })
    }

    #[inline]
    fn payload(&self, align: usize) -> NonNull<u8> {
        // SAFETY: the payload lies in the record.
        unsafe { self.at.add(offset(self.header.shape(), align)) }
    }

    /// The payload of a record of this type, as `Any`.
    ///
    /// # Safety
    ///
    /// It is not used after the record is popped, or its payload taken.
    pub(crate) unsafe fn lend(&self, kind: &Kind) -> Lent {
        // SAFETY: the payload is of the record's type; the caller keeps the record.
        Lent(unsafe { (kind.layout.lend)(self.payload(kind.layout.align)) })
    }

    /// Where the event is, if it lies there as a whole.
    pub(crate) fn payload_whole(&self) -> NonNull<Event> {
        self.payload(align_of::<Event>()).cast()
    }

    /// Where the payload is, for a type that is known by its number.
    pub(crate) fn payload_at(&self, kind: &Kind) -> NonNull<u8> {
        self.payload(kind.layout.align)
    }
}

/// Records that lie in one piece: a place in it, which goes from one record to the next.
///
/// Whoever has it sees to it that the records are not removed meanwhile.
pub(crate) struct Stretch {
    begin: NonNull<u8>,
    at: NonNull<u8>,
    end: NonNull<u8>,
    /// Here a run of records like this one ends, if not before.
    limit: NonNull<u8>,
    like: u32,
    /// The tree of its events, as a number; 0 if they have none.
    tree: usize,
    step: usize,
    tags: usize,
    id: i64,
    /// Whether records like this one can be handled and removed together.
    alike: bool,
}

impl Stretch {
    /// Ends the run of records like this one after so many more.
    #[inline]
    pub(crate) fn limit(&mut self, more: u32) {
        let more = if self.alike { more as usize } else { 0 };
        // SAFETY: the place lies in the piece, and so does a limit that is not behind its end.
        unsafe {
            let left = self.end.offset_from_unsigned(self.at);
            self.limit = self.at.add(left.min((more + 1) * self.step));
        }
    }

    /// How many bytes have been passed over, with those of the record at this place if it is done.
    #[inline]
    pub(crate) fn passed(&self, with_this: bool) -> usize {
        // SAFETY: both places lie in the piece.
        let before = unsafe { self.at.offset_from_unsigned(self.begin) };
        if with_this { before + self.step } else { before }
    }

    /// Whether its records have a tree.
    #[inline]
    pub(crate) fn has_tree(&self) -> bool {
        self.tree != 0
    }

    /// Whether its records can be removed together.
    #[inline]
    pub(crate) fn is_alike(&self) -> bool {
        self.alike
    }

    /// The payload of the record at this place.
    #[inline]
    pub(crate) fn payload<E: NamedEvent>(&self) -> NonNull<E> {
        // Tags are of 8 bytes, so that most payloads lie right behind them.
        let offset =
            if align_of::<E>() <= TAG { self.tags } else { self.tags.next_multiple_of(align_of::<E>()) };
        // SAFETY: the payload lies in the record.
        unsafe { self.at.add(offset) }.cast()
    }

    /// Looks at the next record: its id, if it is one like this, of the same tree.
    #[inline]
    pub(crate) fn next(&self) -> Option<i64> {
        let header = self.follows(|header| header.like == self.like)?;
        Some(self.id + i64::from(header.id))
    }

    /// The header of the next record, if there is one of the same tree that is as `fits` asks, and has a tree where this one has.
    #[inline]
    fn follows(&self, fits: impl FnOnce(Header) -> bool) -> Option<Header> {
        // SAFETY: the place and the step lie in the piece.
        let next = unsafe { self.at.add(self.step) };
        if next == self.limit {
            return None;
        }
        // SAFETY: there is a record, before the end.
        let header = unsafe { next.cast::<Header>().read() };
        if !fits(header) {
            return None;
        }
        // SAFETY: it has a tree where this one has.
        if self.tree != 0 && unsafe { next.add(size_of::<Header>()).cast::<usize>().read() } != self.tree {
            return None;
        }
        Some(header)
    }

    /// Looks at the next record, if it is one of another type, and of the same tree: the number of its type, and its id.
    #[inline]
    pub(crate) fn other(&self) -> Option<(u16, i64)> {
        let header = self.follows(|header| {
            let tags = header.shape() & TAGS;
            tags & !TREE == 0 && (tags != 0) == (self.tree != 0) && header.number() != WHOLE
        })?;
        Some((header.number(), self.id + i64::from(header.id)))
    }

    /// Moves the payload of the record at this place to the end of another log, with the same id.
    ///
    /// # Safety
    ///
    /// It is of this type and has not been taken, and is not used in its place again.
    pub(crate) unsafe fn move_to(&self, log: &mut Log, kind: &Kind, tags: Tags) {
        let Layout { size, align, .. } = kind.layout;
        // SAFETY: there is a record.
        let header = unsafe { self.at.cast::<Header>().read() };
        let id = log.given_id(self.id + i64::from(header.id));
        let to = log.begin(header.number(), id, tags, size, align);
        // SAFETY: the payload lies in the record, the place was made for it, and the old one is not used again.
        unsafe { to.copy_from_nonoverlapping(self.at.add(self.tags.next_multiple_of(align)), size) };
    }

    /// Goes on to the next record, which is one of another type; whether that is of another size.
    ///
    /// # Safety
    ///
    /// There is one, as [`other`](Self::other) has said.
    #[inline]
    pub(crate) unsafe fn turn_to(&mut self) -> bool {
        // SAFETY: as the caller says.
        let header = unsafe {
            self.at = self.at.add(self.step);
            self.at.cast::<Header>().read()
        };
        self.like = header.like;
        let last = std::mem::replace(&mut self.step, usize::from(header.shape() & !TAGS) * UNIT);
        self.step != last
    }

    /// Goes on to the next record.
    ///
    /// # Safety
    ///
    /// There is one, as [`next`](Self::next) has said.
    #[inline]
    pub(crate) unsafe fn go_on(&mut self) {
        // SAFETY: as the caller says.
        self.at = unsafe { self.at.add(self.step) };
    }
}

/// A payload that is lent to a whole event while its record is in hand.
pub(crate) struct Lent(NonNull<dyn Any + Send + Sync>);

impl Lent {
    pub(crate) fn get(&self) -> &(dyn Any + Send + Sync) {
        // SAFETY: whoever lends it keeps the record meanwhile.
        unsafe { self.0.as_ref() }
    }
}

// SAFETY: it is a shared reference to what is `Sync`.
unsafe impl Send for Lent {}
// SAFETY: the same.
unsafe impl Sync for Lent {}

/// A queue of records.
pub struct Log {
    /// Older chunks, which are full.
    full: VecDeque<Chunk>,
    /// The one that is written to, and read when there is no older one.
    last: Chunk,
    /// An empty one to go on with.
    spare: Option<Chunk>,
    len: usize,
}

impl Log {
    pub(crate) const fn new() -> Self {
        Self { full: VecDeque::new(), last: Chunk::NONE, spare: None, len: 0 }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Drops what is in it, and keeps its memory.
    pub(crate) fn clear(&mut self) {
        while let Some(popped) = self.pop() {
            drop(popped);
        }
        self.last.id = 0;
    }

    /// Makes room for a record; what is there stays there.
    #[inline]
    fn reserve(&mut self, bytes: usize) -> NonNull<u8> {
        if !self.last.has_room_for(bytes) {
            self.grow(bytes);
        }
        let at = self.last.at(self.last.write);
        self.last.write += bytes;
        self.len += 1;
        at
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, bytes: usize) {
        if self.last.is_read() && self.full.is_empty() && self.last.capacity >= bytes {
            return self.last.reset();
        }
        let wanted = (self.last.capacity * 2).clamp(FIRST_CHUNK, LARGEST_CHUNK).max(bytes);
        let mut next = match self.spare.take() {
            // A small one would soon be full again.
            Some(spare) if spare.capacity >= wanted => spare,
            _ => Chunk::new(wanted),
        };
        next.id = self.last.id;
        let last = std::mem::replace(&mut self.last, next);
        if !last.is_read() {
            self.full.push_back(last);
        }
    }

    /// Writes the header and the tags of a record, and gives the place of its payload.
    #[inline]
    fn begin(&mut self, number: u16, id: u32, tags: Tags, size: usize, align: usize) -> NonNull<u8> {
        let tagged = tags.shape();
        let offset = offset(tagged, align);
        let bytes = (offset + size).next_multiple_of(UNIT);
        let at = self.reserve(bytes);
        #[allow(clippy::cast_possible_truncation, reason = "the largest record has 259 units")]
        let shape = tagged | (bytes / UNIT) as u16;
        // SAFETY: there is room for it, aligned to 16 bytes.
        unsafe { at.cast().write(Header::new(id, number, shape)) };
        if tagged != 0 {
            write_tags(at, tags);
        }
        // SAFETY: the payload lies in the record.
        unsafe { at.add(offset) }
    }

    /// Appends an event without tags. `number` is that of its type.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub(crate) fn push_bare<E: NamedEvent>(&mut self, number: u16, id: u32, event: E) {
        debug_assert!(Layout::fits::<E>() && number != WHOLE);
        let offset = const { size_of::<Header>().next_multiple_of(align_of::<E>()) };
        let bytes = const {
            (size_of::<Header>().next_multiple_of(align_of::<E>()) + size_of::<E>()).next_multiple_of(UNIT)
        };
        let at = self.reserve(bytes);
        #[allow(clippy::cast_possible_truncation, reason = "the largest record has 259 units")]
        let shape = (bytes / UNIT) as u16;
        // SAFETY: there is room for it, aligned to 16 bytes, and the payload lies in the record.
        unsafe {
            at.cast().write(Header::new(id, number, shape));
            at.add(offset).cast().write(event);
        }
    }

    /// The same with the membership of a tree.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "an event is not to be moved about on its way in")]
    pub(crate) fn push_in_tree<E: NamedEvent>(&mut self, number: u16, id: u32, tree: Member, event: E) {
        debug_assert!(Layout::fits::<E>() && number != WHOLE);
        let offset = const { (2 * size_of::<Header>()).next_multiple_of(align_of::<E>()) };
        let bytes = const {
            ((2 * size_of::<Header>()).next_multiple_of(align_of::<E>()) + size_of::<E>())
                .next_multiple_of(UNIT)
        };
        let at = self.reserve(bytes);
        #[allow(clippy::cast_possible_truncation, reason = "the largest record has 259 units")]
        let shape = TREE | (bytes / UNIT) as u16;
        // SAFETY: there is room for it, aligned to 16 bytes, and the tag and the payload lie in the record.
        unsafe {
            at.cast().write(Header::new(id, number, shape));
            at.add(size_of::<Header>()).cast().write(tree);
            at.add(offset).cast().write(event);
        }
    }

    /// Appends an event. `number` is that of its type.
    #[inline]
    pub(crate) fn push<E: NamedEvent>(&mut self, number: u16, id: u32, tags: Tags, event: E) {
        debug_assert!(Layout::fits::<E>() && number != WHOLE);
        let at = self.begin(number, id, tags, size_of::<E>(), align_of::<E>());
        // SAFETY: the place was made for an `E`.
        unsafe { at.cast().write(event) };
    }

    /// Appends a whole event.
    pub(crate) fn push_whole(&mut self, id: u32, tags: Tags, event: Event) {
        let at = self.begin(WHOLE, id, tags, size_of::<Event>(), align_of::<Event>());
        // SAFETY: the place was made for an `Event`.
        unsafe { at.cast().write(event) };
    }

    /// The same for one that has its id.
    pub(crate) fn push_given(&mut self, tags: Tags, event: Event) {
        let id = self.given_id(event.id());
        self.push_whole(id, tags, event);
    }

    /// The chunk that is read.
    #[inline]
    fn head(&self) -> &Chunk {
        if self.full.is_empty() { &self.last } else { &self.full[0] }
    }

    #[inline]
    pub(crate) fn front(&self) -> Option<Front<'_>> {
        if self.len == 0 {
            return None;
        }
        let head = self.head();
        let at = head.at(head.read);
        // SAFETY: there is a record at the position for reading.
        let header = unsafe { at.cast::<Header>().read() };
        Some(Front { at, header, id: head.id, log: PhantomData })
    }

    /// Removes the first record, whose payload has been dropped or taken; its tags come out, if it has any.
    #[inline]
    fn remove(&mut self) -> Option<Tags> {
        let front = self.front()?;
        let shape = front.header.shape();
        let tags = if shape & TAGS == 0 { None } else { Some(read_tags(&front)) };
        self.len -= 1;
        self.pass(usize::from(shape & !TAGS) * UNIT);
        tags
    }

    #[cold]
    fn next_chunk(&mut self) {
        if let Some(mut done) = self.full.pop_front() {
            done.reset();
            if self.spare.as_ref().is_none_or(|spare| spare.capacity < done.capacity) {
                self.spare = Some(done);
            }
        }
    }

    /// The records that lie in one piece, from the first one on.
    #[inline]
    pub(crate) fn stretch(&self) -> Option<Stretch> {
        let front = self.front()?;
        let head = self.head();
        let shape = front.header.shape();
        Some(Stretch {
            begin: front.at,
            at: front.at,
            end: head.at(head.write),
            limit: head.at(head.write),
            like: front.header.like,
            tree: front.tag(TREE).map_or(0, |at| {
                // SAFETY: a pointer was written there.
                unsafe { at.cast().read() }
            }),
            step: usize::from(shape & !TAGS) * UNIT,
            tags: size_of::<Header>() * (1 + (shape & TAGS).count_ones() as usize),
            id: front.id,
            alike: shape & (TIME | CAUSE | WAY) == 0,
        })
    }

    /// Removes the first records, which lie in one piece and have no tags but that of their tree.
    ///
    /// # Safety
    ///
    /// There are so many, of so many bytes in all; their payloads have been dropped or taken, and their memberships are given up
    /// by the caller.
    #[inline]
    pub(crate) unsafe fn forget_stretch(&mut self, records: usize, bytes: usize) {
        self.len -= records;
        self.pass(bytes);
    }

    /// Passes over so many bytes.
    #[inline]
    fn pass(&mut self, bytes: usize) {
        if self.full.is_empty() {
            self.last.read += bytes;
            if self.last.is_read() {
                self.last.reset();
            }
        } else {
            self.full[0].read += bytes;
            if self.full[0].is_read() {
                self.next_chunk();
            }
        }
    }

    /// Removes the first record without its payload.
    ///
    /// # Safety
    ///
    /// The payload has been dropped or taken.
    #[inline]
    pub(crate) unsafe fn forget_front(&mut self) -> Option<Tags> {
        self.remove()
    }

    /// Takes the first event out, as a whole one.
    pub(crate) fn pop(&mut self) -> Option<(Event, Tags)> {
        let front = self.front()?;
        let event = match kind(front.number()) {
            None => {
                // SAFETY: it is an `Event`; the record is removed below.
                unsafe { front.payload(align_of::<Event>()).cast::<Event>().read() }
            }
            Some(kind) => {
                // SAFETY: it is of this type; the record is removed below.
                let payload = unsafe { (kind.layout.share)(front.payload(kind.layout.align)) };
                Event::shared(kind, front.id(), payload)
            }
        };
        Some((event, self.remove().unwrap_or_default()))
    }

    /// Takes the payload of the first record out, into an allocation of its own.
    ///
    /// # Safety
    ///
    /// The payload has not been taken, and is not used in its place again.
    pub(crate) unsafe fn share_front(&mut self, kind: &Kind) -> Option<Arc<dyn Any + Send + Sync>> {
        let front = self.front()?;
        // SAFETY: it is of this type, and the caller does not use it again.
        Some(unsafe { (kind.layout.share)(front.payload(kind.layout.align)) })
    }

    /// Moves all records of another log behind those of this one.
    pub(crate) fn append(&mut self, other: &mut Self) {
        if other.len == 0 {
            return;
        }
        if self.len == 0 {
            return std::mem::swap(self, other);
        }
        while let Some(chunk) = other.full.pop_front() {
            self.append_chunk(chunk);
        }
        if self.take_in(&other.last) {
            other.last.reset();
        } else {
            let next = other.spare.take().unwrap_or(Chunk::NONE);
            self.go_on_in(std::mem::replace(&mut other.last, next));
        }
        self.len += std::mem::take(&mut other.len);
    }

    fn append_chunk(&mut self, chunk: Chunk) {
        if !self.take_in(&chunk) {
            self.go_on_in(chunk);
        }
    }

    /// Copies the records of a chunk, unless it is large enough to be taken over as it is.
    fn take_in(&mut self, chunk: &Chunk) -> bool {
        if join(&mut self.last, chunk) {
            return true;
        }
        if chunk.used() > LARGEST_CHUNK / 2 || !self.last.is_near(chunk) {
            return false;
        }
        self.grow(chunk.used());
        join(&mut self.last, chunk)
    }

    fn go_on_in(&mut self, chunk: Chunk) {
        let last = std::mem::replace(&mut self.last, chunk);
        if !last.is_read() {
            self.full.push_back(last);
        }
    }

    /// Moves the first record of another log behind those of this one.
    pub(crate) fn push_front_of(&mut self, other: &mut Self) {
        let Some(front) = other.front() else { return };
        let (from, header, id) = (front.at, front.header, front.id + i64::from(front.header.id));
        let id = self.short_id(id);
        let bytes = usize::from(header.shape() & !TAGS) * UNIT;
        let at = self.reserve(bytes);
        // SAFETY: the record is copied as a whole to where there is room for it, and is not used again where it was.
        unsafe {
            at.copy_from_nonoverlapping(from, bytes);
            at.cast().write(Header { id, ..header });
        }
        // Its tags have gone with it.
        let _moved = ManuallyDrop::new(other.remove());
    }

    /// Makes room for as many records as another log has, with one more tag each.
    pub(crate) fn make_room_for(&mut self, other: &Self) {
        let used: usize = other.full.iter().chain(std::iter::once(&other.last)).map(Chunk::used).sum();
        self.grow((used + other.len * UNIT).min(LARGEST_CHUNK));
    }

    /// Moves the first record of a log behind those of this one, which is to be empty or to have got all its records in this way.
    /// Its event keeps its id, or its number in the bundle. `tags` makes its tags out of those that it had.
    pub(crate) fn move_front_of(&mut self, other: &mut Self, tags: impl FnOnce(Tags) -> Tags) {
        let Some(front) = other.front() else { return };
        let (number, id) = (front.number(), self.given_id(front.id + i64::from(front.header.id)));
        let (size, align) = match kind(number) {
            Some(kind) => (kind.layout.size, kind.layout.align),
            None => (size_of::<Event>(), align_of::<Event>()),
        };
        let (from, shape) = (front.payload(align), front.header.shape());
        let had = if shape & TAGS == 0 { Tags::default() } else { read_tags(&front) };
        let to = self.begin(number, id, tags(had), size, align);
        // SAFETY: the payload lies in its record, and the new place was made for it; the old one is passed over.
        unsafe { to.copy_from_nonoverlapping(from, size) };
        other.len -= 1;
        other.pass(usize::from(shape & !TAGS) * UNIT);
    }

    /// Moves all records of a log behind those of this one; their events keep the ids that they have been given.
    pub(crate) fn append_given(&mut self, other: &mut Self) {
        let last = std::mem::replace(&mut other.last, Chunk::NONE);
        for mut chunk in other.full.drain(..).chain(std::iter::once(last)) {
            chunk.given = true;
            self.go_on_in(chunk);
        }
        // What is written here next is given other ids.
        let next = self.spare.take().unwrap_or(Chunk::NONE);
        self.go_on_in(next);
        self.len += std::mem::take(&mut other.len);
    }

    /// What stands in a header for this id.
    #[inline]
    pub(crate) fn short_id(&mut self, id: i64) -> u32 {
        match u32::try_from(id.wrapping_sub(self.last.id)) {
            Ok(short) if short <= MOST_IDS => short,
            _ => self.begin_ids(id),
        }
    }

    /// The same for ids that have been given, and can go down a little too.
    #[inline]
    fn given_id(&mut self, id: i64) -> u32 {
        match u32::try_from(id.wrapping_sub(self.last.id)) {
            Ok(short) if short <= MOST_IDS => short,
            _ => {
                self.begin_ids(id.wrapping_sub(i64::from(MOST_IDS / 2)));
                MOST_IDS / 2
            }
        }
    }

    /// Goes on in a chunk whose ids begin here.
    #[cold]
    fn begin_ids(&mut self, id: i64) -> u32 {
        if !self.last.is_read() {
            let next = self.spare.take().unwrap_or(Chunk::NONE);
            self.full.push_back(std::mem::replace(&mut self.last, next));
        }
        self.last.id = id;
        0
    }

    /// Adds a number to the ids that all events are going to have.
    pub(crate) fn shift_ids(&mut self, by: i64) {
        for chunk in self.full.iter_mut().chain(std::iter::once(&mut self.last)) {
            chunk.shift_ids(by);
        }
    }

    /// Adds a number to the ids of all events that have been given theirs by [`short_id`](Self::short_id). `see` is told of each
    /// record: the number of its type, and the whole event if it is one.
    pub(crate) fn number(&mut self, by: i64, mut see: impl FnMut(u16, Option<&Event>)) {
        for chunk in self.full.iter_mut().chain(std::iter::once(&mut self.last)) {
            chunk.shift_ids(by);
            let mut position = chunk.read;
            while position < chunk.write {
                let at = chunk.at(position);
                // SAFETY: there is a record at this position.
                let header = unsafe { at.cast::<Header>().read() };
                if header.number() == WHOLE {
                    let front = Front { at, header, id: chunk.id, log: PhantomData };
                    // SAFETY: records of this number hold an `Event`, and nobody else has the log.
                    let event = unsafe { front.payload(align_of::<Event>()).cast::<Event>().as_mut() };
                    event.number(|| chunk.id + i64::from(header.id));
                    see(WHOLE, Some(event));
                } else {
                    see(header.number(), None);
                }
                position += usize::from(header.shape() & !TAGS) * UNIT;
            }
        }
    }

    /// Looks at all records, in their order.
    pub(crate) fn each(&self, mut see: impl FnMut(Front<'_>)) {
        for chunk in self.full.iter().chain(std::iter::once(&self.last)) {
            let mut position = chunk.read;
            while position < chunk.write {
                let at = chunk.at(position);
                // SAFETY: there is a record at this position.
                let header = unsafe { at.cast::<Header>().read() };
                see(Front { at, header, id: chunk.id, log: PhantomData });
                position += usize::from(header.shape() & !TAGS) * UNIT;
            }
        }
    }
}

/// Moves all records of a chunk behind those of another, if there is room and their ids can be written there.
fn join(to: &mut Chunk, from: &Chunk) -> bool {
    let bytes = from.used();
    if !to.has_room_for(bytes) {
        return false;
    }
    if !to.is_near(from) {
        return false;
    }
    let shift = from.id.wrapping_sub(to.id);
    let begin = to.write;
    // SAFETY: there is room, the records are moved as a whole, and their old place is not used again.
    unsafe { to.at(begin).copy_from_nonoverlapping(from.at(from.read), bytes) };
    to.write += bytes;
    let mut position = begin;
    while shift != 0 && position < to.write {
        // SAFETY: a record has been moved to this position.
        let header = unsafe { to.at(position).cast::<Header>().as_mut() };
        header.id = header.id.wrapping_add(u32::try_from(shift).unwrap_or(0));
        position += usize::from(header.shape() & !TAGS) * UNIT;
    }
    true
}

fn write_tags(at: NonNull<u8>, tags: Tags) {
    let Tags { tree, time, cause, way } = tags;
    // SAFETY: the record has been made large enough for its tags, which follow the header in this order.
    unsafe {
        let mut place = at.add(size_of::<Header>());
        if let Some(tree) = tree {
            place.cast().write(tree);
            place = place.add(8);
        }
        if let Some(time) = time {
            place.cast().write(time);
            place = place.add(8);
        }
        if let Some(cause) = cause {
            place.cast().write(cause);
            place = place.add(8);
        }
        if let Some(way) = way {
            place.cast().write(way);
        }
    }
}

/// Takes the tags out of a record that is being removed.
#[inline(never)]
fn read_tags(front: &Front<'_>) -> Tags {
    // SAFETY: what was written there comes out once.
    unsafe {
        Tags {
            tree: front.tag(TREE).map(|at| at.cast().read()),
            time: front.time(),
            cause: front.cause(),
            way: front.tag(WAY).map(|at| at.cast().read()),
        }
    }
}

const _: () = assert!(size_of::<Header>() == 8 && size_of::<Member>() == 8 && size_of::<Way>() == 8);

impl Drop for Log {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("len", &self.len).finish_non_exhaustive()
    }
}
