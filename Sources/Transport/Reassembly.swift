import StrataBase
import StrataWire

/// Payload that came before what precedes it, in frames, sorted and without overlaps.
///
/// Bytes stay within the receive window. The memory of their frames stays within twice the bytes and
/// `slack`: what would be more is not taken, as if it had been lost, and comes again.
struct Reassembly: ~Copyable {
  struct Piece: ~Copyable {
    var start: SequenceNumber
    var frame: Frame
    var end: SequenceNumber { start + frame.count }
  }

  /// What happened to a piece that came.
  enum Outcome {
    case kept
    /// Part of it was here already: the part that RFC 2883 reports.
    case overlapped(SACKBlock)
    /// All of it was here already.
    case duplicate(SACKBlock)
    case noRoom
  }

  /// Bytes of buffers beyond twice the payload: some 37 frames with a byte each.
  static var slack: Int { 65_536 }
  /// The most pieces, where buffers are small.
  static var mostPieces: Int { 4_096 }

  private var pieces: UnsafeMutablePointer<Piece>
  private var capacity = 8
  private(set) var pieceCount = 0
  /// Bytes held.
  private(set) var count = 0
  /// Bytes of buffers that hold them.
  private(set) var charge = 0

  init() { pieces = .allocate(capacity: capacity) }
  deinit {
    pieces.deinitialize(count: pieceCount)
    pieces.deallocate()
  }

  var isEmpty: Bool { pieceCount == 0 }
  var first: SequenceNumber? { pieceCount > 0 ? pieces[0].start : nil }
  /// The range of one piece, for checks.
  func range(_ index: Int) -> SACKBlock { SACKBlock(left: pieces[index].start, right: pieces[index].end) }

  /// Takes payload that begins at `start`, ahead of everything delivered.
  mutating func insert(_ frame: consuming Frame, at start: SequenceNumber) -> Outcome {
    var frame = frame
    var start = start
    var overlap: SACKBlock?
    let end = start + frame.count
    var index = pieceCount
    while index > 0, pieces[index - 1].start > start { index -= 1 }
    if index > 0, pieces[index - 1].end > start {
      let held = pieces[index - 1].end
      overlap = SACKBlock(left: start, right: held < end ? held : end)
      if held >= end { return .duplicate(overlap ?? SACKBlock(left: start, right: end)) }
      frame.dropFirst(held - start)
      start = held
    }
    while index < pieceCount, pieces[index].start < end {
      let held = range(index)
      if overlap == nil { overlap = SACKBlock(left: held.left, right: held.right < end ? held.right : end) }
      if held.left == start {
        if held.right >= end { return .duplicate(overlap ?? held) }
        frame.dropFirst(held.right - start)
        start = held.right
        index += 1
      } else if held.right > end {
        frame.truncate(to: held.left - start)
        break
      } else {
        remove(index)
      }
    }
    if frame.count == 0 { return .duplicate(SACKBlock(left: start, right: end)) }
    guard place(frame, start, index) else { return .noRoom }
    return overlap.map { .overlapped($0) } ?? .kept
  }

  /// Puts a piece that overlaps nothing at its index. False when it would hold too much memory.
  private mutating func place(_ frame: consuming Frame, _ start: SequenceNumber, _ index: Int) -> Bool {
    var frame = frame
    var start = start
    if index > 0, pieces[index - 1].end == start, pieces[index - 1].frame.isThin {
      let before = frame.count
      pieces[index - 1].frame.fill(from: &frame)
      start += before - frame.count
      count += before - frame.count
      if frame.count == 0 { return true }
    }
    let charged = charge + frame.bufferSize
    if charged > 2 * (count + frame.count) + Self.slack || pieceCount >= Self.mostPieces { return false }
    count += frame.count
    charge = charged
    if pieceCount == capacity { grow() }
    var at = pieceCount
    while at > index {
      (pieces + at).moveInitialize(from: pieces + (at - 1), count: 1)
      at -= 1
    }
    (pieces + index).initialize(to: Piece(start: start, frame: frame))
    pieceCount += 1
    return true
  }

  /// Takes the first piece if it begins at `edge` or before, without what lies before `edge`.
  mutating func takeFirst(reaching edge: SequenceNumber) -> Frame? {
    while pieceCount > 0, pieces[0].start <= edge {
      let behind = edge - pieces[0].start
      if behind >= pieces[0].frame.count {
        remove(0)
        continue
      }
      var piece = extract(0)
      piece.frame.dropFirst(behind)
      return piece.frame
    }
    return nil
  }

  private mutating func remove(_ index: Int) { _ = extract(index) }

  private mutating func extract(_ index: Int) -> Piece {
    count -= pieces[index].frame.count
    charge -= pieces[index].frame.bufferSize
    let piece = (pieces + index).move()
    pieceCount -= 1
    if index < pieceCount {
      (pieces + index).moveInitialize(from: pieces + (index + 1), count: pieceCount - index)
    }
    return piece
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Piece>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: pieces, count: pieceCount)
    pieces.deallocate()
    pieces = larger
    capacity *= 2
  }
}
