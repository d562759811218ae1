//! What a dispatcher has fetched from its intake, and what its handlers have emitted: the queue that it works on, without a lock.
//!
//! It is changed by the driver between two calls of handlers, and by handlers while they are polled, on the same thread: so it is
//! borrowed for one step at a time, and never while a user's code runs.

use std::collections::HashMap;
use std::sync::Arc;

use super::arrival::{Arrival, Facts};
use super::board::{Board, Cell, QUIET};
use super::intake::Intake;
use super::levels::{Levels, priority_of};
use super::policy::Order;
use crate::boundary::Way;
use crate::event::{Event, EventFactory, EventType, Ids, IntoEvent, Kind, WHOLE, kind};
use crate::raw::{Done, Front, Log, Member, Stretch, Tags, Tally};

/// What is known of a type by its number.
#[derive(Clone, Copy, Default)]
struct Numbered {
    /// The place of its account, counted from 1; 0 if there is none yet.
    account: u32,
    /// So many of its events are being fetched.
    fetched: u32,
}

/// The waiting events of one domain, and its accounts.
pub(crate) struct Backlog {
    levels: Levels,
    /// How urgent the event in hand is, whose record is the first of its level.
    pub(crate) current: u64,
    pub(crate) in_hand: bool,
    /// Whether what the event in hand emits needs no tags.
    plain: bool,
    cells: Vec<Arc<Cell>>,
    by_type: HashMap<EventType, usize>,
    by_number: Vec<Numbered>,
    /// The types of what is being fetched.
    fetched: Vec<u16>,
    ids: Ids,
    pub(crate) tally: Tally,
    /// Whether somebody may ask when events were accepted, and from which they arose.
    meta: bool,
    /// The time of this turn.
    pub(crate) now: u64,
}

impl Backlog {
    pub(crate) fn new(order: Order, factory: EventFactory, meta: bool) -> Self {
        Self {
            levels: Levels::new(order),
            current: QUIET,
            in_hand: false,
            plain: !meta,
            cells: Vec::new(),
            by_type: HashMap::new(),
            by_number: Vec::new(),
            fetched: Vec::new(),
            ids: Ids::new(factory),
            tally: Tally::new(),
            meta,
            now: 0,
        }
    }

    /// Whether what the event in hand emits needs no tags.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }

    /// Whether the event in hand came through a boundary that brings something back by itself.
    #[inline]
    pub(crate) fn may_go_back(&mut self) -> bool {
        !self.plain && self.hand().and_then(|front| front.way()).is_some_and(Way::brings_any_back)
    }

    /// The priority of the event in hand.
    pub(crate) fn priority(&mut self) -> i32 {
        self.hand().map_or(0, |front| priority_of(&front))
    }

    pub(crate) fn set_meta(&mut self, meta: bool) {
        self.meta = meta;
    }

    pub(crate) fn cell(&self, account: usize) -> &Arc<Cell> {
        &self.cells[account]
    }

    /// The account of a type.
    pub(crate) fn account(&mut self, board: &Board, event_type: &EventType) -> usize {
        if let Some(account) = self.by_type.get(event_type) {
            return *account;
        }
        let (account, cell) = board.open(event_type.clone());
        debug_assert_eq!(account, self.cells.len());
        self.cells.push(cell);
        self.by_type.insert(event_type.clone(), account);
        account
    }

    /// The account of the type with this number.
    #[inline]
    pub(crate) fn account_of(&mut self, board: &Board, number: u16) -> usize {
        match self.by_number.get(usize::from(number)) {
            Some(Numbered { account, .. }) if *account > 0 => *account as usize - 1,
            _ => self.first_of(board, number),
        }
    }

    #[cold]
    fn first_of(&mut self, board: &Board, number: u16) -> usize {
        let event_type = kind(number).map_or(EventType::Int(0), Kind::event_type);
        let account = self.account(board, &event_type);
        let place = usize::from(number);
        if self.by_number.len() <= place {
            self.by_number.resize(place + 1, Numbered::default());
        }
        self.by_number[place].account = u32::try_from(account + 1).unwrap_or(0);
        account
    }

    /// Fetches everything that has come from outside.
    pub(crate) fn fetch(&mut self, board: &Board, intake: &mut Intake) {
        if intake.len == 0 {
            return;
        }
        let first = self.ids.take(intake.numbered);
        let mut levels = std::mem::replace(&mut intake.levels, Levels::new(Order::Fifo));
        let logs = levels.logs_mut().filter(|log| !log.is_empty());
        if let Some(number) = intake.uniform.number() {
            logs.for_each(|log| log.shift_ids(first));
            self.accept(board, number, intake.len as u64);
        } else {
            for log in logs {
                log.number(first, |number, whole| {
                    if let Some(event) = whole {
                        let account = self.account(board, event.event_type());
                        board.accept(&self.cells[account], 1);
                    } else {
                        self.note_fetched(board, number);
                    }
                });
            }
            while let Some(number) = self.fetched.pop() {
                let count = std::mem::take(&mut self.by_number[usize::from(number)].fetched);
                self.accept(board, number, count.into());
            }
        }
        self.levels.append(&mut levels);
        levels.tidy();
        intake.levels = levels;
        board.more_waiting(intake.len);
        board.set_top(board.top().min(self.levels.first()));
        (intake.len, intake.numbered) = (0, 0);
    }

    /// One more of this type is being fetched.
    #[inline]
    fn note_fetched(&mut self, board: &Board, number: u16) {
        match self.by_number.get_mut(usize::from(number)) {
            Some(Numbered { fetched, .. }) if *fetched > 0 => *fetched += 1,
            _ => {
                self.account_of(board, number);
                self.by_number[usize::from(number)].fetched = 1;
                self.fetched.push(number);
            }
        }
    }

    fn accept(&mut self, board: &Board, number: u16, count: u64) {
        let account = self.account_of(board, number);
        board.accept(&self.cells[account], count);
    }

    /// Accepts an event: one that comes from inside, or one whose call drives the dispatcher.
    #[inline]
    pub(crate) fn put<E: IntoEvent>(&mut self, board: &Board, event: E, tags: Tags) {
        self.write(board, event, |event, log, _, short, id| event.write(log, short, id, tags));
    }

    /// Accepts an event as a member of a tree, and without further tags.
    #[inline]
    pub(crate) fn put_in_tree<E: IntoEvent>(&mut self, board: &Board, event: E, tree: Member) {
        self.write(board, event, |event, log, number, short, id| match id {
            Some(_) if number != WHOLE => event.write_in_tree(log, number, short, tree),
            id => event.write(log, short, id, Tags { tree: Some(tree), ..Tags::default() }),
        });
    }

    #[inline]
    fn write<E: IntoEvent>(
        &mut self,
        board: &Board,
        event: E,
        write: impl FnOnce(E, &mut Log, u16, u32, Option<i64>),
    ) {
        let number = E::number();
        let account =
            if number == WHOLE { self.account(board, &event.name()) } else { self.account_of(board, number) };
        let id = if event.is_numbered() { Some(self.ids.next()) } else { None };
        let urgency = self.levels.urgency(event.level());
        let log = self.levels.log(urgency);
        let short = id.map_or(0, |id| log.short_id(id));
        write(event, log, number, short, id);
        self.accepted(board, account, urgency);
    }

    /// Accepts what the event in hand emits.
    #[inline]
    pub(crate) fn emit<E: IntoEvent>(&mut self, board: &Board, event: E) {
        if self.plain {
            self.write(board, event, |event, log, number, short, id| {
                event.write_bare(log, number, short, id);
            });
        } else {
            let tags = self.secondary(board);
            self.put(board, event, tags);
        }
    }

    /// The same, whatever its type is.
    pub(crate) fn emit_any(&mut self, board: &Board, event: &mut dyn Arrival) {
        let tags = if self.plain { Tags::default() } else { self.secondary(board) };
        let Facts { number, level, is_numbered, .. } = event.facts();
        let account =
            if number == WHOLE { self.account(board, &event.name()) } else { self.account_of(board, number) };
        let id = is_numbered.then(|| self.ids.next());
        let urgency = self.levels.urgency(level);
        let log = self.levels.log(urgency);
        let short = id.map_or(0, |id| log.short_id(id));
        event.write(log, short, id, tags);
        self.accepted(board, account, urgency);
    }

    #[inline]
    fn accepted(&mut self, board: &Board, account: usize, urgency: u64) {
        board.accept(&self.cells[account], 1);
        board.more_waiting(1);
        if urgency < board.top() {
            board.set_top(urgency);
        }
    }

    /// The tags of what the event in hand emits.
    fn secondary(&mut self, board: &Board) -> Tags {
        let mut tags = Tags { time: self.meta.then_some(self.now), ..Tags::default() };
        if self.in_hand
            && let Some(front) = self.levels.current().front()
        {
            tags.tree = front.tree().map(|member| self.tally.comes(member));
            tags.cause = self.meta.then(|| board.id());
            tags.way = front.own_way().cloned();
        }
        tags
    }

    /// Accepts an event that is dropped at once.
    pub(crate) fn put_dropped(&mut self, board: &Board, event_type: &EventType) {
        let account = self.account(board, event_type);
        board.accept_dropped(&self.cells[account]);
    }

    /// The event in hand.
    pub(crate) fn hand(&mut self) -> Option<Front<'_>> {
        if self.in_hand { self.levels.current().front() } else { None }
    }

    /// The log of the event in hand.
    #[inline]
    pub(crate) fn current(&mut self) -> &mut Log {
        self.levels.current()
    }

    /// Takes the next event in hand, which stays where it is.
    #[inline]
    pub(crate) fn take(&mut self, board: &Board) -> Option<Front<'_>> {
        let top = board.top();
        if top == QUIET {
            return None;
        }
        self.current = top;
        self.in_hand = true;
        let front = self.levels.go_to(top).front()?;
        self.plain = !self.meta && !front.has_tags();
        Some(front)
    }

    /// Removes the event in hand, whose payload is gone.
    ///
    /// # Safety
    ///
    /// The payload has been dropped or taken.
    #[allow(unsafe_code, reason = "it passes on what the log asks for")]
    pub(crate) unsafe fn remove(&mut self, board: &Board) -> Option<(Tags, Option<Done>)> {
        // SAFETY: as the caller says.
        let tags = unsafe { self.levels.current().forget_front() };
        let removed = tags.map(|mut tags| {
            let done = tags.tree.take().and_then(|member| self.tally.goes(member));
            (tags, done)
        });
        self.removed(board);
        self.in_hand = false;
        removed
    }

    /// Removes events that a run has handled, and that lie in one piece; `in_hand` says whether one more is in hand still.
    ///
    /// # Safety
    ///
    /// There are so many, as the stretch says, and their payloads have been dropped or taken.
    #[inline]
    #[allow(unsafe_code, reason = "it passes on what the log asks for")]
    pub(crate) unsafe fn remove_run(
        &mut self,
        board: &Board,
        stretch: &Stretch,
        count: usize,
        in_hand: bool,
    ) -> Option<Done> {
        let bytes = stretch.passed(!in_hand);
        let log = self.levels.current();
        let mut done = None;
        if stretch.has_tree()
            && let Some(member) = log.front().and_then(|front| front.tree())
        {
            done = self.tally.go(member, count);
        }
        // SAFETY: as the caller says; their memberships have been given up.
        unsafe { log.forget_stretch(count, bytes) };
        self.removed(board);
        self.in_hand = in_hand;
        done
    }

    /// Looks again for what is most urgent, if nothing is left of the level of the event that was in hand.
    #[inline]
    fn removed(&mut self, board: &Board) {
        if self.levels.current().is_empty() && board.top() >= self.current {
            board.set_top(self.levels.first());
        }
    }

    /// Where the records lie that a run can handle.
    #[inline]
    pub(crate) fn stretch(&mut self) -> Option<Stretch> {
        self.levels.current().stretch()
    }

    /// Takes out what waits, to be dropped; nothing is in hand.
    pub(crate) fn drop_first(&mut self, board: &Board) -> Option<(Event, Tags)> {
        let top = self.levels.first();
        board.set_top(top);
        if top == QUIET {
            return None;
        }
        let (event, tags) = self.levels.log(top).pop()?;
        let account = self.account(board, event.event_type());
        board.drop_waiting(&self.cells[account]);
        Some((event, tags))
    }
}
