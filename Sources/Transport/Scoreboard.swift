import StrataBase
import StrataWire

/// What was sent and not yet acknowledged: one record a segment, in the order of sequence numbers.
///
/// A record is on its way, or held by the peer (SACK), or believed lost. Partly covered records are
/// split, so that every byte has one fate. RFC 6675's pipe is what is neither held nor lost.
struct Scoreboard: ~Copyable {
  /// One range of sequence numbers as it was last sent.
  struct Record {
    var start: SequenceNumber
    /// Behind its last number; a FIN counts one.
    var end: SequenceNumber
    var sentAt: Instant
    /// The peer said by SACK that it holds this.
    var isSacked = false
    /// Believed lost and not yet sent again.
    var isLost = false
    /// Sent more than once: no round trip can be measured on it (Karn).
    var isRetransmitted = false

    var count: Int { end - start }
  }

  /// The most records. At it nothing new is sent until something is acknowledged: 128 KiB of records
  /// are enough for 11 MB in full segments.
  static var mostRecords: Int { 8_192 }

  private var records: UnsafeMutablePointer<Record>
  private var mask: Int
  private var head = 0
  private var tail = 0
  private(set) var sackedBytes = 0
  private(set) var lostBytes = 0
  /// No record before this index is lost.
  private var lostFrom = 0

  init() {
    records = .allocate(capacity: 16)
    mask = 15
  }
  deinit { records.deallocate() }

  var count: Int { tail &- head }
  var isEmpty: Bool { head == tail }
  var isFull: Bool { count >= Self.mostRecords }
  var hasLosses: Bool { lostBytes > 0 }
  var memory: Int { (mask + 1) * MemoryLayout<Record>.stride }

  subscript(_ index: Int) -> Record { records[(head &+ index) & mask] }

  /// Something new was sent.
  mutating func append(_ start: SequenceNumber, _ end: SequenceNumber, at now: Instant) {
    if count > mask { grow() }
    records[tail & mask] = Record(start: start, end: end, sentAt: now)
    tail &+= 1
  }

  /// Everything before `edge` was acknowledged; `delivery` learns of each record that this covers.
  mutating func acknowledge(before edge: SequenceNumber, _ delivery: inout Delivery) {
    while head != tail {
      let place = records + (head & mask)
      if place.pointee.end > edge {
        if place.pointee.start < edge { cutFront(place, at: edge) }
        return
      }
      let record = place.pointee
      if record.isSacked { sackedBytes &-= record.count } else { delivery.add(record) }
      if record.isLost { lostBytes &-= record.count }
      head &+= 1
    }
  }

  private mutating func cutFront(_ place: UnsafeMutablePointer<Record>, at edge: SequenceNumber) {
    let n = edge - place.pointee.start
    if place.pointee.isSacked { sackedBytes &-= n }
    if place.pointee.isLost { lostBytes &-= n }
    place.pointee.start = edge
  }

  /// The peer holds `block`. Records that it covers in part are split while there is room for more.
  mutating func sack(_ block: SACKBlock, _ delivery: inout Delivery) {
    var index = firstIndex(endingBehind: block.left)
    while index < tail, records[index & mask].start < block.right {
      let record = records[index & mask]
      if !record.isSacked {
        if record.start < block.left {
          if isFull { return }
          split(index, at: block.left)
          index &+= 1
          continue
        }
        if record.end > block.right {
          if isFull { return }
          split(index, at: block.right)
        }
        let place = records + (index & mask)
        delivery.add(place.pointee)
        delivery.sackedBytes &+= place.pointee.count
        sackedBytes &+= place.pointee.count
        if place.pointee.isLost { lostBytes &-= place.pointee.count }
        place.pointee.isLost = false
        place.pointee.isSacked = true
      }
      index &+= 1
    }
  }

  /// The absolute index of the first record that ends behind `edge`.
  private func firstIndex(endingBehind edge: SequenceNumber) -> Int {
    var low = head, high = tail
    while low < high {
      let middle = low &+ (high &- low) / 2
      if records[middle & mask].end <= edge { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// Makes two records of one. What is sent again may be cut past the bound: there are no more such
  /// pieces than segments in the ring.
  private mutating func split(_ index: Int, at edge: SequenceNumber) {
    let ordinal = index &- head
    if count > mask { grow() }
    var at = tail
    let place = head &+ ordinal
    while at > place {
      records[at & mask] = records[(at &- 1) & mask]
      at &-= 1
    }
    tail &+= 1
    if lostFrom > place { lostFrom &+= 1 }
    records[place & mask].end = edge
    records[(place &+ 1) & mask].start = edge
  }

  /// Believes one record, by its ordinal, to be lost.
  mutating func markLost(_ ordinal: Int) {
    let place = records + ((head &+ ordinal) & mask)
    guard !place.pointee.isLost, !place.pointee.isSacked else { return }
    place.pointee.isLost = true
    lostBytes &+= place.pointee.count
    lostFrom = min(lostFrom, head &+ ordinal)
  }

  /// After a timeout. RFC 2018 §8: a peer may have dropped what it said it held; it certainly did when
  /// the first record is held and still not acknowledged. Then nothing that SACK said is believed.
  mutating func markAllLost() {
    let reneged = !isEmpty && records[head & mask].isSacked
    for index in head..<tail {
      let place = records + (index & mask)
      if reneged, place.pointee.isSacked {
        sackedBytes &-= place.pointee.count
        place.pointee.isSacked = false
      }
      markLost(index &- head)
    }
    lostFrom = head
  }

  /// Nothing is believed to be lost any more.
  mutating func forgetLosses() {
    for index in max(lostFrom, head)..<max(lostFrom, head, tail) { records[index & mask].isLost = false }
    lostBytes = 0
    lostFrom = tail
  }

  /// The ordinal of the first lost record, cut to at most `most` bytes; nil when none is lost.
  mutating func firstLost(most: Int) -> Int? {
    guard lostBytes > 0 else { return nil }
    var index = max(lostFrom, head)
    while index < tail, !records[index & mask].isLost { index &+= 1 }
    lostFrom = index
    if index == tail { return nil }
    let record = records[index & mask]
    if record.count > most { split(index, at: record.start + most) }
    return index &- head
  }

  /// A record was sent once more.
  mutating func sentAgain(_ ordinal: Int, at now: Instant) {
    let place = records + ((head &+ ordinal) & mask)
    if place.pointee.isLost {
      place.pointee.isLost = false
      lostBytes &-= place.pointee.count
    }
    place.pointee.isRetransmitted = true
    place.pointee.sentAt = now
  }

  /// Cuts the last record so that its last part has at most `most` bytes: what a probe sends again.
  mutating func cutLast(most: Int) {
    guard !isEmpty else { return }
    let record = records[(tail &- 1) & mask]
    if record.count > most { split(tail &- 1, at: record.end - most) }
  }

  /// Cuts the first record so that its first part has at most `most` bytes.
  mutating func cutFirst(most: Int) {
    guard !isEmpty else { return }
    let record = records[head & mask]
    if record.count > most { split(head, at: record.start + most) }
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Record>.allocate(capacity: (mask + 1) * 2)
    let newMask = (mask + 1) * 2 - 1
    for at in head..<tail { (larger + (at & newMask)).initialize(to: records[at & mask]) }
    records.deallocate()
    records = larger
    mask = newMask
  }
}

/// What one acknowledgment says was delivered, by cumulative acknowledgment or by SACK.
struct Delivery {
  /// Payload and FIN that were newly acknowledged, and newly held.
  var acknowledgedBytes = 0
  var sackedBytes = 0
  /// The record that was sent last among those delivered (RFC 8985 §6.2, step 2).
  var lastSentAt = Instant.start
  var lastEnd = SequenceNumber(0)
  var lastIsRetransmitted = false
  /// Among those sent once: when the first and the last of them were sent.
  var firstSingleSentAt = Instant.never
  var lastSingleSentAt = Instant.start
  /// The highest number delivered, and whether one below an earlier highest came that was sent once.
  var highestEnd: SequenceNumber?
  var lowestSingleStart: SequenceNumber?
  var hasRecord = false
  /// Something among it was sent more than once.
  var hasRepeated = false
  /// RFC 2883: the peer got something twice.
  var hasDuplicate = false
  /// Of a repair everything was for nothing.
  var hasUselessRepair = false

  @inline(__always) mutating func add(_ record: Scoreboard.Record) {
    if !hasRecord || record.sentAt > lastSentAt || (record.sentAt == lastSentAt && record.end > lastEnd) {
      lastSentAt = record.sentAt
      lastEnd = record.end
      lastIsRetransmitted = record.isRetransmitted
    }
    if highestEnd.map({ record.end > $0 }) ?? true { highestEnd = record.end }
    if !record.isRetransmitted {
      if record.sentAt < firstSingleSentAt { firstSingleSentAt = record.sentAt }
      if record.sentAt > lastSingleSentAt { lastSingleSentAt = record.sentAt }
      if lowestSingleStart.map({ record.end < $0 }) ?? true { lowestSingleStart = record.end }
    }
    hasRecord = true
    if record.isRetransmitted { hasRepeated = true }
  }
}
