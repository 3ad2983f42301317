import StrataBase
import StrataWire

/// A packet that is being put together: the pieces that came, as frames, in the order of their offsets
/// (what RFC 815 calls the holes is what is missing between them).
struct FragmentedPacket: ~Copyable {
  /// What became of a piece.
  enum Outcome: Equatable {
    case kept
    /// It was here already, byte for byte.
    case duplicate
    /// It contradicts another: the whole packet is refused, and what still comes of it (RFC 5722 §4).
    case refused
    /// Nothing is missing any more.
    case whole
  }

  struct Piece: ~Copyable {
    var frame: Frame
    let fragment: Fragment
  }

  /// The most pieces of one packet: 64 KiB in packets of 576 bytes.
  static var mostPieces: Int { 128 }

  let name: Fragment.Name
  let deadline: Instant
  private(set) var isRefused = false
  private(set) var pieceCount = 0
  /// Memory of the frames that are held.
  private(set) var charge = 0
  private var pieces: UnsafeMutablePointer<Piece>?
  private var received = 0
  /// Bytes of the whole payload, once the last piece is here.
  private var total: Int?

  init(name: Fragment.Name, deadline: Instant) {
    self.name = name
    self.deadline = deadline
  }
  deinit {
    pieces?.deinitialize(count: pieceCount)
    pieces?.deallocate()
  }

  /// Takes a piece; `frame` begins with its Internet header and ends with its payload.
  mutating func add(_ frame: consuming Frame, _ fragment: Fragment) -> Outcome {
    if isRefused { return .refused }
    let at = place(of: fragment.offset)
    if at < pieceCount, let pieces, pieces[at].fragment == fragment {
      if Self.isSame(frame, pieces[at].frame, from: fragment.headerCount) { return .duplicate }
      return refuse()
    }
    guard fits(fragment, at: at), pieceCount < Self.mostPieces else { return refuse() }
    let pieces = self.pieces ?? .allocate(capacity: Self.mostPieces)
    self.pieces = pieces
    for index in stride(from: pieceCount, to: at, by: -1) {
      (pieces + index).moveInitialize(from: pieces + (index - 1), count: 1)
    }
    charge += frame.bufferSize
    (pieces + at).initialize(to: Piece(frame: frame, fragment: fragment))
    pieceCount += 1
    received += fragment.count
    if fragment.isLast { total = fragment.end }
    return received == total ? .whole : .kept
  }

  /// Whether a piece contradicts none that is here.
  private func fits(_ fragment: Fragment, at place: Int) -> Bool {
    if let total, fragment.isLast || fragment.end > total { return false }
    guard let pieces else { return true }
    if place > 0, pieces[place - 1].fragment.end > fragment.offset { return false }
    if place < pieceCount { return !fragment.isLast && pieces[place].fragment.offset >= fragment.end }
    return true
  }

  /// The index of the first piece that begins at `offset` or behind it.
  private func place(of offset: Int) -> Int {
    guard let pieces else { return 0 }
    // Pieces mostly come in order.
    var at = pieceCount
    while at > 0, pieces[at - 1].fragment.offset >= offset { at -= 1 }
    return at
  }

  private static func isSame(_ a: borrowing Frame, _ b: borrowing Frame, from offset: Int) -> Bool {
    guard a.count == b.count else { return false }
    let first = a.bytes, second = b.bytes
    for at in offset..<a.count where first.byte(at: at) != second.byte(at: at) { return false }
    return true
  }

  /// Lets the pieces go; the name is remembered, so that the rest is refused as well.
  private mutating func refuse() -> Outcome {
    isRefused = true
    release()
    return .refused
  }

  private mutating func release() {
    pieces?.deinitialize(count: pieceCount)
    pieces?.deallocate()
    pieces = nil
    pieceCount = 0
    charge = 0
  }

  /// The whole packet in one buffer: the first piece's header and all payload. The header still speaks
  /// of a piece. Nil when no buffer of its size is left; the pieces are gone in any case.
  mutating func join(_ pool: FramePool) -> Frame? {
    guard let pieces, let total, received == total else { return nil }
    defer { release() }
    let first = pieces[0].fragment, headerCount = first.headerCount
    // The first piece may have more options than the one whose length was checked.
    if first.length(to: total) > IPv6Header.mostPayload { return nil }
    guard var frame = pool.take(large: headerCount + total > Frame.standardRoom) else { return nil }
    // Headers of IPv6 may be longer than the room in front of a payload.
    frame.append(pieces[0].frame.bytes.extracting(first: headerCount))
    for index in 0..<pieceCount {
      let header = pieces[index].fragment.headerCount
      frame.append(pieces[index].frame.bytes.extracting(droppingFirst: header))
    }
    frame.notes.interface = pieces[0].frame.notes.interface
    return frame
  }

  /// Takes out the piece that the packet begins with, for an error to quote; nil when it never came.
  mutating func takeFirst() -> Frame? {
    guard let pieces, pieceCount > 0, pieces[0].fragment.offset == 0 else { return nil }
    let first = pieces.move().frame
    (pieces).moveInitialize(from: pieces + 1, count: pieceCount - 1)
    pieceCount -= 1
    return first
  }
}
